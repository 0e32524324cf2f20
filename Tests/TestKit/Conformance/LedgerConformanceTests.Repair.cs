using Shouldly;
using Sluice.Actors.Sinks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;
using Xunit;

namespace Sluice.TestKit.Conformance;

/// <content>What a comparison with the sink takes for superfluous, with a sink in a SQLite file.</content>
public abstract partial class LedgerConformanceTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Repair_DocumentThatBecameUnreadable_KeepsItsEarlierText(bool begun, bool partlyStored)
    {
        await using var stored = await Stored.CreateAsync(this);
        var again = await ListPageAsync(stored.Spec, Doc("a", 2));
        if (partlyStored)
        {
            await stored.StoreAsync(again, 2, [SinkSamples.Record(stored.Document.Uri, "text that came later", 500)]); // Interrupted, and not read whole ever after.
        }

        var generation = partlyStored ? 3 : 2;
        if (begun)
        {
            await Ledger.BeginAsync(again, [(stored.Document.Id, generation)], None);
        }

        (await Ledger.CompleteAsync(
            again, [new DocumentOutcome(stored.Document.Id, generation, DocumentState.Dead) { Begun = begun, KeepsEarlier = true, Rejection = Rejection.Dead(Reasons.Corrupt, "broken") }], None)).ShouldBeEmpty();
        var held = await stored.Sink.CountAsync(None);
        held.ShouldBe(partlyStored ? 4 : 3);

        var verifier = new CollectionVerifier(stored.Sink, Ledger);
        var report = await verifier.VerifyAsync(repair: true, None);
        (report.Agrees, report.StaleChunks, report.OrphanChunks).ShouldBe((true, 0, 0));
        var document = (await Ledger.ListDocumentsAsync(stored.Spec.Sink, null, 10, None)).Single();
        (await verifier.RepairDocumentAsync(document, None)).Removed.ShouldBe(0, "the comparison at the end of a walk keeps it too");
        (await stored.Sink.CountAsync(None)).ShouldBe(held);
    }

    [Fact]
    public async Task Repair_DocumentThatBecameUnreadableInTheMiddle_KeepsWhatWasNotFoundAgain()
    {
        await using var stored = await Stored.CreateAsync(this);
        var again = await ListPageAsync(stored.Spec, Doc("a", 2));
        await stored.StoreAsync(again, 2, SinkSamples.Records(stored.Document.Uri, 1)); // The first of the three, as it was.
        (await Ledger.CompleteAsync(
            again, [new DocumentOutcome(stored.Document.Id, 2, DocumentState.Dead) { KeepsEarlier = true, Rejection = Rejection.Dead(Reasons.Corrupt, "broken") }], None)).ShouldBeEmpty();

        var report = await new CollectionVerifier(stored.Sink, Ledger).VerifyAsync(repair: true, None);
        (report.Agrees, report.StaleChunks).ShouldBe((true, 0));
        (await stored.Sink.CountAsync(None)).ShouldBe(3);
    }

    [Fact]
    public async Task Repair_DocumentOfWhichSomeChunksFailed_LosesWhatItsEarlierReadingLeft()
    {
        await using var stored = await Stored.CreateAsync(this);
        var again = await ListPageAsync(stored.Spec, Doc("a", 2));
        await stored.StoreAsync(again, 2, SinkSamples.Records(stored.Document.Uri, 1));
        var letter = new DeadLetter(0, stored.Document.Id, stored.Document.Uri, ChunkOf(stored.Document, 9), null, Reasons.RefusedBySink, "no", 1, DateTimeOffset.UnixEpoch);
        (await Ledger.CompleteAsync(again, [new DocumentOutcome(stored.Document.Id, 2, DocumentState.Dead) { ChunkCount = 1, Rejection = Rejection.Dead(Reasons.RefusedBySink, "no"), DeadLetters = [letter] }], None)).ShouldBeEmpty();

        (await new CollectionVerifier(stored.Sink, Ledger).VerifyAsync(repair: true, None)).StaleChunks.ShouldBe(2);
        (await stored.Sink.CountAsync(None)).ShouldBe(1);
    }

    [Fact]
    public async Task Repair_DocumentOfWhichEveryChunkFailed_LosesWhatItsEarlierReadingLeft()
    {
        await using var stored = await Stored.CreateAsync(this);
        var again = await ListPageAsync(stored.Spec, Doc("a", 2));
        await Ledger.BeginAsync(again, [(stored.Document.Id, 2)], None);
        var letter = new DeadLetter(0, stored.Document.Id, stored.Document.Uri, ChunkOf(stored.Document, 9), null, Reasons.RefusedBySink, "no", 1, DateTimeOffset.UnixEpoch);
        (await Ledger.CompleteAsync(again, [new DocumentOutcome(stored.Document.Id, 2, DocumentState.Dead) { Rejection = Rejection.Dead(Reasons.RefusedBySink, "no"), DeadLetters = [letter] }], None)).ShouldBeEmpty();

        (await new CollectionVerifier(stored.Sink, Ledger).VerifyAsync(repair: true, None)).StaleChunks.ShouldBe(3);
        (await stored.Sink.CountAsync(None)).ShouldBe(0);
    }

    /// <summary>A document of three chunks, in the ledger and in a sink.</summary>
    private sealed class Stored : IAsyncDisposable
    {
        private readonly ScratchFolder _folder = new();
        private readonly ILedger _ledger;

        private Stored(ILedger ledger)
        {
            _ledger = ledger;
            Sink = VectorSinks.Open($"sqlite:{_folder.File("sink.db")}", new SinkOptions(), TimeProvider.System);
        }

        public IVectorSink Sink { get; }

        public ListedDocument Document { get; } = Doc("a");

        public WalkSpec Spec => LedgerConformanceTests.Spec with { Sink = Sink.Name };

        public static async Task<Stored> CreateAsync(LedgerConformanceTests tests)
        {
            var stored = new Stored(tests.Ledger);
            await stored.Sink.EnsureCollectionAsync(new CollectionSpec(SinkSamples.Model()), None);
            var walk = await tests.ListPageAsync(stored.Spec, stored.Document);
            await stored.StoreAsync(walk, 1, SinkSamples.Records(stored.Document.Uri, 3));
            (await tests.Ledger.CompleteAsync(walk, [new DocumentOutcome(stored.Document.Id, 1, DocumentState.Indexed) { ChunkCount = 3, ContentHash = "h" }], None)).ShouldBeEmpty();
            return stored;
        }

        public async Task StoreAsync(Walk walk, long generation, List<VectorRecord> records)
        {
            await _ledger.BeginAsync(walk, [(Document.Id, generation)], None);
            (await Sink.UpsertAsync(records, None)).ShouldBeEmpty();
            await _ledger.RecordChunksAsync(walk, [new StoredChunks(Document.Id, generation, [.. records.Select(static record => new LedgerChunk(record.Chunk.Id, 0))])], None);
        }

        public async ValueTask DisposeAsync()
        {
            await Sink.DisposeAsync();
            _folder.Dispose();
        }
    }
}
