using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Tests.Cli;

/// <summary>A ledger that knows what the verbs ask before a run; the rest belongs to the engine and fails.</summary>
internal sealed class TestLedger : ILedger
{
    public long Outdated { get; init; }

    public List<string> Calls { get; } = [];

    public IReadOnlyList<ScopeSummary> Scopes { get; init; } = [];

    public IReadOnlyList<DeadLetter> Letters { get; init; } = [];

    public Exception? OnAcquire { get; init; }

    public Task InitializeAsync(CancellationToken cancellationToken) => Done("initialize");

    public Task<IAsyncDisposable> AcquireAsync(LeaseRequest request, CancellationToken cancellationToken)
    {
        Calls.Add("acquire");
        return OnAcquire is null ? Task.FromResult<IAsyncDisposable>(new Lease(this)) : Task.FromException<IAsyncDisposable>(OnAcquire);
    }

    public Task<long> CountOutdatedAsync(WalkSpec spec, CancellationToken cancellationToken) => Task.FromResult(Outdated);

    public Task<long> GetEpochAsync(string sink, CancellationToken cancellationToken) => Task.FromResult(0L);

    public async Task<bool> ForgetSinkAsync(string sink, long epoch, CancellationToken cancellationToken)
    {
        await Done("forget");
        return true;
    }

    public Task<IReadOnlyList<ScopeSummary>> SummarizeAsync(string sink, CancellationToken cancellationToken) => Task.FromResult(Scopes);

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string sink, long after, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DeadLetter>>([.. Letters.Where(letter => letter.Id > after).Take(limit)]);

    public Task<int> DropAsync(string sink, IReadOnlyCollection<long>? letters, CancellationToken cancellationToken)
    {
        Calls.Add($"drop {(letters is null ? "all" : string.Join(',', letters))}");
        return Task.FromResult(letters?.Count ?? Letters.Count);
    }

    public Task<IReadOnlyList<LedgerDocument>> ReplayAsync(string sink, IReadOnlyCollection<long>? letters, CancellationToken cancellationToken)
    {
        Calls.Add($"replay {(letters is null ? "all" : string.Join(',', letters))}");
        return Task.FromResult<IReadOnlyList<LedgerDocument>>(
            [.. Letters.Where(letter => letters is null || letters.Contains(letter.Id)).Select(static letter => new LedgerDocument(new(letter.Uri), DocumentState.Pending, 1, 0, null))]);
    }

    public Task<Walk> BeginWalkAsync(WalkSpec spec, bool resume, CancellationToken cancellationToken) => throw Engine();

    public Task<int> AddListingAsync(Walk walk, ListingPage page, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlyList<PendingDocument>> ListPendingAsync(Walk walk, SlotRange slots, IReadOnlySet<DocumentId> exclude, int limit, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlySet<DocumentId>> BeginAsync(Walk walk, IReadOnlyList<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlyList<LedgerChunk>> FindChunksAsync(string sink, DocumentId document, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken) => throw Engine();

    public Task<DocumentId?> FindTwinAsync(Walk walk, string contentHash, DocumentId except, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlySet<DocumentId>> RecordChunksAsync(Walk walk, IReadOnlyList<StoredChunks> batch, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlyList<ChunkId>> ListStaleChunksAsync(string sink, DocumentId document, long olderThan, int limit, CancellationToken cancellationToken) => throw Engine();

    public Task<bool> RemoveChunksAsync(string sink, DocumentId document, long generation, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlyDictionary<DocumentId, CompletionRefusal>> CompleteAsync(Walk walk, IReadOnlyList<DocumentOutcome> outcomes, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlyList<LedgerDocument>> ListUnconfirmedAsync(Walk walk, int limit, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<LedgerDocument>>([]);

    public Task<IReadOnlyDictionary<DocumentId, long>> DoubtAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) => throw Engine();

    public Task<long> DoubtWalkAsync(Walk walk, CancellationToken cancellationToken) => throw Engine();

    public Task ConfirmAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation, long Doubt)> documents, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<bool> HasChunksSinceAsync(string sink, DocumentId document, long generation, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlyList<LedgerDocument>> ListRemovedAsync(Walk walk, int limit, CancellationToken cancellationToken) => throw Engine();

    public Task NoteRootAsync(Walk walk, string root, CancellationToken cancellationToken) => throw Engine();

    public Task<RemovalForecast> CountRemovedAsync(Walk walk, CancellationToken cancellationToken) => throw Engine();


    public Task<IReadOnlyList<Removal>> ListRemovalsAsync(string sink, int limit, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Removal>>([]);
    public Task<IReadOnlySet<DocumentId>> WithdrawAsync(Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) => throw Engine();

    public Task RemoveDocumentsAsync(Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) => throw Engine();

    public Task EndWalkAsync(Walk walk, CancellationToken cancellationToken) => throw Engine();

    public Task<Accounting> AccountAsync(Walk walk, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlyList<LedgerDocument>> ListDocumentsAsync(string sink, DocumentId? after, int limit, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<LedgerDocument>>([]);

    public Task<IReadOnlyList<ChunkId>> ListChunksAsync(string sink, DocumentId document, ChunkId? after, int limit, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlyList<LedgerDocument>> FindDocumentsAsync(string sink, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken) => throw Engine();

    public Task<IReadOnlySet<DocumentId>> RequeueAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) => throw Engine();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static InvalidOperationException Engine() => new("Only the engine calls this.");

    private Task Done(string call)
    {
        Calls.Add(call);
        return Task.CompletedTask;
    }

    private sealed class Lease(TestLedger ledger) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            ledger.Calls.Add("release");
            return ValueTask.CompletedTask;
        }
    }
}
