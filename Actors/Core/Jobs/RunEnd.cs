using Akka.Actor;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Jobs;

/// <summary>What the end of a run asks the ledger and the database for: comparing, pruning, ending the walk, accounting. One call at a time.</summary>
internal sealed class RunEnd(IngestionParts parts, PipelineOptions options, Walk walk, IngestionMeters meters, NoticeBoard notices, TimeProvider time)
{
    private readonly List<string> _warnings = [];

    /// <summary>Adds a line to what the run tells at its end.</summary>
    public void Warn(string warning) => _warnings.Add(warning);

    /// <summary>Compares what is in doubt.</summary>
    /// <returns>What was found.</returns>
    public async Task<Reconciled> ReconcileAsync(SinkWriter writer, CancellationToken cancellationToken)
    {
        var reconciler = new Reconciler(parts.Ledger, writer, walk, meters.Deleted);
        var requeued = await reconciler.RunAsync(cancellationToken);
        return new Reconciled(requeued, (await parts.Ledger.AccountAsync(walk, cancellationToken)).Pending, reconciler.Refused);
    }

    /// <summary>Removes what is gone, ends the walk, accounts.</summary>
    /// <returns>A <see cref="JobEnded"/>; a <see cref="ListingLost"/> when the ledger lacks a part of the listing.</returns>
    public async Task<object> EndAsync(IActorRef indexer, PruneMode prune, bool listingComplete, CancellationToken cancellationToken)
    {
        var pruned = await new Pruner(parts.Ledger, indexer, walk, meters, options).RunAsync(prune, listingComplete, cancellationToken);
        try
        {
            await parts.Ledger.EndWalkAsync(walk, cancellationToken);
        }
        catch (ListingLostException lost)
        {
            return new ListingLost(lost);
        }

        if (pruned.Message is { } message)
        {
            _warnings.Add(message);
        }

        if (pruned.Removed > 0)
        {
            notices.Tell($"removed {pruned.Removed} documents that are gone from {walk.Spec.Scope.Uri}; `sluice status` tells which");
        }

        return await AccountAsync(interrupted: false) with { Withheld = pruned.Withheld };
    }

    /// <summary>What became of every document, by the ledger. A run that was stopped does not wait for a ledger that does not answer: it ends, and says so.</summary>
    public async Task<JobEnded> AccountAsync(bool interrupted)
    {
        using var limited = interrupted ? new CancellationTokenSource(options.StopTimeout, time) : new CancellationTokenSource();
        try
        {
            return new JobEnded(await parts.Ledger.AccountAsync(walk, limited.Token), interrupted, meters.Removed.Items, [.. _warnings]);
        }
        catch (OperationCanceledException) when (limited.IsCancellationRequested)
        {
            throw new TransientException(
                $"The run was stopped, and the ledger could not be asked how far it is: {parts.Ledger.Trouble ?? $"it did not answer within {options.StopTimeout.TotalSeconds:0} s."} Run again; what is committed stays.");
        }
    }

    /// <summary>What comparing has led to.</summary>
    /// <param name="Requeued">Documents that have lost chunks and are pending again.</param>
    /// <param name="Pending">Documents of this walk that are pending.</param>
    /// <param name="Refused">What the database refused to delete, in words.</param>
    internal sealed record Reconciled(int Requeued, long Pending, string? Refused);

    /// <summary>The ledger lacks a part of the listing.</summary>
    /// <param name="Exception">Where it stands.</param>
    internal sealed record ListingLost(ListingLostException Exception);
}
