using Akka.Actor;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Documents;
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

        var stay = new Dictionary<DocumentId, string>();
        while (true)
        {
            var gone = await ledger.ListRemovedAsync(walk, PageSize + stay.Count, cancellationToken);
            gone = stay.Count == 0 ? gone : [.. gone.Where(document => !stay.ContainsKey(document.Listed.Id))];
            if (gone.Count == 0)
            {
                if (stay.Count > 0)
                {
                    warnings.Add($"the database refused to delete {stay.Count} documents that are gone ({stay.Values.First()}); they are still found, and the next run tries again");
                }

                return;
            }

            if (!listingComplete)
            {
                warnings.Add("a part of the source could not be listed, so documents that were not found are kept; they are removed by the next complete run");
                return;
            }

            if (!request.PruneEmpty && (await ledger.AccountAsync(walk, cancellationToken)).Discovered == 0)
            {
                warnings.Add($"{walk.Spec.Scope.Uri} holds no documents now and did before; nothing was removed. If it is meant to be empty, run again with --yes, or post the job with \"confirm\": true");
                return;
            }

            gone = await WithdrawAsync(gone, cancellationToken);
            if (gone.Count == 0)
            {
                continue; // Somebody else has them by now: they are listed no more, or in their new generation.
            }

            List<DocumentId> ids = [.. gone.Select(static document => document.Listed.Id)];
            foreach (var refusal in (await indexer.AskLivingAsync<EditDone<DocumentId>>(new DeleteDocuments(ids), cancellationToken)).Refused)
            {
                stay.Add(refusal.Item, refusal.Why);
            }

            gone = stay.Count == 0 ? gone : [.. gone.Where(document => !stay.ContainsKey(document.Listed.Id))];
            await ledger.RemoveDocumentsAsync(walk, [.. gone.Select(static document => (document.Listed.Id, document.Generation + 1))], cancellationToken);
            meters.Removed.Count(gone.Count, 0);
            meters.Deleted.Count(gone.Sum(static document => document.ChunkCount), 0);
        }
    }

    /// <summary>Marks documents as in progress, in a new generation, and forgets their chunks: the ledger claims nothing of them any more.</summary>
    /// <returns>Those that nobody else has taken meanwhile: only these are removed.</returns>
    private async Task<IReadOnlyList<LedgerDocument>> WithdrawAsync(IReadOnlyList<LedgerDocument> gone, CancellationToken cancellationToken)
    {
        var withdrawn = await ledger.WithdrawAsync(walk, [.. gone.Select(static document => (document.Listed.Id, document.Generation))], cancellationToken);
        List<LedgerDocument> mine = [.. gone.Where(document => withdrawn.Contains(document.Listed.Id))];
        await Parallel.ForEachAsync(mine, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken }, async (document, ct) =>
        {
            var (id, generation) = (document.Listed.Id, document.Generation + 1);
            while (await ledger.ListStaleChunksAsync(walk.Spec.Sink, id, generation, ChunkPageSize, ct) is { Count: > 0 } chunks)
            {
                await ledger.RemoveChunksAsync(walk.Spec.Sink, id, generation, chunks, ct);
            }
        });
        return mine;
    }
}
