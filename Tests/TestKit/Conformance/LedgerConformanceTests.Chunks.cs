using Shouldly;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Xunit;

namespace Sluice.TestKit.Conformance;

public abstract partial class LedgerConformanceTests
{
    [Fact]
    public async Task FindChunksAsync_SomeRecorded_ReturnsThose()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        await StoreAsync(walk, Doc("a"), 1, 3);
        var found = await Ledger.FindChunksAsync(SinkName, Doc("a").Id, [ChunkOf(Doc("a"), 1), ChunkOf(Doc("a"), 2), ChunkOf(Doc("a"), 9)], None);
        found.ShouldBe([new LedgerChunk(ChunkOf(Doc("a"), 1), 1000), new LedgerChunk(ChunkOf(Doc("a"), 2), 2000)], ignoreOrder: true);
        (await Ledger.FindChunksAsync(SinkName, Doc("b").Id, [ChunkOf(Doc("a"), 1)], None)).ShouldBeEmpty();
        (await Ledger.FindChunksAsync("other", Doc("a").Id, [ChunkOf(Doc("a"), 1)], None)).ShouldBeEmpty();
        (await Ledger.FindChunksAsync(SinkName, Doc("a").Id, [], None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task RecordChunksAsync_AgainInANewGeneration_KeepsOneRowWithTheNewPlace()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 2);
        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        (await Ledger.RecordChunksAsync(walk, [new StoredChunks(Doc("a").Id, 2, [new LedgerChunk(ChunkOf(Doc("a"), 1), -77)])], None)).ShouldBeEmpty();
        (await ChunksAsync(Doc("a"))).Count.ShouldBe(2);
        (await Ledger.FindChunksAsync(SinkName, Doc("a").Id, [ChunkOf(Doc("a"), 1)], None)).Single().PlaceHash.ShouldBe(-77);
        (await Ledger.ListStaleChunksAsync(SinkName, Doc("a").Id, 2, 10, None)).ShouldBe([ChunkOf(Doc("a"), 0)]);
        await Ledger.RecordChunksAsync(walk, [new StoredChunks(Doc("unknown").Id, 1, [new LedgerChunk(ChunkOf(Doc("a"), 1), 0)])], None);
        await Ledger.RecordChunksAsync(walk, [], None);
    }

    [Fact]
    public async Task HasChunksSinceAsync_OfSeveralGenerations_ComparesWithTheNewest()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"));
        await StoreAsync(walk, Doc("a"), 1, 3);
        await StoreAsync(walk, Doc("a"), 4, 1);
        (await Ledger.HasChunksSinceAsync(SinkName, Doc("a").Id, 4, None)).ShouldBeTrue();
        (await Ledger.HasChunksSinceAsync(SinkName, Doc("a").Id, 5, None)).ShouldBeFalse();
        (await Ledger.HasChunksSinceAsync(SinkName, Doc("b").Id, 0, None)).ShouldBeFalse();
        (await Ledger.HasChunksSinceAsync("none", Doc("a").Id, 0, None)).ShouldBeFalse();
        (await Ledger.HasChunksSinceAsync(SinkName, Doc("unknown").Id, 0, None)).ShouldBeFalse();
    }

    [Fact]
    public async Task ListStaleChunksAsync_InPages_ListsEachUntilRemoved()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 250);
        await StoreAsync(walk, Doc("a"), 2, 100, 50);
        var removed = new HashSet<ChunkId>();
        IReadOnlyList<ChunkId> page;
        while ((page = await Ledger.ListStaleChunksAsync(SinkName, Doc("a").Id, 2, 40, None)).Count > 0)
        {
            page.Count.ShouldBeLessThanOrEqualTo(40);
            removed.UnionWith(page);
            await Ledger.RemoveChunksAsync(SinkName, Doc("a").Id, 2, page, None);
        }

        removed.ShouldBe(Enumerable.Range(0, 50).Concat(Enumerable.Range(150, 100)).Select(static i => ChunkOf(Doc("a"), i)), ignoreOrder: true);
        (await ChunksAsync(Doc("a"))).ShouldBe(Enumerable.Range(50, 100).Select(static i => ChunkOf(Doc("a"), i)), ignoreOrder: true);
    }

    [Fact]
    public async Task ListStaleChunksAsync_NotRemoved_AreListedAgain()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 100);
        var listed = new HashSet<ChunkId>();
        for (var i = 0; i < 5; i++)
        {
            (await Ledger.ListStaleChunksAsync(SinkName, Doc("a").Id, 2, 30, None)).Count.ShouldBe(30);
        }

        listed.UnionWith(await Ledger.ListStaleChunksAsync(SinkName, Doc("a").Id, 2, 1000, None));
        listed.Count.ShouldBe(100);
    }

    [Fact]
    public async Task ListChunksAsync_MoreGenerationsThanThePageHasPlaces_ListsThem()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 5, 3);
        (await Ledger.ListChunksAsync(SinkName, Doc("a").Id, null, 2, None)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task ListChunksAsync_InPages_ListsEachOnceInOrder()
    {
        var walk = await ListAsync(Doc("a"));
        await StoreAsync(walk, Doc("a"), 1, 95);
        var all = new List<ChunkId>();
        IReadOnlyList<ChunkId> page;
        while ((page = await Ledger.ListChunksAsync(SinkName, Doc("a").Id, all.Count == 0 ? null : all[^1], 10, None)).Count > 0)
        {
            all.AddRange(page);
        }

        all.Count.ShouldBe(95);
        all.ShouldBe(all.OrderBy(static id => id.Value));
    }

    [Fact]
    public async Task FindTwinAsync_SameContent_FindsOnlyAnIndexedOneOfThisConfiguration()
    {
        var walk = await ListAsync(Doc("a"), Doc("b"), Doc("c"));
        await CompleteAsync(walk, Doc("a"), 1, DocumentState.Indexed, 2, "same");
        await CompleteAsync(walk, Doc("b"), 1, DocumentState.Dead, 0, "same", rejection: Rejection.Dead(Reasons.Corrupt, "broken"));
        (await Ledger.FindTwinAsync(walk, "same", Doc("c").Id, None)).ShouldBe(Doc("a").Id);
        (await Ledger.FindTwinAsync(walk, "same", Doc("a").Id, None)).ShouldBeNull();
        (await Ledger.FindTwinAsync(walk, "other", Doc("c").Id, None)).ShouldBeNull();
        (await Ledger.FindTwinAsync(await WalkAsync(Spec with { Configuration = "config-2" }), "same", Doc("c").Id, None)).ShouldBeNull();

        await Ledger.BeginAsync(walk, [(Doc("a").Id, 2)], None);
        (await Ledger.FindTwinAsync(walk, "same", Doc("c").Id, None)).ShouldBeNull("it is being processed anew");
    }
}
