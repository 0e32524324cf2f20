using Shouldly;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

/// <summary>Owners that stood still while another took over, and go on; and a ledger whose memory went back.</summary>
public abstract partial class LedgerConformanceTests
{
    [Fact]
    public async Task RecordChunksAsync_OfAnOlderGeneration_IsRefusedAndDoubted()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        await StoreAsync(walk, Doc("a"), 1, 2);
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        await Ledger.BeginAsync(walk, [(Doc("b").Id, 1)], None);
        await ConfirmAsync((Doc("a").Id, 2));

        (await RecordAsync(walk, Doc("a"), 1, 5)).ShouldBe([Doc("a").Id]);
        (await RecordAsync(walk, Doc("b"), 1, 1)).ShouldBeEmpty();
        (await ChunksAsync(Doc("a"))).Count.ShouldBe(2, "what the older owner stored is not taken");
        await RecordAsync(walk, Doc("a"), 2, 2);
        await CompleteAsync(walk, Doc("a"), 2, DocumentState.Indexed, 2, "h");
        (await UnconfirmedAsync(walk)).ShouldBe([Doc("a").Id]);
    }

    [Fact]
    public async Task RecordChunksAsync_TwoGenerationsInOneBatch_TakesTheDocumentsOwn()
    {
        var walk = await ListAsync(Doc("a"));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None);
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        StoredChunks Of(long generation, int number) => new(Doc("a").Id, generation, [new LedgerChunk(ChunkOf(Doc("a"), number), generation)]);
        await Ledger.RecordChunksAsync(walk, [Of(1, 1), Of(2, 2), Of(1, 2)], None);
        (await Ledger.FindChunksAsync(SinkName, Doc("a").Id, [ChunkOf(Doc("a"), 1), ChunkOf(Doc("a"), 2)], None)).ShouldBe([new LedgerChunk(ChunkOf(Doc("a"), 2), 2)]);
    }

    [Fact]
    public async Task RemoveChunksAsync_OfAnOlderGeneration_LeavesWhatTheNewerOneKeepsAndDoubtsTheDocument()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 3);
        await CompleteAsync(walk, Doc("a"), 1, DocumentState.Indexed, 3, "h1");
        await StoreAsync(walk, Doc("a"), 2, 1, 2);
        var stale = await Ledger.ListStaleChunksAsync(SinkName, Doc("a").Id, 2, 10, None);
        stale.ShouldBe([ChunkOf(Doc("a"), 0), ChunkOf(Doc("a"), 1)], ignoreOrder: true);
        await StoreAsync(walk, Doc("a"), 3, 3);
        await CompleteAsync(walk, Doc("a"), 3, DocumentState.Indexed, 3, "h3");
        await ConfirmAsync((Doc("a").Id, 3));

        await Ledger.RemoveChunksAsync(SinkName, Doc("a").Id, 2, stale, None);
        (await ChunksAsync(Doc("a"))).Count.ShouldBe(3);
        (await UnconfirmedAsync(walk)).ShouldBe([Doc("a").Id], "the sink may have lost them");
        (await Ledger.ListStaleChunksAsync(SinkName, Doc("a").Id, 2, 10, None)).ShouldBeEmpty("it has another owner");
        await Ledger.RemoveChunksAsync(SinkName, Doc("unknown").Id, 2, stale, None);
    }

    [Fact]
    public async Task CompleteAsync_OfAnOlderOwner_TellsItAndChangesNothing()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1), (Doc("b").Id, 1)], None);
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        var outcomes = new[] { Doc("a"), Doc("b"), Doc("unknown") }.Select(static document => new DocumentOutcome(document.Id, 1, DocumentState.Indexed) { ContentHash = "h" }).ToList();
        (await Ledger.CompleteAsync(walk, outcomes, None)).ShouldBe(
            new Dictionary<DocumentId, CompletionRefusal> { [Doc("a").Id] = CompletionRefusal.Superseded, [Doc("unknown").Id] = CompletionRefusal.Superseded }, ignoreOrder: true);
        (await FindAsync(Doc("a"))).State.ShouldBe(DocumentState.Processing);
        (await FindAsync(Doc("b"))).State.ShouldBe(DocumentState.Indexed);
    }

    [Fact]
    public async Task CompleteAsync_NeverBegunWhileAnotherHasBegunThatGeneration_IsRefused()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b")));
        var walk = await ListAsync(Doc("a", 2), Doc("b", 2));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2), (Doc("b").Id, 2)], None);
        var unchanged = new DocumentOutcome(Doc("a").Id, 2, DocumentState.Indexed) { Unchanged = true, ContentHash = "old" };
        var rejected = new DocumentOutcome(Doc("b").Id, 2, DocumentState.Skipped) { Begun = false, Rejection = Rejection.Skip(Reasons.Empty, "no text") };
        (await Ledger.CompleteAsync(walk, [unchanged, rejected], None)).Count.ShouldBe(2);
        (await PendingAsync(walk)).ShouldAllBe(static pending => pending.Interrupted && pending.ContentHash == null);
    }

    [Fact]
    public async Task Processing_ByTheOwnerOfAnEarlierWalk_IsRefused()
    {
        var earlier = await ListAsync(Doc("a"));
        await StoreAsync(earlier, Doc("a"), 1, 1);
        var later = await ListAsync(Doc("a", 2));
        (await Ledger.CompleteAsync(earlier, [new DocumentOutcome(Doc("a").Id, 1, DocumentState.Indexed) { ChunkCount = 1, ContentHash = "old" }], None)).Count.ShouldBe(1);
        (await Ledger.BeginAsync(earlier, [(Doc("a").Id, 2)], None)).Count.ShouldBe(1);
        (await PendingAsync(later)).Single().ShouldBe(new PendingDocument(Doc("a", 2), 1, null, true) { Attempts = 1 });
    }

    [Fact]
    public async Task CompleteAsync_ChunksThatTheLedgerHasNot_IsPendingAgain()
    {
        var walk = await ListAsync(Doc("few"), Doc("many"), Doc("failed"), Doc("just"));
        foreach (var (name, chunks) in new[] { ("few", 2), ("many", 4), ("failed", 2), ("just", 3) })
        {
            await StoreAsync(walk, Doc(name), 1, chunks);
        }

        DocumentOutcome Outcome(string name, DocumentState state) => new(Doc(name).Id, 1, state) { ChunkCount = 3, ContentHash = "h" };
        var letter = new DeadLetter(0, Doc("failed").Id, Doc("failed").Uri, ChunkOf(Doc("failed"), 9), null, Reasons.EmbeddingFailed, "failed", 3, DateTimeOffset.UnixEpoch);
        var refused = await Ledger.CompleteAsync(
            walk,
            [Outcome("few", DocumentState.Indexed), Outcome("many", DocumentState.Indexed), Outcome("failed", DocumentState.Dead) with { DeadLetters = [letter] }, Outcome("just", DocumentState.Indexed)],
            None);
        refused.ShouldBe(new[] { "few", "many", "failed" }.ToDictionary(static name => Doc(name).Id, static _ => CompletionRefusal.Incomplete), ignoreOrder: true);
        var pending = await PendingAsync(walk);
        pending.Select(static document => document.Listed).ShouldBe([Doc("few"), Doc("many"), Doc("failed")], ignoreOrder: true);
        pending.ShouldAllBe(static document => document.Interrupted && document.ContentHash == null);
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).ShouldBeEmpty();

        await ProcessAsync(walk, 4);
        (await UnconfirmedAsync(walk)).ShouldBe([Doc("few").Id, Doc("many").Id, Doc("failed").Id], ignoreOrder: true);
        (await AccountAsync(walk)).Indexed.ShouldBe(4);
    }

    [Fact]
    public async Task CompleteAsync_WithChunksOfAnEarlierGenerationLeft_IsDoubted()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 3);
        await CompleteAsync(walk, Doc("a"), 1, DocumentState.Indexed, 3, "h1");
        await StoreAsync(walk, Doc("a"), 2, 2);
        (await Ledger.CompleteAsync(walk, [new DocumentOutcome(Doc("a").Id, 2, DocumentState.Indexed) { ChunkCount = 2, ContentHash = "h2" }], None)).ShouldBeEmpty();
        (await UnconfirmedAsync(walk)).ShouldBe([Doc("a").Id]);
    }

    [Fact]
    public async Task RequeueAsync_WhileAnOwnerFindsItUnchanged_RefusesThatOwner()
    {
        await ProcessAsync(await ListAsync(Doc("a")));
        var walk = await ListAsync(Doc("a", 2));
        await CompleteAsync(walk, Doc("a"), 2, DocumentState.Indexed, hash: "h", unchanged: true);
        await Ledger.RequeueAsync(SinkName, [(Doc("a").Id, 1)], None);
        (await Ledger.CompleteAsync(walk, [new DocumentOutcome(Doc("a").Id, 2, DocumentState.Indexed) { Unchanged = true, ContentHash = "h" }], None)).Count.ShouldBe(1);
        (await PendingAsync(walk)).Single().ContentHash.ShouldBeNull();
    }

    [Fact]
    public async Task Walk_TakenUpByAnother_RefusesTheOneThatHeldIt()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b"), Doc("gone")));
        var stale = await WalkAsync();
        var walk = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        (walk.Id, walk.Epoch > stale.Epoch).ShouldBe((stale.Id, true));
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], "after a"), None);
        await Ledger.AddListingAsync(walk with { Cursor = "after a" }, new ListingPage([Doc("b")], null), None);

        (await Should.ThrowAsync<SupersededException>(() => Ledger.AddListingAsync(stale, new ListingPage([Doc("a"), Doc("new")], "after a"), None))).Message.ShouldContain(Scope);
        (await Ledger.ListRemovedAsync(stale, 10, None)).ShouldBeEmpty();
        await Should.ThrowAsync<SupersededException>(() => Ledger.WithdrawAsync(stale, [(Doc("gone").Id, 1)], None));
        await Should.ThrowAsync<SupersededException>(() => Ledger.RemoveDocumentsAsync(stale, [(Doc("gone").Id, 1)], None));
        await Should.ThrowAsync<SupersededException>(() => Ledger.EndWalkAsync(stale, None));

        (await Ledger.ListRemovedAsync(walk, 10, None)).Single().Listed.ShouldBe(Doc("gone"), "the late page changed nothing");
        (await Ledger.ListDocumentsAsync(SinkName, null, 10, None)).Count.ShouldBe(3);
        await Ledger.EndWalkAsync(walk, None);
        await Ledger.EndWalkAsync(walk, None);
        (await Ledger.SummarizeAsync(SinkName, None)).Single().LastWalkComplete.ShouldBeTrue();
    }

    [Fact]
    public async Task Walk_OverDocumentsOfALaterOne_IsRefused()
    {
        var wide = await WalkAsync();
        await Ledger.AddListingAsync(wide, new ListingPage([Doc("sub/a"), Doc("b")], "on"), None);
        var elsewhere = await WalkAsync(Spec with { Scope = SourceScope.Parse("file:///elsewhere/") });
        var narrow = await WalkAsync(Spec with { Scope = SourceScope.Parse(Scope + "sub/") });
        await Should.ThrowAsync<SupersededException>(() => Ledger.AddListingAsync(wide, new ListingPage([Doc("sub/a")], null), None));
        await Ledger.AddListingAsync(elsewhere, new ListingPage([], null), None);
        await Ledger.AddListingAsync(narrow, new ListingPage([Doc("sub/a")], null), None);
        (await PendingAsync(narrow)).Single().Listed.ShouldBe(Doc("sub/a"));
    }

    [Fact]
    public async Task WithdrawAsync_SeenOrBegunMeanwhile_IsLeftAlone()
    {
        await ProcessAsync(await ListAsync(Doc("gone"), Doc("begun"), Doc("back")));
        var walk = await ListAsync();
        var gone = await Ledger.ListRemovedAsync(walk, 10, None);
        gone.Count.ShouldBe(3);
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("back")], null), None);
        await Ledger.WithdrawAsync(walk, [(Doc("begun").Id, 1)], None);

        (await Ledger.WithdrawAsync(walk, [.. gone.Select(static document => (document.Listed.Id, document.Generation))], None)).ShouldBe([Doc("gone").Id]);
        (await FindAsync(Doc("back"))).State.ShouldBe(DocumentState.Indexed);
        (await FindAsync(Doc("gone"))).ShouldSatisfyAllConditions(static d => d.State.ShouldBe(DocumentState.Processing), static d => d.Generation.ShouldBe(2), static d => d.ContentHash.ShouldBeNull());
    }

    [Fact]
    public async Task RemoveDocumentsAsync_BackMeanwhile_StaysAndIsDoubted()
    {
        await ProcessAsync(await ListAsync(Doc("gone"), Doc("back"), Doc("begun")));
        var walk = await ListAsync();
        var withdrawn = new[] { Doc("gone"), Doc("back"), Doc("begun") }.Select(static document => (document.Id, 2L)).ToList();
        await Ledger.WithdrawAsync(walk, [.. withdrawn.Select(static pair => (pair.Id, 1L))], None);
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("back"), Doc("begun")], null), None);
        await Ledger.BeginAsync(walk, [(Doc("begun").Id, 3)], None);

        await Ledger.RemoveDocumentsAsync(walk, withdrawn, None);
        (await Ledger.ListDocumentsAsync(SinkName, null, 10, None)).Select(static document => document.Listed).ShouldBe([Doc("back"), Doc("begun")], ignoreOrder: true);
        await StoreAsync(walk, Doc("begun"), 3, 2);
        await CompleteAsync(walk, Doc("begun"), 3, DocumentState.Indexed, 2, "h");
        await StoreAsync(walk, Doc("back"), 3, 2);
        await CompleteAsync(walk, Doc("back"), 3, DocumentState.Indexed, 2, "h");
        (await UnconfirmedAsync(walk)).ShouldBe([Doc("back").Id, Doc("begun").Id], ignoreOrder: true);
    }

    [Fact]
    public async Task RemoveDocumentsAsync_OfAWalkThatWasTakenOver_DoubtsWhatIsBack()
    {
        await ProcessAsync(await ListAsync(Doc("a")));
        var stale = await ListAsync();
        await Ledger.WithdrawAsync(stale, [(Doc("a").Id, 1)], None);
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 3, 2);
        await CompleteAsync(walk, Doc("a"), 3, DocumentState.Indexed, 2, "h");
        await ConfirmAsync((Doc("a").Id, 3));
        (await UnconfirmedAsync(walk)).ShouldBeEmpty();

        await Should.ThrowAsync<SupersededException>(() => Ledger.RemoveDocumentsAsync(stale, [(Doc("a").Id, 2)], None));
        (await FindAsync(Doc("a"))).State.ShouldBe(DocumentState.Indexed);
        (await UnconfirmedAsync(walk)).ShouldBe([Doc("a").Id], "the one that stood still has deleted its chunks from the sink before it asked");
    }

    [Fact]
    public async Task ListUnconfirmedAsync_CoveredByAnotherUnfinishedWalk_IsLeftToThat()
    {
        var two = await WalkAsync(Spec with { Scope = SourceScope.Parse("file:///two/") });
        var doubtful = new ListedDocument("file:///two/d", 1, DateTimeOffset.UnixEpoch);
        await Ledger.AddListingAsync(two, new ListingPage([doubtful], null), None);
        await InterruptAsync(two, doubtful);
        var one = await WalkAsync(Spec with { Scope = SourceScope.Parse("file:///one/") });
        (await UnconfirmedAsync(one)).ShouldBeEmpty();
        (await UnconfirmedAsync(two)).ShouldBe([doubtful.Id]);

        var again = await WalkAsync(Spec with { Scope = SourceScope.Parse("file:///two/") });
        (await UnconfirmedAsync(one)).ShouldBeEmpty("it has not listed it yet, and may at any moment");
        await Ledger.AddListingAsync(again, new ListingPage([], null), None);
        await Ledger.EndWalkAsync(again, None);
        (await UnconfirmedAsync(one)).ShouldBe([doubtful.Id], "nobody walks it");
    }

    [Theory]
    [InlineData("file:///two/", true)]
    [InlineData("file:///two/", false)]
    [InlineData("file:///", false)]
    [InlineData("file:///two/d/", false)]
    public async Task ListUnconfirmedAsync_OfAWalkThatWasAbandoned_IsListedByWhicheverWalkComesOverItsDocuments(string scope, bool resume)
    {
        var doubtful = new ListedDocument("file:///two/d/x", 1, DateTimeOffset.UnixEpoch);
        var abandoned = Spec with { Scope = SourceScope.Parse("file:///two/") };
        await InterruptAsync(await ListPageAsync(abandoned, doubtful), doubtful);
        var elsewhere = await ListPageAsync(Spec with { Scope = SourceScope.Parse("file:///one/") });
        (await UnconfirmedAsync(elsewhere)).ShouldBeEmpty();
        await Ledger.EndWalkAsync(elsewhere, None);

        var next = await Ledger.BeginWalkAsync(Spec with { Scope = SourceScope.Parse(scope) }, resume, None);
        (await UnconfirmedAsync(next)).ShouldBe([doubtful.Id]);
    }

    [Theory]
    [InlineData("https://host/", false)]
    [InlineData("https://host/page", false)]
    [InlineData("https://host/", true)]
    [InlineData("file:///docs/", true)]
    [InlineData("file:///docs/", false)]
    public async Task ListUnconfirmedAsync_ScopeOfTheOtherWalk_CoversByItsKind(string uri, bool prefix)
    {
        foreach (var name in new[] { uri, uri + "x" })
        {
            var document = new ListedDocument(name, 1, DateTimeOffset.UnixEpoch);
            var found = await WalkAsync(Spec with { Scope = SourceScope.Exact(name) });
            await Ledger.AddListingAsync(found, new ListingPage([document], null), None);
            await InterruptAsync(found, document);
            await Ledger.EndWalkAsync(found, None);
        }

        var scope = prefix ? SourceScope.Prefix(uri) : SourceScope.Exact(uri);
        await WalkAsync(Spec with { Scope = scope });
        var mine = await WalkAsync(Spec with { Scope = SourceScope.Prefix("file:///elsewhere/") });
        (await Ledger.ListUnconfirmedAsync(mine, 10, None)).Select(static document => document.Listed.Uri)
            .ShouldBe(new[] { uri, uri + "x" }.Where(name => !scope.Covers(name)), ignoreOrder: true);
    }

    [Fact]
    public async Task DoubtAsync_SettledOrNot_DoubtsAllAndTellsWhichAreSettledAsCompared()
    {
        var walk = await ListAsync(Doc("settled"), Doc("newer"), Doc("processing"));
        await ProcessAsync(walk);
        await Ledger.BeginAsync(walk, [(Doc("processing").Id, 2)], None);
        (await Ledger.DoubtAsync(SinkName, [(Doc("settled").Id, 1), (Doc("newer").Id, 0), (Doc("processing").Id, 2), (Doc("unknown").Id, 1)], None)).Keys.ShouldBe([Doc("settled").Id]);
        await CompleteAsync(walk, Doc("processing"), 2, DocumentState.Indexed, 2, "h");
        (await UnconfirmedAsync(walk)).Count.ShouldBe(3);
        (await Ledger.FindDocumentsAsync(SinkName, [Doc("newer").Id, Doc("unknown").Id], None)).Single().ShouldSatisfyAllConditions(
            static d => d.Listed.ShouldBe(Doc("newer")), static d => d.Generation.ShouldBe(1), static d => d.State.ShouldBe(DocumentState.Indexed));
    }

    [Fact]
    public async Task DoubtWalkAsync_MemoryWentBack_DoubtsWhatTheWalkTouches()
    {
        await ProcessAsync(await ListAsync(Doc("same"), Doc("edited"), Doc("gone")));
        var walk = await ListAsync(Doc("same"), Doc("edited", 2), Doc("waiting"));
        await StoreAsync(walk, Doc("edited"), 2, 2);
        await CompleteAsync(walk, Doc("edited"), 2, DocumentState.Indexed, 2, "h");
        (await Ledger.DoubtWalkAsync(walk, None)).ShouldBe(2);
        await ProcessAsync(walk);
        (await UnconfirmedAsync(walk)).ShouldBe([Doc("edited").Id, Doc("waiting").Id], ignoreOrder: true);
    }

    [Fact]
    public async Task ForgetSinkAsync_AWalkHasBegunSince_ForgetsNothing()
    {
        (await Ledger.GetEpochAsync(SinkName, None)).ShouldBe(0);
        var walk = await ListAsync(Doc("a"));
        (await Ledger.GetEpochAsync(SinkName, None)).ShouldBe(walk.Epoch);
        (await Ledger.ForgetSinkAsync(SinkName, 0, None)).ShouldBeFalse();
        var resumed = await Ledger.BeginWalkAsync(Spec, resume: true, None);
        (await Ledger.ForgetSinkAsync(SinkName, walk.Epoch, None)).ShouldBeFalse("it was taken up since");
        (await Ledger.ListDocumentsAsync(SinkName, null, 10, None)).Count.ShouldBe(1);

        (await Ledger.ForgetSinkAsync(SinkName, resumed.Epoch, None)).ShouldBeTrue();
        (await Ledger.ListDocumentsAsync(SinkName, null, 10, None)).ShouldBeEmpty();
        await Should.ThrowAsync<SupersededException>(() => Ledger.AddListingAsync(resumed, new ListingPage([Doc("a")], null), None));
        await Should.ThrowAsync<SupersededException>(() => Ledger.EndWalkAsync(resumed, None));
    }
}
