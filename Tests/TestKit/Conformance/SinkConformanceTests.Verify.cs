using Shouldly;
using Sluice.Actors.Sinks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.TestKit.Conformance;

/// <summary>What <c>sluice verify</c> finds and repairs in this database, with a ledger in a SQLite file.</summary>
public abstract partial class SinkConformanceTests
{
    [Fact]
    public async Task Verify_DeletedForeignAndStaleRecords_AreFoundAndRepaired()
    {
        var file = Path.Join(Path.GetTempPath(), $"sluice-verify-{Guid.NewGuid():N}.db");
        try
        {
            await using var ledger = Actors.Ledgers.Ledgers.Open($"sqlite:{file}", TimeProvider.System);
            await ledger.InitializeAsync(None);
            await Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
            var walk = await ledger.BeginWalkAsync(new WalkSpec(SourceScope.Parse("file:///v/"), Sink.Name, "c"), resume: false, None);
            var kept = await IndexAsync(ledger, walk, "kept", 1, Records("file:///v/kept", 12));
            var changed = Records("file:///v/changed", 10, 100);
            await IndexAsync(ledger, walk, "changed", 1, changed);
            (await new CollectionVerifier(Sink, ledger).VerifyAsync(repair: false, None)).Agrees.ShouldBeTrue();

            await DeleteAsync(kept[3].Chunk.Id);
            var foreign = Record("file:///v/unknown", "a foreign record", 900);
            await PutAsync([foreign]);
            // Read again, with six of its pieces left; a crash kept the others' removal from happening, or a second writer brought them back.
            await IndexAsync(ledger, walk, "changed", 2, changed[..6]);

            var report = await new CollectionVerifier(Sink, ledger).VerifyAsync(repair: false, None);
            (report.Agrees, report.OrphanChunks, report.LostChunks, report.StaleChunks).ShouldBe((false, 1, 1, 4));
            report = await new CollectionVerifier(Sink, ledger).VerifyAsync(repair: true, None);
            (report.OrphanChunks, report.LostChunks, report.StaleChunks, report.Repaired).ShouldBe((1, 1, 4, true));

            (await new CollectionVerifier(Sink, ledger).VerifyAsync(repair: false, None)).Agrees.ShouldBeTrue();
            (await ListAsync()).Select(static id => id.Chunk)
                .ShouldBe(kept.Where((_, i) => i != 3).Concat(changed[..6]).Select(static record => record.Chunk.Id), ignoreOrder: true);
        }
        finally
        {
            foreach (var path in Directory.EnumerateFiles(Path.GetTempPath(), Path.GetFileName(file) + "*"))
            {
                File.Delete(path);
            }
        }
    }

    private async Task<List<VectorRecord>> IndexAsync(ILedger ledger, Walk walk, string name, long generation, List<VectorRecord> records)
    {
        await PutAsync(records);
        var listed = new ListedDocument($"file:///v/{name}", generation, DateTimeOffset.UnixEpoch);
        await ledger.AddListingAsync(walk, new ListingPage([listed], null), None);
        await ledger.BeginAsync(walk, [(listed.Id, generation)], None);
        await ledger.RecordChunksAsync(walk, [new StoredChunks(listed.Id, generation, [.. records.Select(static record => new LedgerChunk(record.Chunk.Id, 0))])], None);
        await ledger.CompleteAsync(walk, [new DocumentOutcome(listed.Id, generation, DocumentState.Indexed) { ChunkCount = records.Count, ContentHash = $"{name}-{generation}" }], None);
        return records;
    }
}
