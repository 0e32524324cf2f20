using Shouldly;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

/// <content>What lies in the content holds until it changes; what lies in the surroundings is tried again and takes nothing away.</content>
public abstract partial class LedgerConformanceTests
{
    [Theory]
    [InlineData(Verdict.Skipped, Reasons.Vanished, true)]
    [InlineData(Verdict.Dead, Reasons.Unreadable, true)]
    [InlineData(Verdict.Dead, Reasons.SourceFailed, true)]
    [InlineData(Verdict.Dead, Reasons.TimedOut, true)]
    [InlineData(Verdict.Dead, Reasons.MissingProgram, true)]
    [InlineData(Verdict.Dead, Reasons.OutOfMemory, true)]
    [InlineData(Verdict.Dead, Reasons.Changing, true)]
    [InlineData(Verdict.Dead, "of-another-version", true)]
    [InlineData(Verdict.Skipped, Reasons.Empty, false)]
    [InlineData(Verdict.Skipped, Reasons.Binary, false)]
    [InlineData(Verdict.Skipped, Reasons.UnsupportedType, false)]
    [InlineData(Verdict.Skipped, Reasons.TooLarge, false)]
    [InlineData(Verdict.Skipped, Reasons.NotAFile, false)]
    [InlineData(Verdict.Dead, Reasons.Corrupt, false)]
    [InlineData(Verdict.Dead, Reasons.Encrypted, false)]
    [InlineData(Verdict.Dead, Reasons.Bomb, false)]
    [InlineData(Verdict.Dead, Reasons.ParserFailed, false)]
    [InlineData(Verdict.Dead, Reasons.EmbeddingFailed, false)]
    [InlineData(Verdict.Dead, Reasons.RefusedBySink, false)]
    public async Task AddListingAsync_SettledWithoutSuccessAndListedAsBefore_IsTriedAgainWhereTheReasonLiesInTheSurroundings(Verdict verdict, string reason, bool again)
    {
        var walk = await ListAsync(Doc("a"));
        await CompleteAsync(walk, Doc("a"), 1, verdict == Verdict.Dead ? DocumentState.Dead : DocumentState.Skipped, rejection: new Rejection(verdict, reason, "words"));
        var accounting = await AccountAsync(walk);
        accounting.Balances.ShouldBeTrue();
        accounting.ToTryAgain.ShouldBe(again ? 1 : 0);

        (await PendingAsync(await ListAsync(Doc("a")))).Count.ShouldBe(again ? 1 : 0);
    }

    [Fact]
    public async Task CompleteAsync_KeepsEarlier_TheTextIsCountedAndComesBackUnchanged()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b")));
        var hash = (await FindAsync(Doc("a"))).ContentHash;
        var edited = await ListAsync(Doc("a", 2), Doc("b"));
        (await PendingAsync(edited)).Single().EarlierChunks.ShouldBe(2);
        await Ledger.CompleteAsync(edited, [new DocumentOutcome(Doc("a").Id, 2, DocumentState.Dead) { Begun = false, KeepsEarlier = true, Rejection = Rejection.Dead(Reasons.Unreadable, "no right") }], None);

