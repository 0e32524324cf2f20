using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Streams.Chunks;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Composition;

/// <summary>Runs a plan's sources through the engine, one after the other, and adds up what comes out. Owns its actor system.</summary>
internal sealed class EngineIngestion : IIngestion
{
    private readonly ActorSystem _system;
    private readonly IngestionEngine _engine;
    private readonly IngestionPlan _plan;
    private readonly Lock _lock = new();
    private IngestionProgress _before = new();
    private bool _lastSource;

    public EngineIngestion(IngestionPlan plan, IChunker chunker, ActorSystem system, PipelineOptions options, Action<string> notify, TimeProvider time)
    {
        _plan = plan;
        _system = system;
        var parts = new IngestionParts(plan.Parser, chunker, plan.Model.Info, plan.Model.CreateEmbedder, plan.Sink, plan.Ledger);
        _engine = new IngestionEngine(system, parts, options, time);
        _engine.Notices.Posted += notify;
    }

    /// <inheritdoc/>
    public async Task<IngestionResult> RunAsync(CancellationToken stop)
    {
        var total = new IngestionResult(new Accounting(0, 0, 0, new Dictionary<string, long>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal), 0));
        for (var index = 0; index < _plan.Sources.Count && !total.Stopped; index++)
        {
            lock (_lock)
            {
                _before = Snapshot();
                _lastSource = index == _plan.Sources.Count - 1;
            }

            var request = new IngestionRequest(_plan.Sources[index], _plan.Configuration) { Prune = _plan.Prune, PruneEmpty = _plan.PruneEmpty };
            total = total.Plus(await _engine.RunAsync(request, stop).ConfigureAwait(false));
        }

        return total;
    }

    /// <inheritdoc/>
    public IngestionProgress Snapshot()
    {
        lock (_lock)
        {
            var now = _engine.Snapshot();
            return new IngestionProgress
            {
                Stages = [.. now.Stages.Select((stage, index) => new StageProgress(
                    stage.Name,
                    "chunks",
                    stage.Items + (_before.Stages.Count > index ? _before.Stages[index].Items : 0),
                    stage.Fill,
                    stage.Bound,
                    stage.Unit))],
                Discovered = _before.Discovered + now.Discovered,
                ListingComplete = _lastSource && !now.Listing,
                Indexed = _before.Indexed + now.Indexed,
                Unchanged = _before.Unchanged + now.Unchanged,
                Skipped = _before.Skipped + now.Skipped,
                Dead = _before.Dead + now.Dead,
                ChunksEmbedded = _before.ChunksEmbedded + now.Chunks.Embedded,
                Tokens = _before.Tokens + now.Embedding.Tokens,
                PaddedTokens = _before.PaddedTokens + now.Embedding.PaddedTokens,
                Notice = now.Notices.FirstOrDefault(),
            };
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _system.Terminate().ConfigureAwait(false);
        await _system.WhenTerminated.ConfigureAwait(false);
    }
}
