using System.Globalization;
using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Composition;

/// <summary>Runs a plan's sources through the engine, one after the other, and adds up what comes out. Owns its actor system, unless it shares one.</summary>
internal sealed class EngineIngestion : IIngestion
{
    private readonly ActorSystem? _system;
    private readonly IngestionEngine _engine;
    private readonly IngestionPlan _plan;
    private readonly Lock _lock = new();
    private IngestionProgress _before = new();
    private bool _lastSource;

    public EngineIngestion(IngestionPlan plan, IChunker chunker, ActorSystem system, PipelineOptions options, Action<string> notify, TimeProvider time)
    {
        _plan = plan;
        _system = system;
        _engine = new IngestionEngine(system, PartsOf(plan, chunker), options, time);
        _engine.Notices.Posted += notify;
    }

    /// <summary>One of several ingestions that share an actor system and an embedder, each into a database of its own.</summary>
    public EngineIngestion(
        IngestionPlan plan, IChunker chunker, ActorSystem system, EmbeddingShare share, IReadOnlyList<IVectorSink> siblings, PipelineOptions options, Action<string> notify, TimeProvider time)
    {
        _plan = plan;
        _engine = new IngestionEngine(system, PartsOf(plan, chunker) with { Share = share, Siblings = siblings }, options, time);
        _engine.Notices.Posted += notify;
    }

    private static IngestionParts PartsOf(IngestionPlan plan, IChunker chunker) => new(plan.Parser, chunker, plan.Model.Info, plan.Model.CreateEmbedder, plan.Sink, plan.Ledger);

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

        return _plan.Sink is IReportsTruncation reporting ? total with { Warnings = [.. total.Warnings, .. reporting.Truncations.Select(Describe)] } : total;
    }

    private static string Describe(Truncation truncation) => string.Create(
        CultureInfo.InvariantCulture,
        $"the database cannot hold everything of {truncation.Records:N0} chunks, and it was cut: {truncation.What}; the first of them is {truncation.FirstChunk} of {truncation.FirstUri}. Text and vectors are whole.");

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
        if (_system is not null)
        {
            await _system.Terminate().ConfigureAwait(false);
            await _system.WhenTerminated.ConfigureAwait(false);
        }
    }
}
