using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core;

/// <summary>
/// A ledger whose every call waits for what may pass, a file that another process holds for instance, with growing pauses and for as long as it lasts: a run stalls, says so, and goes
/// on. Every call of a ledger can be repeated, whether or not it was done. Only the caller's cancellation ends the waiting. Owns the ledger below it.
/// </summary>
/// <param name="ledger">The ledger.</param>
/// <param name="options">Pauses.</param>
/// <param name="notices">Told what is waited for; null where <see cref="Trouble"/> is asked instead.</param>
/// <param name="time">The clock.</param>
internal sealed class WaitingLedger(ILedger ledger, PipelineOptions options, NoticeBoard? notices, TimeProvider time) : ILedger
{
    private const string Topic = "ledger";

    private volatile string? _trouble;
    private int _waiting;

    public string? Trouble => _trouble ?? ledger.Trouble;

    public long History => ledger.History;

    public Task InitializeAsync(CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.InitializeAsync(ct), cancellationToken);

    public Task<IAsyncDisposable> AcquireAsync(LeaseRequest request, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.AcquireAsync(request, ct), cancellationToken);

    public Task<IClusterLease?> JoinAsync(ClusterLeaseRequest request, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.JoinAsync(request, ct), cancellationToken);

    public Task<Walk> BeginWalkAsync(WalkSpec spec, bool resume, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.BeginWalkAsync(spec, resume, ct), cancellationToken);

    public Task NoteRootAsync(Walk walk, string root, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.NoteRootAsync(walk, root, ct), cancellationToken);

    public Task<int> AddListingAsync(Walk walk, ListingPage page, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.AddListingAsync(walk, page, ct), cancellationToken);

    public Task<IReadOnlyList<PendingDocument>> ListPendingAsync(Walk walk, SlotRange slots, IReadOnlySet<DocumentId> exclude, int limit, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ListPendingAsync(walk, slots, exclude, limit, ct), cancellationToken);

    public Task<IReadOnlySet<DocumentId>> BeginAsync(Walk walk, IReadOnlyList<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.BeginAsync(walk, documents, ct), cancellationToken);

    public Task<IReadOnlyList<LedgerChunk>> FindChunksAsync(string sink, DocumentId document, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.FindChunksAsync(sink, document, chunks, ct), cancellationToken);

    public Task<DocumentId?> FindTwinAsync(Walk walk, string contentHash, DocumentId except, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.FindTwinAsync(walk, contentHash, except, ct), cancellationToken);

    public Task<IReadOnlySet<DocumentId>> RecordChunksAsync(Walk walk, IReadOnlyList<StoredChunks> batch, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.RecordChunksAsync(walk, batch, ct), cancellationToken);

    public Task<IReadOnlyList<ChunkId>> ListStaleChunksAsync(string sink, DocumentId document, long olderThan, int limit, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ListStaleChunksAsync(sink, document, olderThan, limit, ct), cancellationToken);

    public Task<bool> HasChunksSinceAsync(string sink, DocumentId document, long generation, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.HasChunksSinceAsync(sink, document, generation, ct), cancellationToken);

    public Task<bool> RemoveChunksAsync(string sink, DocumentId document, long generation, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.RemoveChunksAsync(sink, document, generation, chunks, ct), cancellationToken);

    public Task<IReadOnlyDictionary<DocumentId, CompletionRefusal>> CompleteAsync(Walk walk, IReadOnlyList<DocumentOutcome> outcomes, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.CompleteAsync(walk, outcomes, ct), cancellationToken);

    public Task<IReadOnlyList<LedgerDocument>> ListUnconfirmedAsync(Walk walk, int limit, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ListUnconfirmedAsync(walk, limit, ct), cancellationToken);

