using Akka.Actor;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Jobs;

/// <summary>
/// Removes the documents that a complete walk did not find. First the ledger withdraws what it says of them, then the sink deletes their chunks, then the ledger
/// forgets them: whatever stops it in between, a document that comes back is read again and compared with the sink at the end of that walk.
/// </summary>
internal sealed class Pruner(ILedger ledger, IActorRef indexer, Walk walk, IngestionMeters meters)
{
    private const int PageSize = 500;
    private const int ChunkPageSize = 1000;

    /// <summary>Documents whose chunks are withdrawn at once: the ledger commits them together.</summary>
    private const int Parallelism = 16;

    /// <summary>Removes them.</summary>
    /// <param name="request">What the user allows.</param>
    /// <param name="listingComplete">Whether the walk could list everything.</param>
    /// <param name="warnings">Told why something was not removed.</param>
    /// <param name="cancellationToken">Stops; what was removed stays so.</param>
    public async Task RunAsync(IngestionRequest request, bool listingComplete, List<string> warnings, CancellationToken cancellationToken)
    {
        if (!request.Prune)
        {
            return;
        }

        while (true)
        {
            var gone = await ledger.ListRemovedAsync(walk, PageSize, cancellationToken);
            if (gone.Count == 0)
            {
                return;
            }

            if (!listingComplete)
            {
                warnings.Add("a part of the source could not be listed, so documents that were not found are kept; they are removed by the next complete run");
                return;
            }

            if (!request.PruneEmpty && (await ledger.AccountAsync(walk, cancellationToken)).Discovered == 0)
            {
                warnings.Add($"{walk.Spec.Scope} holds no documents now and did before; nothing was removed. If it is meant to be empty, run again with --yes, or post the job with \"confirm\": true");
                return;
            }

            var ids = gone.Select(static document => document.Listed.Id).ToList();
            await WithdrawAsync(gone, cancellationToken);
            await indexer.Ask<SinkDone>(new DeleteDocuments(ids), Timeout.InfiniteTimeSpan, cancellationToken);
            await ledger.RemoveDocumentsAsync(walk, ids, cancellationToken);
            meters.Removed.Count(gone.Count, 0);
            meters.Deleted.Count(gone.Sum(static document => document.ChunkCount), 0);
        }
    }

    /// <summary>Marks documents as in progress, in a new generation, and forgets their chunks: the ledger claims nothing of them any more.</summary>
    private async Task WithdrawAsync(IReadOnlyList<LedgerDocument> gone, CancellationToken cancellationToken)
    {
        await ledger.BeginAsync(walk, [.. gone.Select(static document => (document.Listed.Id, document.Generation + 1))], cancellationToken);
        await Parallel.ForEachAsync(gone, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken }, async (document, ct) =>
        {
            while (await ledger.ListStaleChunksAsync(walk.Spec.Sink, document.Listed.Id, document.Generation + 1, ChunkPageSize, ct) is { Count: > 0 } chunks)
            {
                await ledger.RemoveChunksAsync(walk.Spec.Sink, document.Listed.Id, chunks, ct);
            }
        });
    }
}
