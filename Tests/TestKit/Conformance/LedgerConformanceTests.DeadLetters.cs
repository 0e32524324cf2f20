using Shouldly;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

public abstract partial class LedgerConformanceTests
{
    [Fact]
    public async Task DeadLetters_OfChunks_AreKeptWithAllTheyTell()
    {
        var walk = await ListAsync(Doc("a"));
        var letter = new DeadLetter(0, Doc("a").Id, Doc("a").Uri, ChunkOf(Doc("a"), 1), new Place(3, 9) { Line = 4, Part = "Sheet ü" }, Reasons.EmbeddingFailed, "failed three times", 3, new DateTimeOffset(2025, 2, 3, 4, 5, 6, TimeSpan.Zero)) { Excerpt = "Once upon" };
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None);
        await Ledger.CompleteAsync(
            walk,
            [new DocumentOutcome(Doc("a").Id, 1, DocumentState.Dead) { Rejection = Rejection.Dead(Reasons.EmbeddingFailed, "one chunk"), DeadLetters = [letter, letter with { Chunk = ChunkOf(Doc("a"), 2), Excerpt = new string('x', 500) }] }],
            None);
        var letters = await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None);
        letters[0].ShouldBe(letter with { Id = letters[0].Id });
        letters[1].Excerpt!.Length.ShouldBe(200);
        (await Ledger.ListDeadLettersAsync(SinkName, letters[0].Id, 10, None)).Single().Id.ShouldBe(letters[1].Id);
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 1, None)).Single().Id.ShouldBe(letters[0].Id);
    }

    [Fact]
    public async Task ReplayAsync_ThenListedUnchanged_IsPendingAndTheLetterStaysUntilItSucceeds()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        foreach (var document in new[] { Doc("a"), Doc("b") })
        {
            await CompleteAsync(walk, document, 1, DocumentState.Dead, rejection: Rejection.Dead(Reasons.Corrupt, "broken " + document.Uri));
        }

        var letter = (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).Single(static found => found.Document == Doc("b").Id);
        (letter.Uri, letter.Chunk, letter.Reason, letter.Message).ShouldBe((Doc("b").Uri, null, Reasons.Corrupt, "broken " + Doc("b").Uri));
        var replayed = await Ledger.ReplayAsync(SinkName, [letter.Id, letter.Id, 12345], None);
        (replayed.Single().Listed, replayed.Single().State).ShouldBe((Doc("b"), DocumentState.Pending));

        var next = await ListAsync(Doc("a"), Doc("b"));
        (await PendingAsync(next)).Single().Listed.ShouldBe(Doc("b"));
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).Count.ShouldBe(2);
        await ProcessAsync(next);
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).Single().Document.ShouldBe(Doc("a").Id);
        (await Ledger.ReplayAsync(SinkName, null, None)).Single().Listed.ShouldBe(Doc("a"));
    }

    [Fact]
    public async Task DropAsync_LastLetterOfADocument_CountsItAsSkippedUntilItChanges()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        var letter = new DeadLetter(0, Doc("a").Id, Doc("a").Uri, ChunkOf(Doc("a"), 1), null, Reasons.EmbeddingFailed, "failed", 3, DateTimeOffset.UnixEpoch);
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1), (Doc("b").Id, 1)], None);
        await Ledger.CompleteAsync(
            walk,
            [
                new DocumentOutcome(Doc("a").Id, 1, DocumentState.Dead) { Rejection = Rejection.Dead(Reasons.EmbeddingFailed, "two chunks"), DeadLetters = [letter, letter] },
                new DocumentOutcome(Doc("b").Id, 1, DocumentState.Dead) { Rejection = Rejection.Dead(Reasons.Corrupt, "broken") },
            ],
            None);
        var letters = await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None);
        (await Ledger.DropAsync(SinkName, [letters[0].Id, 999_999], None)).ShouldBe(1);
        (await FindAsync(Doc("a"))).State.ShouldBe(DocumentState.Dead);
        (await Ledger.DropAsync(SinkName, null, None)).ShouldBe(2);

        var next = await ListAsync(Doc("a"), Doc("b", 2));
        (await AccountAsync(next)).ShouldSatisfyAllConditions(static a => a.Skipped[Reasons.Dropped].ShouldBe(1), static a => a.Pending.ShouldBe(1), static a => a.Dead.ShouldBeEmpty());
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).ShouldBeEmpty();
    }
}
