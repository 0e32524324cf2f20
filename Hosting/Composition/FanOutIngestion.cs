using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Composition;

/// <summary>
/// Ingests the same sources into several databases at once: a pipeline for each, with its own ledger state, bounds, pace and failures, and one embedder for all. A database that
/// fails ends its own pipeline and no other. Owns its actor system.
/// </summary>
internal sealed class FanOutIngestion : IIngestion
{
    private readonly ActorSystem _system;
    private readonly EmbeddingShare _share;
    private readonly IReadOnlyList<(string Name, EngineIngestion Run)> _runs;

    public FanOutIngestion(IReadOnlyList<IngestionPlan> plans, IChunker chunker, ActorSystem system, PipelineOptions options, Action<string> notify, TimeProvider time)
    {
        _system = system;
        _share = new EmbeddingShare(system, plans[0].Model.Sessions, plans[0].Model.CreateEmbedder, options, time);
        _share.Notices.Posted += notify;
        _runs =
        [
            .. plans.Select(plan => (plan.Sink.Name, new EngineIngestion(
                plan, chunker, system, _share, [.. plans.Where(other => other != plan).Select(static other => other.Sink)], options, note => notify($"{plan.Sink.Name}: {note}"), time))),
        ];
    }

    /// <summary>How each database fared, in the order of the plans; complete when the run has ended.</summary>
    public IReadOnlyList<DatabaseOutcome> Outcomes { get; private set; } = [];

    /// <inheritdoc/>
    public async Task<IngestionResult> RunAsync(CancellationToken stop)
    {
        Outcomes = await Task.WhenAll(_runs.Select(run => RunAsync(run.Name, run.Run, stop))).ConfigureAwait(false);
        var results = Outcomes.Select(static outcome => outcome.Result).OfType<IngestionResult>().ToList();
        return new IngestionResult(results.Aggregate(Nothing(), static (sum, result) => IngestionResult.Add(sum, result.Accounting)))
        {
            ChunksEmbedded = results.Sum(static result => result.ChunksEmbedded),
            Tokens = results.Sum(static result => result.Tokens),
            PaddedTokens = results.Sum(static result => result.PaddedTokens),
            Stopped = results.Exists(static result => result.Stopped),
        };
    }

    /// <inheritdoc/>
    public IngestionProgress Snapshot()
    {
        // Documents count as done when every database has them; what is embedded for all counts once.
        var all = _runs.Select(static run => (run.Name, Progress: run.Run.Snapshot())).ToList();
        var slowest = all.MinBy(static run => run.Progress.Settled).Progress;
        var noticed = all.Find(static run => run.Progress.Notice is not null);
        return slowest with
        {
            Discovered = all.Max(static run => run.Progress.Discovered),
            ListingComplete = all.TrueForAll(static run => run.Progress.ListingComplete),
            ChunksEmbedded = all.Sum(static run => run.Progress.ChunksEmbedded),
            Tokens = all.Sum(static run => run.Progress.Tokens),
            PaddedTokens = all.Sum(static run => run.Progress.PaddedTokens),
            Notice = noticed.Progress is null ? null : $"{noticed.Name}: {noticed.Progress.Notice}",
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _share.DisposeAsync().ConfigureAwait(false);
        await _system.Terminate().ConfigureAwait(false);
        await _system.WhenTerminated.ConfigureAwait(false);
    }

    private static async Task<DatabaseOutcome> RunAsync(string name, EngineIngestion run, CancellationToken stop)
    {
        try
        {
            return new DatabaseOutcome(name, await run.RunAsync(stop).ConfigureAwait(false), null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            return new DatabaseOutcome(name, null, exception);
        }
    }

    private static Accounting Nothing() => new(0, 0, 0, new Dictionary<string, long>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal), 0);
}

/// <summary>How a run into one of several databases ended.</summary>
/// <param name="Database">The database.</param>
/// <param name="Result">What it did; null when it failed.</param>
/// <param name="Failure">Why it failed; null when it did not.</param>
internal sealed record DatabaseOutcome(string Database, IngestionResult? Result, Exception? Failure);