        (await ChunksAsync(Doc("a"))).Count.ShouldBe(2);
        (await AccountAsync(edited)).Kept.ShouldBe(1);
        (await Ledger.SummarizeAsync(SinkName, None)).Single().Kept.ShouldBe(1);
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).Single().KeptChunks.ShouldBe(2);

        var again = await ListAsync(Doc("a", 2), Doc("b"));
        var pending = (await PendingAsync(again)).Single();
        (pending.EarlierChunks, pending.ContentHash, pending.Interrupted).ShouldBe((2, hash, false));
        await Ledger.CompleteAsync(again, [new DocumentOutcome(Doc("a").Id, 3, DocumentState.Indexed) { Unchanged = true, ContentHash = hash }], None);
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).ShouldBeEmpty();
        (await AccountAsync(again)).ShouldSatisfyAllConditions(static a => a.Unchanged.ShouldBe(2), static a => a.Kept.ShouldBe(0));
    }

    [Fact]
    public async Task CompleteAsync_KeepsEarlierUnderAnotherConfiguration_DoesNotComeBackUnchanged()
    {
        await ProcessAsync(await ListAsync(Doc("a")));
        var spec = Spec with { Configuration = "another" };
        var walk = await WalkAsync(spec);
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], null), None);
        await Ledger.CompleteAsync(walk, [new DocumentOutcome(Doc("a").Id, 2, DocumentState.Dead) { Begun = false, KeepsEarlier = true, Rejection = Rejection.Dead(Reasons.Unreadable, "no right") }], None);

        var again = await WalkAsync(spec);
        await Ledger.AddListingAsync(again, new ListingPage([Doc("a")], null), None);
        (await PendingAsync(again)).Single().ShouldSatisfyAllConditions(static p => p.ContentHash.ShouldBeNull(), static p => p.EarlierChunks.ShouldBe(2));
    }

    [Fact]
    public async Task AddListingAsync_ProblemThatIsGone_LeavesNoLetterOnceItProvesUnchanged()
    {
        await ProcessAsync(await ListAsync(Doc("a")));
        await ListAsync(Doc("a", problem: Rejection.Dead(Reasons.Unreadable, "no right")));
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).Single().KeptChunks.ShouldBe(2);

        var walk = await ListAsync(Doc("a"));
        var pending = (await PendingAsync(walk)).Single();
        await Ledger.CompleteAsync(walk, [new DocumentOutcome(Doc("a").Id, pending.Generation + 1, DocumentState.Indexed) { Unchanged = true, ContentHash = pending.ContentHash }], None);
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task DropAsync_DocumentThatKeepsEarlierText_ForgetsItAndMarksItToBeCompared()
    {
        await ProcessAsync(await ListAsync(Doc("a")));
        var walk = await ListAsync(Doc("a", 2));
        await Ledger.CompleteAsync(walk, [new DocumentOutcome(Doc("a").Id, 2, DocumentState.Dead) { Begun = false, KeepsEarlier = true, Rejection = Rejection.Dead(Reasons.Unreadable, "no right") }], None);
        (await Ledger.DropAsync(SinkName, null, None)).ShouldBe(1);

        (await ChunksAsync(Doc("a"))).ShouldBeEmpty();
        (await FindAsync(Doc("a"))).ShouldSatisfyAllConditions(
            static d => d.State.ShouldBe(DocumentState.Skipped), static d => d.ChunkCount.ShouldBe(0), static d => d.ContentHash.ShouldBeNull());
        (await Ledger.ListUnconfirmedAsync(walk, 10, None)).Single().Listed.Id.ShouldBe(Doc("a").Id);
        (await PendingAsync(await ListAsync(Doc("a", 2)))).ShouldBeEmpty();
    }

    [Fact]
    public async Task DropAsync_LettersOfSingleChunks_KeepsTheOthers()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 3);
        var letter = new DeadLetter(0, Doc("a").Id, Doc("a").Uri, ChunkOf(Doc("a"), 9), null, Reasons.RefusedBySink, "too long", 1, DateTimeOffset.UnixEpoch);
        await Ledger.CompleteAsync(
            walk, [new DocumentOutcome(Doc("a").Id, 1, DocumentState.Dead) { ChunkCount = 3, Rejection = Rejection.Dead(Reasons.RefusedBySink, "one chunk"), DeadLetters = [letter] }], None);
        (await AccountAsync(walk)).Kept.ShouldBe(0);
        (await Ledger.DropAsync(SinkName, null, None)).ShouldBe(1);
        (await ChunksAsync(Doc("a"))).Count.ShouldBe(3);
    }

    [Fact]
    public async Task CountRemovedAsync_SomeGoneSomeNew_CountsWhatTheSourceHad()
    {
        await ProcessAsync(await ListAsync([.. Enumerable.Range(0, 30).Select(static i => Doc($"{i:00}"))]));
        var walk = await ListAsync([.. Enumerable.Range(20, 30).Select(static i => Doc($"{i:00}"))]);
        (await Ledger.CountRemovedAsync(walk, None)).ShouldBe(new RemovalForecast(20, 30));
        await ProcessAsync(walk);
        (await Ledger.CountRemovedAsync(walk, None)).ShouldBe(new RemovalForecast(20, 30));
        (await Ledger.CountRemovedAsync(await ListAsync(Doc("25")), None)).ShouldBe(new RemovalForecast(49, 50));
    }

    [Fact]
    public async Task RemoveDocumentsAsync_Removed_IsNotedAndCounted()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b"), Doc("c")));
        var walk = await ListAsync(Doc("c"));
        await Ledger.RemoveDocumentsAsync(walk, [(Doc("a").Id, 1)], None);
        await Ledger.RemoveDocumentsAsync(walk, [(Doc("a").Id, 1), (Doc("b").Id, 1)], None);

        (await AccountAsync(walk)).Removed.ShouldBe(2);
        (await Ledger.SummarizeAsync(SinkName, None)).Single().Removed.ShouldBe(2);
        var removals = await Ledger.ListRemovalsAsync(SinkName, 10, None);
        removals.Select(static removal => (removal.Uri, removal.Walk, removal.Chunks)).ShouldBe([(Doc("b").Uri, walk.Id, 2), (Doc("a").Uri, walk.Id, 2)]);
        (await Ledger.ListRemovalsAsync(SinkName, 1, None)).Single().Uri.ShouldBe(Doc("b").Uri);
        (await Ledger.ListRemovalsAsync("other", 10, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task NoteRootAsync_OfAWalkThatWasTakenOver_IsRefused()
    {
        var stale = await ListAsync(Doc("a"));
        var walk = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        await Should.ThrowAsync<SupersededException>(() => Ledger.NoteRootAsync(stale, "of one that stood still", None));
        await Ledger.NoteRootAsync(walk, "now", None);
        await Should.ThrowAsync<SupersededException>(() => Ledger.NoteRootAsync(stale, "of one that stood still", None));
        (await Ledger.BeginWalkAsync(Spec, resume: true, None)).Root.ShouldBe("now");
    }

    [Fact]
    public async Task NoteRootAsync_Noted_IsThereWhenTheWalkIsTakenUp()
    {
        var walk = await ListAsync(Doc("a"));
        await Ledger.NoteRootAsync(walk, "{\"device\":1}", None);
        await Ledger.NoteRootAsync(walk, "another", None);
        (await Ledger.BeginWalkAsync(Spec, resume: true, None)).Root.ShouldBe("{\"device\":1}");
        (await Ledger.BeginWalkAsync(Spec, resume: false, None)).Root.ShouldBeNull();
    }
}
