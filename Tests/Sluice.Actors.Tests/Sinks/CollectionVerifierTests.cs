using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Sinks;

public sealed class CollectionVerifierTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly ScratchFolder _folder = new();
    private readonly IVectorSink _sink;
    private readonly ILedger _ledger;
    private Walk _walk = null!;

    public CollectionVerifierTests()
    {
        var uri = $"sqlite:{_folder.File("v.db")}";
        _sink = VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System);
        _ledger = Sluice.Actors.Ledgers.Ledgers.Open(uri, TimeProvider.System);
    }

    public async Task InitializeAsync()
    {
        await _ledger.InitializeAsync(s_none);
        await _sink.EnsureCollectionAsync(new CollectionSpec(SinkSamples.Model()), s_none);
        _walk = await _ledger.BeginWalkAsync(new WalkSpec(SourceScope.Parse("file:///v/"), _sink.Name, "c"), resume: false, s_none);
    }

    public async Task DisposeAsync()
    {
        await _sink.DisposeAsync();
        await _ledger.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<List<VectorRecord>> IndexAsync(string name, int chunks, int seed)
    {
        var records = SinkSamples.Records($"file:///v/{name}", chunks, seed);
        foreach (var page in records.Chunk(1000))
        {
            (await _sink.UpsertAsync(page, s_none)).ShouldBeEmpty();
        }

        var listed = new ListedDocument($"file:///v/{name}", 1, DateTimeOffset.UnixEpoch);
        await _ledger.AddListingAsync(_walk, new ListingPage([listed], null), s_none);
        await _ledger.BeginAsync(_walk, [(listed.Id, 1)], s_none);
        await _ledger.RecordChunksAsync(_walk, [new StoredChunks(listed.Id, 1, [.. records.Select(static record => new LedgerChunk(record.Chunk.Id, 0))])], s_none);
        await _ledger.CompleteAsync(_walk, [new DocumentOutcome(listed.Id, 1, DocumentState.Indexed) { ChunkCount = chunks, ContentHash = name }], s_none);
        return records;
    }

    private Task<VerificationReport> VerifyAsync(bool repair = false) => new CollectionVerifier(_sink, _ledger).VerifyAsync(repair, s_none);

    [Fact]
    public async Task VerifyAsync_Empty_Agrees()
    {
        var report = await VerifyAsync();
        (report.Agrees, report.SinkChunks, report.LedgerChunks, report.Documents).ShouldBe((true, 0, 0, 0));
    }

    [Fact]
    public async Task VerifyAsync_Whole_AgreesOverManyPages()
    {
        await IndexAsync("a", 2_500, 1);
        await IndexAsync("b", 10, 5_000);
        var report = await VerifyAsync(repair: true);
        (report.Agrees, report.SinkChunks, report.LedgerChunks, report.Documents, report.UnfinishedDocuments).ShouldBe((true, 2_510, 2_510, 2, 0));
        (await _sink.CountAsync(s_none)).ShouldBe(2_510);
    }

    [Fact]
    public async Task VerifyAsync_OrphansAndLost_AreReportedAndLeft()
    {
        var records = await IndexAsync("a", 20, 1);
        await _sink.DeleteAsync([records[3].Chunk.Id], s_none);
        var orphan = SinkSamples.Record("file:///v/unknown", "an orphan", 900);
        await _sink.UpsertAsync([orphan], s_none);

        var report = await VerifyAsync();
        (report.Agrees, report.OrphanChunks, report.LostChunks, report.LostDocuments, report.Repaired).ShouldBe((false, 1, 1, 1, false));
        report.Examples.ShouldBe(
            [
                new VerificationDifference(DifferenceKind.Orphan, orphan.Document, orphan.Chunk.Id, null),
                new VerificationDifference(DifferenceKind.Lost, records[3].Document, records[3].Chunk.Id, "file:///v/a"),
            ],
            ignoreOrder: true);
        (await VerifyAsync()).LostChunks.ShouldBe(1);
    }

    [Fact]
    public async Task VerifyAsync_Repair_DeletesOrphansAndQueuesWhatIsLost()
    {
        var records = await IndexAsync("a", 1_800, 1);
        await IndexAsync("b", 5, 9_000);
        await _sink.DeleteAsync([.. records.Skip(700).Take(900).Select(static record => record.Chunk.Id)], s_none);
        await _sink.UpsertAsync(SinkSamples.Records("file:///v/unknown", 700, 20_000), s_none);

        var report = await VerifyAsync(repair: true);
        (report.OrphanChunks, report.LostChunks, report.LostDocuments, report.Repaired).ShouldBe((700, 900, 1, true));
        report.Examples.Count.ShouldBe(CollectionVerifier.MaxExamples);
        (await VerifyAsync()).Agrees.ShouldBeTrue();
        (await _sink.CountAsync(s_none)).ShouldBe(905);

        var walk = await _ledger.BeginWalkAsync(_walk.Spec, resume: false, s_none);
        await _ledger.AddListingAsync(
            walk,
            new ListingPage([new ListedDocument("file:///v/a", 1, DateTimeOffset.UnixEpoch), new ListedDocument("file:///v/b", 1, DateTimeOffset.UnixEpoch)], null),
            s_none);
        var pending = await _ledger.ListPendingAsync(walk, new SlotRange(0, DocumentId.SlotCount), new HashSet<DocumentId>(), 10, s_none);
        pending.Single().Listed.Uri.ShouldBe("file:///v/a");
        pending.Single().ContentHash.ShouldBeNull();
        IReadOnlyCollection<ChunkId> kept = [.. records.Take(700).Select(static record => record.Chunk.Id)];
        (await _ledger.FindChunksAsync(_sink.Name, records[0].Document, kept, s_none)).Count.ShouldBe(700, "what the sink holds is not embedded again");
    }

    [Fact]
    public async Task VerifyAsync_DocumentFoundUnchanged_KeepsItsChunks()
    {
        var records = await IndexAsync("a", 30, 1);
        var listed = new ListedDocument("file:///v/a", 1, DateTimeOffset.UnixEpoch.AddDays(1));
        await _ledger.AddListingAsync(_walk, new ListingPage([listed], null), s_none);
        await _ledger.CompleteAsync(_walk, [new DocumentOutcome(listed.Id, 2, DocumentState.Indexed) { Unchanged = true, ContentHash = "a" }], s_none);
        var report = await VerifyAsync(repair: true);
        (report.Agrees, report.StaleChunks).ShouldBe((true, 0));
        (await _sink.CountAsync(s_none)).ShouldBe(records.Count);
        (await _ledger.ListDocumentsAsync(_sink.Name, null, 10, s_none)).Single().Generation.ShouldBe(1, "its chunks are of that one");
    }
}
