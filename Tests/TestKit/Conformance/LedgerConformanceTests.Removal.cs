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
        await Ledger.AddListingAsync(incomplete with { Cursor = "more" }, new ListingPage([Doc("a")], null), None);
        (await Ledger.ListRemovedAsync(incomplete, 10, None)).ShouldBeEmpty();
        (await Ledger.WithdrawAsync(incomplete, [(Doc("b").Id, 1)], None)).ShouldBeEmpty("a part could not be listed");
    }

    [Fact]
    public async Task WithdrawAsync_ListingThatTheLedgerHasNotToItsEnd_WithdrawsNothingAndDoesNotEnd()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b")));
        var walk = await WalkAsync();
        await Ledger.AddListingAsync(walk, new ListingPage([Doc("a")], "after a"), None);
        (await Ledger.WithdrawAsync(walk, [(Doc("b").Id, 1)], None)).ShouldBeEmpty("its owner has listed the last page, and the ledger has lost it");
        (await Should.ThrowAsync<ListingLostException>(() => Ledger.EndWalkAsync(walk, None))).Cursor.ShouldBe("after a");
        await Ledger.AddListingAsync(walk with { Cursor = "after a" }, new ListingPage([], null), None);
        (await Ledger.WithdrawAsync(walk, [(Doc("b").Id, 1)], None)).ShouldBe([Doc("b").Id]);
        await Ledger.EndWalkAsync(walk, None);
    }

    [Fact]
    public async Task ListRemovedAsync_OtherScopesAndSinks_AreLeftAlone()
    {
        var outside = new ListedDocument("file:///docs-other/x", 1, DateTimeOffset.UnixEpoch);
        var sibling = new ListedDocument("file:///docs", 1, DateTimeOffset.UnixEpoch);
        foreach (var spec in new[] { Spec with { Scope = SourceScope.Prefix("file:///docs-other/") }, Spec with { Scope = SourceScope.Exact("file:///docs") }, Spec with { Sink = "other" } })
        {
            var other = await WalkAsync(spec);
            await Ledger.AddListingAsync(other, new ListingPage([spec.Sink == "other" ? Doc("gone") : spec.Scope.IsPrefix ? outside : sibling], null), None);
        }

        await ListAsync(Doc("gone"));
        var walk = await ListAsync(Doc("kept"));
        (await Ledger.ListRemovedAsync(walk, 10, None)).Single().Listed.Id.ShouldBe(Doc("gone").Id);
    }

    [Fact]
    public async Task ListRemovedAsync_DocumentOfANarrowerWalk_BelongsToTheWiderOneToo()
    {
        var narrow = await WalkAsync(Spec with { Scope = SourceScope.Exact(Scope + "one.txt") });
        await Ledger.AddListingAsync(narrow, new ListingPage([Doc("one.txt")], null), None);
        (await Ledger.ListRemovedAsync(await ListAsync(Doc("other")), 10, None)).Single().Listed.ShouldBe(Doc("one.txt"));
    }

    [Fact]
    public async Task ListRemovedAsync_ExactScopeThatEndsInASlash_ConcernsThatDocumentAlone()
    {
        const string Host = "http://host/";
        var page = new ListedDocument(Host + "a.html", 1, DateTimeOffset.UnixEpoch, "\"v1\"");
        var root = new ListedDocument(Host, 1, DateTimeOffset.UnixEpoch, "\"v1\"");
        var exact = Spec with { Scope = SourceScope.Exact(page.Uri) };
        await ProcessAsync(await ListPageAsync(exact, page));
        var unfinished = await WalkAsync(exact);

        var walk = await ListPageAsync(Spec with { Scope = SourceScope.Exact(Host) }, root);

        (await Ledger.ListRemovedAsync(walk, 10, None)).ShouldBeEmpty("a page is not below another");
        (await Ledger.BeginWalkAsync(exact, resume: true, None)).Id.ShouldBe(unfinished.Id, "nobody took its document over");
        (await Ledger.CountOutdatedAsync(walk.Spec with { Configuration = "config-2" }, None)).ShouldBe(0, "only the other page was indexed");
        (await Ledger.SummarizeAsync(SinkName, None)).Single(summary => summary.Scope == walk.Spec.Scope).Documents.ShouldBe(new Dictionary<DocumentState, long> { [DocumentState.Pending] = 1 });
    }

    [Fact]
    public async Task ListRemovedAsync_PrefixAndExactScopeOfOneUri_AreTwoScopes()
    {
        const string Host = "http://host/";
        var page = new ListedDocument(Host + "a.html", 1, DateTimeOffset.UnixEpoch, "\"v1\"");
        await ProcessAsync(await ListPageAsync(Spec with { Scope = SourceScope.Exact(Host) }, new ListedDocument(Host, 1, DateTimeOffset.UnixEpoch, "\"v1\"")));
        await ProcessAsync(await ListPageAsync(Spec with { Scope = SourceScope.Prefix(Host) }, new ListedDocument(Host, 1, DateTimeOffset.UnixEpoch, "\"v1\""), page));

        (await Ledger.SummarizeAsync(SinkName, None)).Select(static summary => (summary.Scope.Uri, summary.Scope.IsPrefix, Documents: summary.Documents.Values.Sum()))
            .ShouldBe([(Host, false, 1), (Host, true, 2)], ignoreOrder: true);
        var walk = await ListPageAsync(Spec with { Scope = SourceScope.Prefix(Host) }, new ListedDocument(Host, 1, DateTimeOffset.UnixEpoch, "\"v1\""));
        (await Ledger.ListRemovedAsync(walk, 10, None)).ShouldHaveSingleItem().Listed.Uri.ShouldBe(page.Uri);
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
