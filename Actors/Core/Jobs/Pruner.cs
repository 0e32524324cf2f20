using Akka.Actor;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Jobs;

/// <summary>
/// Removes the documents that a complete walk did not find. First the ledger withdraws what it says of them, then the sink deletes their chunks, then the ledger
/// forgets them: whatever stops it in between, a document that comes back is read again and compared with the sink at the end of that walk.
/// </summary>
internal sealed class Pruner(ILedger ledger, IActorRef indexer, Walk walk, IngestionMeters meters, PipelineOptions options)
{
    private const int PageSize = 500;
    private const int ChunkPageSize = 1000;

    /// <summary>Documents whose chunks are withdrawn at once: the ledger commits them together.</summary>
    private const int Parallelism = 16;

    /// <summary>Removes them.</summary>
    /// <param name="mode">What the user allows.</param>
    /// <param name="listingComplete">Whether the walk could list everything.</param>
    /// <param name="cancellationToken">Stops; what was removed stays so.</param>
    /// <returns>What was removed, or why it was not.</returns>
    public async Task<PruneOutcome> RunAsync(PruneMode mode, bool listingComplete, CancellationToken cancellationToken)
    {
        if (mode == PruneMode.Never)
        {
            return PruneOutcome.Nothing;
        }

        if (!listingComplete)
        {
            return (await ledger.CountRemovedAsync(walk, cancellationToken)).Gone == 0 ? PruneOutcome.Nothing : new PruneOutcome(
                0, 0, "a part of the source could not be listed, so documents that were not found are kept; they are removed by the next complete run");
        }

        // Before the first one goes: half of a removal that nobody wanted is no better than all of it.
        if (mode == PruneMode.Ask && await WithholdAsync(cancellationToken) is { } withheld)
        {
            return withheld;
        }

        return await RemoveAsync(cancellationToken);
    }

    private async Task<PruneOutcome> RemoveAsync(CancellationToken cancellationToken)
    {
        var removed = 0L;
        var stay = new Dictionary<DocumentId, string>();
        while (true)
        {
            var page = await ledger.ListRemovedAsync(walk, PageSize + stay.Count, cancellationToken);
            page = stay.Count == 0 ? page : [.. page.Where(document => !stay.ContainsKey(document.Listed.Id))];
            if (page.Count == 0)
            {
                return new PruneOutcome(
                    removed,
                    0,
                    stay.Count == 0 ? null : $"the database refused to delete {stay.Count} documents that are gone ({stay.Values.First()}); they are still found, and the next run tries again");
            }

            var gone = await WithdrawAsync(page, cancellationToken);
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
            removed += gone.Count;
        }
    }

    /// <summary>A source of which a large share is gone is more often a disk that is not mounted than one that was tidied up.</summary>
    private async Task<PruneOutcome?> WithholdAsync(CancellationToken cancellationToken)
    {
        const string advice = "If they are meant to be gone, run again with --prune (or --yes), or post the job with \"confirm\": true; if not, bring them back and run again";
        var (gone, had) = await ledger.CountRemovedAsync(walk, cancellationToken);
        if (gone > 0 && (await ledger.AccountAsync(walk, cancellationToken)).Discovered == 0)
        {
            return new PruneOutcome(0, gone, $"{walk.Spec.Scope.Uri} holds no documents now and had {gone} before; nothing was removed. {advice}");
        }

        return options.AreTooMany(gone, had)
            ? new PruneOutcome(0, gone, $"{gone} of the {had} documents that {walk.Spec.Scope.Uri} had are gone; nothing was removed, since that is more than {options.PruneShare:0.##%} of them. {advice}")
            : null;
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
