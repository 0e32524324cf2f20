using Shouldly;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

public abstract partial class LedgerConformanceTests
{
    [Fact]
    public async Task BeginAsync_ThenCrash_IsInterrupted()
    {
        await ProcessAsync(await ListAsync(Doc("a")));
        var walk = await ListAsync(Doc("a", 2));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        await StoreAsync(walk, Doc("a"), 2, 1, 10);
        await ReopenAsync();

        // Back to the first content: its hash must not prove it unchanged, the sink holds parts of the second.
        var next = await ListAsync(Doc("a"));
        var pending = (await PendingAsync(next)).Single();
        (pending.Interrupted, pending.ContentHash, pending.Generation).ShouldBe((true, null, 2L));
        (await AccountAsync(next)).Pending.ShouldBe(1);
        (await FindAsync(Doc("a"))).State.ShouldBe(DocumentState.Processing);
        await ProcessAsync(next);
        (await PendingAsync(await ListAsync(Doc("a")))).ShouldBeEmpty();
    }

    [Fact]
    public async Task BeginAsync_AgainAndAgain_CountsAttemptsUntilItEnds()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await Ledger.BeginAsync(walk, [(Doc("a").Id, attempt)], None);
            await ReopenAsync();
            (await PendingAsync(walk)).ToDictionary(static pending => pending.Listed.Uri, static pending => pending.Attempts)
                .ShouldBe(new Dictionary<string, int> { [Doc("a").Uri] = attempt, [Doc("b").Uri] = 0 }, ignoreOrder: true);
        }

        await ProcessAsync(walk);
        var again = await ListAsync(Doc("a", 2), Doc("b"));
        (await PendingAsync(again)).Single().Attempts.ShouldBe(0);
    }

    [Fact]
    public async Task ListDocumentsAsync_InPages_ListsEachOnceInOrder()
    {
        await ListAsync([.. Enumerable.Range(0, 57).Select(static i => Doc($"{i}"))]);
        var all = new List<LedgerDocument>();
        IReadOnlyList<LedgerDocument> page;
        while ((page = await Ledger.ListDocumentsAsync(SinkName, all.Count == 0 ? null : all[^1].Listed.Id, 10, None)).Count > 0)
        {
            all.AddRange(page);
        }

        all.Select(static document => document.Listed.Id).Distinct().Count().ShouldBe(57);
    }

    [Fact]
    public async Task CompleteAsync_OlderGeneration_IsIgnored()
    {
        var walk = await ListAsync(Doc("a"));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None);
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        await CompleteAsync(walk, Doc("a"), 1, DocumentState.Indexed, 5, "old");
        (await FindAsync(Doc("a"))).State.ShouldBe(DocumentState.Processing);
        await CompleteAsync(walk, Doc("a"), 2, DocumentState.Indexed, 6, "new");
        (await FindAsync(Doc("a"))).ChunkCount.ShouldBe(6);
        await CompleteAsync(walk, Doc("unknown"), 2, DocumentState.Indexed, 6, "new");
        await Should.ThrowAsync<ArgumentException>(() => CompleteAsync(walk, Doc("a"), 2, DocumentState.Pending));
    }

    [Fact]
    public async Task CompleteAsync_ProvenUnchanged_CountsAsUnchangedAndKeepsTheNewListing()
    {
        await ProcessAsync(await ListAsync(Doc("a")));
        var walk = await ListAsync(Doc("a", 2));
        await CompleteAsync(walk, Doc("a"), 2, DocumentState.Indexed, hash: "hash of file:///docs/a101", unchanged: true);
        (await AccountAsync(walk)).ShouldSatisfyAllConditions(static a => a.Unchanged.ShouldBe(1), static a => a.Indexed.ShouldBe(0));
        (await FindAsync(Doc("a"))).ChunkCount.ShouldBe(2);
        (await PendingAsync(await ListAsync(Doc("a", 2)))).ShouldBeEmpty();
        (await PendingAsync(await ListAsync(Doc("a", 3)))).Single().ContentHash.ShouldBe("hash of file:///docs/a101");
    }

    [Fact]
    public async Task CompleteAsync_ChangedWhileWaiting_KeepsTheListingOfTheContent()
    {
        var walk = await ListAsync(Doc("a"));
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 1)], None);
        await Ledger.CompleteAsync(walk, [new DocumentOutcome(Doc("a").Id, 1, DocumentState.Indexed) { Listed = Doc("a", 9), ContentHash = "nine" }], None);
        (await PendingAsync(await ListAsync(Doc("a", 9)))).ShouldBeEmpty();
    }

    [Fact]
    public async Task RequeueAsync_Indexed_StaysPendingWhenListedUnchanged()
    {
        await ProcessAsync(await ListAsync(Doc("a"), Doc("b")));
        (await Ledger.RequeueAsync(SinkName, [(Doc("a").Id, 1), (Doc("unknown").Id, 1)], None)).ShouldBe([Doc("a").Id]);
        var walk = await ListAsync(Doc("a"), Doc("b"));
        var pending = (await PendingAsync(walk)).Single();
        (pending.Listed, pending.ContentHash, pending.Generation).ShouldBe((Doc("a"), null, 2));
        (await Ledger.FindTwinAsync(walk, "hash of file:///docs/a101", Doc("b").Id, None)).ShouldBeNull("it lost chunks");
        await ProcessAsync(walk);
        (await AccountAsync(walk)).ShouldSatisfyAllConditions(static a => a.Indexed.ShouldBe(1), static a => a.Unchanged.ShouldBe(1));
        (await PendingAsync(await ListAsync(Doc("a"), Doc("b")))).ShouldBeEmpty();
    }
}
