using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Actors.Core.Jobs;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;
using Sluice.TestKit;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Core;

/// <summary>Owners that stood still while another took over, and go on; and jobs that end while another one stores.</summary>
public sealed class StaleOwnersTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly ScratchFolder _scratch = new();
    private readonly HashingEmbedder _embedder = new();
    private readonly PipelineOptions _options = new() { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(5) };
    private IVectorSink _sink = null!;
    private ILedger _ledger = null!;

    public async Task InitializeAsync()
    {
        var database = $"sqlite:{_scratch.File("test.db")}";
        _sink = VectorSinks.Open(database, new SinkOptions(), TimeProvider.System);
        _ledger = Sluice.Actors.Ledgers.Ledgers.Open(database, TimeProvider.System);
        await _ledger.InitializeAsync(s_none);
        await _sink.EnsureCollectionAsync(new CollectionSpec(_embedder.Model), s_none);
    }

    public async Task DisposeAsync()
    {
        await _sink.DisposeAsync();
        await _ledger.DisposeAsync();
        _scratch.Dispose();
    }

    /// <summary>An owner is stopped after it listed what is stale, and goes on when another owner has kept those chunks.</summary>
    [Fact]
    public async Task Removal_OfAnOwnerThatStoodStill_LosesNothing()
    {
        var document = new ListedDocument("file:///docs/a", 1, DateTimeOffset.UnixEpoch);
        var walk = await ListAsync("file:///docs/", document);
        var (x, y) = (Record(document, "x"), Record(document, "y"));
        await BeginAsync(walk, document, 1);
        await StoreAsync(walk, 1, x, y);
        await CompleteAsync(walk, document, 1, 2);

        // Owner A reads the file without x: keeps y, lists x as stale, and is stopped.
        await BeginAsync(walk, document, 2);
        await StoreAsync(walk, 2, y);
        var stale = await _ledger.ListStaleChunksAsync(_sink.Name, document.Id, 2, 1000, s_none);
        stale.ShouldBe([x.Chunk.Id]);

        // Owner B takes the partition over; the file has x again. It finds x and y in the ledger and keeps them.
        await BeginAsync(walk, document, 3);
        await RecordAsync(walk, 3, x, y);
        await CompleteAsync(walk, document, 3, 2);

        // A goes on.
        await _sink.DeleteAsync(stale, s_none);
        (await _ledger.RemoveChunksAsync(_sink.Name, document.Id, 2, stale, s_none)).ShouldBeFalse();
        (await _ledger.CompleteAsync(walk, [new DocumentOutcome(document.Id, 2, DocumentState.Indexed) { ChunkCount = 1 }], s_none)).Values.ShouldBe([CompletionRefusal.Superseded]);

        (await ReconcileAsync(_sink, walk)).ShouldBe(1, "the database lost what the second owner kept");
        await BeginAsync(walk, document, 5);
        await StoreAsync(walk, 5, x);
        await RecordAsync(walk, 5, y);
        await CompleteAsync(walk, document, 5, 2);
        (await ReconcileAsync(_sink, walk)).ShouldBe(0);
        await VerifyAsync(2);
    }

    /// <summary>Job one settles while job two, over other documents of the same collection, takes up one that an earlier, cancelled job had left in doubt.</summary>
    [Fact]
    public async Task Reconciler_WhileAnotherJobStoresADoubtfulDocument_LosesNothing()
    {
        var document = new ListedDocument("file:///two/d", 1, DateTimeOffset.UnixEpoch);
        var (old, fresh) = (Record(document, "old text"), Record(document, "new text"));
        var cancelled = await ListAsync("file:///two/", document);
        await BeginAsync(cancelled, document, 1);
        await BeginAsync(cancelled, document, 2);
        await StoreAsync(cancelled, 2, old);
        await CompleteAsync(cancelled, document, 2, 1);

        var one = await _ledger.BeginWalkAsync(new WalkSpec(SourceScope.Parse("file:///one/"), _sink.Name, "c"), false, s_none);
        var two = await _ledger.BeginWalkAsync(new WalkSpec(SourceScope.Parse("file:///two/"), _sink.Name, "c"), false, s_none);
        (await ReconcileAsync(_sink, one)).ShouldBe(0);
        (await _ledger.ListUnconfirmedAsync(two, 10, s_none)).Count.ShouldBe(1, "it is the other job's");

        await _ledger.AddListingAsync(two, new ListingPage([document with { Length = 2 }], null), s_none);
        await BeginAsync(two, document, 3);
        await StoreAsync(two, 3, fresh);
        await RemoveStaleAsync(document, 3);
        await CompleteAsync(two, document, 3, 1);
        (await ReconcileAsync(_sink, two)).ShouldBe(0);
        (await _ledger.ListUnconfirmedAsync(two, 10, s_none)).ShouldBeEmpty();
        await VerifyAsync(1);
    }

    /// <summary>The same, with a job that begins only when the first one has its page of doubtful documents in hand.</summary>
    [Theory]
    [InlineData(nameof(IVectorSink.MakeVisibleAsync))]
    [InlineData(nameof(IVectorSink.ListIdsAsync))]
    [InlineData(nameof(IVectorSink.DeleteAsync))]
    public async Task Reconciler_DocumentBegunWhileItIsCompared_LosesNothing(string moment)
    {
        var document = new ListedDocument("file:///two/d", 1, DateTimeOffset.UnixEpoch);
        var (old, left, fresh) = (Record(document, "old text"), Record(document, "left behind"), Record(document, "new text"));
        var interrupted = await ListAsync("file:///two/", document);
        await BeginAsync(interrupted, document, 1);
        await _sink.UpsertAsync([left], s_none);
        await BeginAsync(interrupted, document, 2);
        await StoreAsync(interrupted, 2, old);
        await CompleteAsync(interrupted, document, 2, 1);
        await _ledger.EndWalkAsync(interrupted, s_none);

        var one = await _ledger.BeginWalkAsync(new WalkSpec(SourceScope.Parse("file:///one/"), _sink.Name, "c"), false, s_none);
        Walk? two = null;
        var sink = Tripwire.Around(_sink, name =>
        {
            if (name == moment && two is null)
            {
                two = BeginOther(document);
            }

            return null;
        });
        await ReconcileAsync(sink, one);
        two.ShouldNotBeNull("that moment came");

        // The other job goes on: what is being compared was among what it stores.
        await StoreAsync(two, 3, fresh);
        await RecordAsync(two, 3, left);
        await RemoveStaleAsync(document, 3);
        await CompleteAsync(two, document, 3, 2);
        if (await ReconcileAsync(_sink, two) > 0)
        {
            await BeginAsync(two, document, 5);
            await StoreAsync(two, 5, fresh, left);
            await CompleteAsync(two, document, 5, 2);
            (await ReconcileAsync(_sink, two)).ShouldBe(0);
        }

        await VerifyAsync(2);

        Walk BeginOther(ListedDocument edited) => Task.Run(async () =>
        {
            var walk = await _ledger.BeginWalkAsync(new WalkSpec(SourceScope.Parse("file:///two/"), _sink.Name, "c"), false, s_none);
            await _ledger.AddListingAsync(walk, new ListingPage([edited with { Length = 2 }], null), s_none);
            await BeginAsync(walk, edited, 3);
            await _sink.UpsertAsync([fresh, left], s_none);
            return walk;
        }).GetAwaiter().GetResult();
    }

    /// <summary>
    /// A repair stands still before it deletes what nobody knew; a job that ends compares the same document meanwhile and confirms it; another one begins it and keeps that chunk. The
    /// repair ends soon after the deletion.
    /// </summary>
    [Fact]
    public async Task Repair_ThatStoodStillBeforeItsDeletion_LeavesADoubtThatNobodyHasAnsweredBefore()
    {
        var document = new ListedDocument("file:///docs/a", 1, DateTimeOffset.UnixEpoch);
        var (kept, left) = (Record(document, "kept"), Record(document, "left behind"));
        var walk = await ListAsync("file:///docs/", document);
        await BeginAsync(walk, document, 1);
        await StoreAsync(walk, 1, kept);
        await CompleteAsync(walk, document, 1, 1);
        await _sink.UpsertAsync([left], s_none);

        Walk? later = null;
        var sink = Tripwire.Around(_sink, name =>
        {
            if (name == nameof(IVectorSink.DeleteAsync) && later is null)
            {
                later = Task.Run(MeanwhileAsync).GetAwaiter().GetResult();
                return null;
            }

            return later is not null && (name is nameof(IVectorSink.ListIdsAsync) or nameof(IVectorSink.FetchEmbeddingsAsync)) ? new StorageException("the repair has no time to find what it did") : null;
        });
        await Should.ThrowAsync<StorageException>(() => new CollectionVerifier(sink, _ledger).VerifyAsync(repair: true, s_none));

        later.ShouldNotBeNull("that moment came");
        (await ReconcileAsync(_sink, later)).ShouldBe(1, "the database lost what the job had kept");

        async Task<Walk> MeanwhileAsync()
        {
            (await ReconcileAsync(_sink, walk)).ShouldBe(0);
            (await _ledger.ListUnconfirmedAsync(walk, 10, s_none)).ShouldBeEmpty();
            var edited = await ListAsync("file:///docs/", document with { Length = 2 });
            await BeginAsync(edited, document, 2);
            await StoreAsync(edited, 2, kept, left);
            await CompleteAsync(edited, document, 2, 2);
            return edited;
        }
    }

    [Fact]
    public async Task VerifyRepair_WhileADocumentIsBeingStored_LeavesItAlone()
    {
        var (stored, waiting) = (new ListedDocument("file:///docs/stored", 1, DateTimeOffset.UnixEpoch), new ListedDocument("file:///docs/waiting", 1, DateTimeOffset.UnixEpoch));
        var walk = await ListAsync("file:///docs/", stored, waiting);
        await BeginAsync(walk, stored, 1);
        var record = Record(stored, "stored, and not recorded yet");
        await _sink.UpsertAsync([record], s_none);

        var report = await new CollectionVerifier(_sink, _ledger).VerifyAsync(repair: true, s_none);
        report.OrphanChunks.ShouldBe(1);
        await RecordAsync(walk, 1, record);
        await CompleteAsync(walk, stored, 1, 1);
        await VerifyAsync(1);
    }

    private async Task<Walk> ListAsync(string scope, params ListedDocument[] documents)
    {
        var walk = await _ledger.BeginWalkAsync(new WalkSpec(SourceScope.Parse(scope), _sink.Name, "c"), false, s_none);
        await _ledger.AddListingAsync(walk, new ListingPage(documents, null), s_none);
        return walk;
    }

    private async Task BeginAsync(Walk walk, ListedDocument document, long generation) =>
        (await _ledger.BeginAsync(walk, [(document.Id, generation)], s_none)).ShouldBeEmpty();

    private async Task StoreAsync(Walk walk, long generation, params VectorRecord[] records)
    {
        await _sink.UpsertAsync(records, s_none);
        await RecordAsync(walk, generation, records);
    }

    private async Task RecordAsync(Walk walk, long generation, params VectorRecord[] records) => (await _ledger.RecordChunksAsync(
        walk, [new StoredChunks(records[0].Document, generation, [.. records.Select(static record => new LedgerChunk(record.Chunk.Id, 0))])], s_none)).ShouldBeEmpty();

    private async Task RemoveStaleAsync(ListedDocument document, long generation)
    {
        if (await _ledger.ListStaleChunksAsync(_sink.Name, document.Id, generation, 10, s_none) is { Count: > 0 } stale)
        {
            await _sink.DeleteAsync(stale, s_none);
            await _ledger.RemoveChunksAsync(_sink.Name, document.Id, generation, stale, s_none);
        }
    }

    private async Task CompleteAsync(Walk walk, ListedDocument document, long generation, int chunks) =>
        (await _ledger.CompleteAsync(walk, [new DocumentOutcome(document.Id, generation, DocumentState.Indexed) { ChunkCount = chunks, ContentHash = $"h{generation}" }], s_none)).ShouldBeEmpty();

    private Task<int> ReconcileAsync(IVectorSink sink, Walk walk) =>
        new Reconciler(_ledger, new SinkWriter(sink, _options, new NoticeBoard(), TimeProvider.System), walk, new StageMeter()).RunAsync(s_none);

    /// <summary>Sink and ledger agree, and hold this many chunks.</summary>
    private async Task VerifyAsync(int chunks)
    {
        var report = await new CollectionVerifier(_sink, _ledger).VerifyAsync(false, s_none);
        (report.SinkChunks, report.LedgerChunks, report.LostChunks, report.OrphanChunks, report.StaleChunks).ShouldBe((chunks, chunks, 0, 0, 0));
    }

    private VectorRecord Record(ListedDocument document, string text) => new(
        document.Id,
        document.Uri,
        new Chunk(ChunkId.Create(document.Id, text, 0), text, ReadOnlyMemory<int>.Empty, new Place(0, 1)),
        new DenseEmbedding(Enumerable.Range(0, _embedder.Model.Dimension).Select(static i => 1f / (i + 1)).ToArray()));
}