    public Task<IReadOnlyDictionary<DocumentId, long>> DoubtAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.DoubtAsync(sink, documents, ct), cancellationToken);

    public Task<long> DoubtWalkAsync(Walk walk, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.DoubtWalkAsync(walk, ct), cancellationToken);

    public Task ConfirmAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation, long Doubt)> documents, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ConfirmAsync(sink, documents, ct), cancellationToken);

    public Task<IReadOnlyList<LedgerDocument>> ListRemovedAsync(Walk walk, int limit, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ListRemovedAsync(walk, limit, ct), cancellationToken);

    public Task<RemovalForecast> CountRemovedAsync(Walk walk, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.CountRemovedAsync(walk, ct), cancellationToken);

    public Task<IReadOnlySet<DocumentId>> WithdrawAsync(Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.WithdrawAsync(walk, documents, ct), cancellationToken);

    public Task RemoveDocumentsAsync(Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.RemoveDocumentsAsync(walk, documents, ct), cancellationToken);

    public Task<IReadOnlyList<Removal>> ListRemovalsAsync(string sink, int limit, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ListRemovalsAsync(sink, limit, ct), cancellationToken);

    public Task EndWalkAsync(Walk walk, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.EndWalkAsync(walk, ct), cancellationToken);

    public Task<Accounting> AccountAsync(Walk walk, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.AccountAsync(walk, ct), cancellationToken);

    public Task<IReadOnlyList<ScopeSummary>> SummarizeAsync(string sink, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.SummarizeAsync(sink, ct), cancellationToken);

    public Task<long> CountOutdatedAsync(WalkSpec spec, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.CountOutdatedAsync(spec, ct), cancellationToken);

    public Task<long> GetEpochAsync(string sink, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.GetEpochAsync(sink, ct), cancellationToken);

    public Task<bool> ForgetSinkAsync(string sink, long epoch, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ForgetSinkAsync(sink, epoch, ct), cancellationToken);

    public Task<IReadOnlyList<LedgerDocument>> ListDocumentsAsync(string sink, DocumentId? after, int limit, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ListDocumentsAsync(sink, after, limit, ct), cancellationToken);

    public Task<IReadOnlyList<ChunkId>> ListChunksAsync(string sink, DocumentId document, ChunkId? after, int limit, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ListChunksAsync(sink, document, after, limit, ct), cancellationToken);

    public Task<IReadOnlyList<LedgerDocument>> FindDocumentsAsync(string sink, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.FindDocumentsAsync(sink, documents, ct), cancellationToken);

    public Task<IReadOnlySet<DocumentId>> RequeueAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.RequeueAsync(sink, documents, ct), cancellationToken);

    public Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string sink, long after, int limit, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ListDeadLettersAsync(sink, after, limit, ct), cancellationToken);

    public Task<IReadOnlyList<LedgerDocument>> ReplayAsync(string sink, IReadOnlyCollection<long>? letters, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.ReplayAsync(sink, letters, ct), cancellationToken);

    public Task<int> DropAsync(string sink, IReadOnlyCollection<long>? letters, CancellationToken cancellationToken) =>
        RunAsync(ct => ledger.DropAsync(sink, letters, ct), cancellationToken);

    public ValueTask DisposeAsync() => ledger.DisposeAsync();

    private Task<bool> RunAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken) => RunAsync(
        async ct =>
        {
            await call(ct).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    private async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var waits = false;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await call(cancellationToken).ConfigureAwait(false);
                }
                catch (TransientException exception)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var delay = Backoff.Delay(options, attempt, exception.RetryAfter);
                    if (!waits)
                    {
                        waits = true;
                        Interlocked.Increment(ref _waiting);
                    }

                    _trouble = exception.Message;
                    notices?.Post(Topic, $"the ledger waits: {exception.Message} Tried {attempt} times, again in {delay.TotalSeconds:0.0} s");
                    await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (waits && Interlocked.Decrement(ref _waiting) == 0)
            {
                _trouble = null;
                notices?.Clear(Topic, "the ledger answers again");
            }
        }
    }
}
