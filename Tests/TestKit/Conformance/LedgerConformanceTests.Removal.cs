using Shouldly;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

public abstract partial class LedgerConformanceTests
{
    /// <summary>Removes documents as the end of a walk does.</summary>
    private async Task RemoveAsync(Walk walk, IReadOnlyList<LedgerDocument> documents)
    {
        (await Ledger.WithdrawAsync(walk, [.. documents.Select(static document => (document.Listed.Id, document.Generation))], None)).Count.ShouldBe(documents.Count);
        await Ledger.RemoveDocumentsAsync(walk, [.. documents.Select(static document => (document.Listed.Id, document.Generation + 1))], None);
    }

    [Fact]
    public async Task ListRemovedAsync_GoneFromTheListing_AreListedUntilRemoved()
    {
        await ProcessAsync(await ListAsync([.. Enumerable.Range(0, 30).Select(static i => Doc($"{i:00}"))]));
        var walk = await ListAsync([.. Enumerable.Range(0, 10).Select(static i => Doc($"{i:00}"))]);
        var removed = new List<DocumentId>();
        IReadOnlyList<LedgerDocument> page;
        while ((page = await Ledger.ListRemovedAsync(walk, 7, None)).Count > 0)
        {
            var ids = page.Select(static document => document.Listed.Id).ToList();
            removed.AddRange(ids);
            await RemoveAsync(walk, page);
        }

        removed.ShouldBe(Enumerable.Range(10, 20).Select(static i => Doc($"{i:00}").Id), ignoreOrder: true);
        (await Ledger.ListDocumentsAsync(SinkName, null, 100, None)).Count.ShouldBe(10);
        (await ChunksAsync(Doc("11"))).ShouldBeEmpty();
        (await ChunksAsync(Doc("01"))).Count.ShouldBe(2);
    }

    [Fact]
    public async Task ListRemovedAsync_ListingNotCompleteOrNotEnded_RemovesNothing()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b")));
        var incomplete = await WalkAsync();
        await Ledger.AddListingAsync(incomplete, new ListingPage([], "more", Complete: false), None);
        (await Ledger.ListRemovedAsync(incomplete, 10, None)).ShouldBeEmpty();
        await Ledger.AddListingAsync(incomplete, new ListingPage([Doc("a")], null), None);
        (await Ledger.ListRemovedAsync(incomplete, 10, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task ListRemovedAsync_OtherScopesAndSinks_AreLeftAlone()
    {
        var outside = new ListedDocument("file:///docs-other/x", 1, DateTimeOffset.UnixEpoch);
        var sibling = new ListedDocument("file:///docs", 1, DateTimeOffset.UnixEpoch);
        foreach (var spec in new[] { Spec with { Scope = "file:///docs-other/" }, Spec with { Scope = "file:///docs" }, Spec with { Sink = "other" } })
        {
            var other = await WalkAsync(spec);
            await Ledger.AddListingAsync(other, new ListingPage([spec.Sink == "other" ? Doc("gone") : spec.Scope.EndsWith('/') ? outside : sibling], null), None);
        }

        await ListAsync(Doc("gone"));
        var walk = await ListAsync(Doc("kept"));
        (await Ledger.ListRemovedAsync(walk, 10, None)).Single().Listed.Id.ShouldBe(Doc("gone").Id);
    }

    [Fact]
    public async Task ListRemovedAsync_DocumentOfANarrowerWalk_BelongsToTheWiderOneToo()
    {
        var narrow = await WalkAsync(Spec with { Scope = Scope + "one.txt" });
        await Ledger.AddListingAsync(narrow, new ListingPage([Doc("one.txt")], null), None);
        (await Ledger.ListRemovedAsync(await ListAsync(Doc("other")), 10, None)).Single().Listed.ShouldBe(Doc("one.txt"));
    }

    [Fact]
    public async Task RemoveDocumentsAsync_ManyChunksAndLetters_RemovesAll()
    {
        var walk = await ListAsync(Doc("big"), Doc("small"));
        for (var first = 0; first < 45_000; first += 9_000)
        {
            await StoreAsync(walk, Doc("big"), 1, 9_000, first);
        }

        await StoreAsync(walk, Doc("small"), 1, 3);
        await CompleteAsync(walk, Doc("big"), 1, DocumentState.Dead, rejection: Rejection.Dead(Reasons.Corrupt, "broken"));
        var later = await ListAsync(Doc("small"));
        await RemoveAsync(later, await Ledger.ListRemovedAsync(later, 10, None));
        await Ledger.RemoveDocumentsAsync(later, [(Doc("unknown").Id, 1)], None);
        (await Ledger.ListDocumentsAsync(SinkName, null, 10, None)).Single().Listed.ShouldBe(Doc("small"));
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).ShouldBeEmpty();
        (await ChunksAsync(Doc("big"))).ShouldBeEmpty();
        (await ChunksAsync(Doc("small"))).Count.ShouldBe(3);
    }

    [Fact]
    public async Task ForgetSinkAsync_KnownSink_ForgetsItAlone()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        await ProcessAsync(walk);
        await CompleteAsync(walk, Doc("b"), 5, DocumentState.Dead, rejection: Rejection.Dead(Reasons.Corrupt, "broken"));
        var other = await WalkAsync(Spec with { Sink = "other" });
        await Ledger.AddListingAsync(other, new ListingPage([Doc("a")], null), None);

        (await Ledger.ForgetSinkAsync(SinkName, await Ledger.GetEpochAsync(SinkName, None), None)).ShouldBeTrue();
        (await Ledger.ListDocumentsAsync(SinkName, null, 10, None)).ShouldBeEmpty();
        (await Ledger.ListDeadLettersAsync(SinkName, 0, 10, None)).ShouldBeEmpty();
        (await Ledger.SummarizeAsync(SinkName, None)).ShouldBeEmpty();
        (await ChunksAsync(Doc("a"))).ShouldBeEmpty();
        (await Ledger.ListDocumentsAsync("other", null, 10, None)).Count.ShouldBe(1);
        var again = await ListAsync(Doc("a"));
        (await PendingAsync(again)).Single().ShouldBe(new PendingDocument(Doc("a"), 0, null, false));
    }
}
