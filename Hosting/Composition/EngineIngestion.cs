using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Flows;
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
    private Accounting _settled = JobView.NoDocuments;
    private int _index;

    public EngineIngestion(IngestionPlan plan, IChunker chunker, ActorSystem system, PipelineOptions options, ActorsMetrics? metrics, Action<string> notify, TimeProvider time)
    {
        _plan = plan;
        _system = system;
        _engine = new IngestionEngine(system, PartsOf(plan, chunker) with { Metrics = metrics }, options, time);
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

    private static IngestionParts PartsOf(IngestionPlan plan, IChunker chunker) => new(plan.Parser, chunker, plan.Model.Info, plan.Model.CreateEmbedder, plan.Sink, plan.Ledger) { Sessions = plan.Model.Sessions };

    /// <inheritdoc/>
    public PauseGate Gate => _engine.Gate;

    /// <inheritdoc/>
    public async Task<IngestionResult> RunAsync(CancellationToken stop)
    {
        var total = new IngestionResult(JobView.NoDocuments);
        for (var index = 0; index < _plan.Sources.Count && !total.Stopped; index++)
        {
            var request = new IngestionRequest(_plan.Sources[index], _plan.Configuration) { Prune = _plan.Prune };
            Task<IngestionReport> running;
            lock (_lock)
            {
                _before = index == 0 ? new IngestionProgress() : Snapshot();
                _index = index;
                running = _engine.RunAsync(request, stop); // Its counts begin anew within the lock, so that no snapshot sees them twice.
            }

            try
            {
                total = total.Plus(await running.ConfigureAwait(false));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                total = total with { Stopped = true }; // Before the source was listed: the database had not answered yet.
            }

            Volatile.Write(ref _settled, total.Accounting);
        }

        if (_plan.Sink is IPublishing publishing && !total.Stopped)
        {
            await publishing.PublishAsync(stop).ConfigureAwait(false);
        }

        return _plan.Sink is IReportsTruncation reporting ? total with { Warnings = [.. total.Warnings, .. reporting.Truncations.Select(static truncation => truncation.Describe())] } : total;
    }

    /// <inheritdoc/>
    public IngestionProgress Snapshot()
    {
        lock (_lock)
        {
            var now = _engine.Snapshot();
            return new IngestionProgress
            {
                Stages = [.. now.Stages.Select((stage, index) => Progress(stage, "chunks").After(_before.Stages.Count > index ? _before.Stages[index] : null))],
                Source = Progress(now.Source, "documents").After(_before.Source),
                SourceIndex = _index,
                Discovered = _before.Discovered + now.Discovered,
                ListingComplete = _index == _plan.Sources.Count - 1 && !now.Listing,
                Indexed = _before.Indexed + now.Indexed,
                Unchanged = _before.Unchanged + now.Unchanged,
                Skipped = _before.Skipped + now.Skipped,
                Dead = _before.Dead + now.Dead,
                ChunksEmbedded = _before.ChunksEmbedded + now.Chunks.Embedded,
                Chunks = new ChunkCounts(
                    _before.Chunks.Parsed + now.Chunks.Parsed,
                    _before.Chunks.Embedded + now.Chunks.Embedded,
                    _before.Chunks.Reused + now.Chunks.Reused,
                    _before.Chunks.Kept + now.Chunks.Kept,
                    _before.Chunks.Stored + now.Chunks.Stored,
                    _before.Chunks.Deleted + now.Chunks.Deleted),
                Tokens = _before.Tokens + now.Embedding.Tokens,
                PaddedTokens = _before.PaddedTokens + now.Embedding.PaddedTokens,
                Notice = now.Notices.FirstOrDefault(),
                Notices = [.. now.Notices],
                Standing = now.Standing,
            };
        }
    }

    /// <inheritdoc/>
    public async Task<Accounting?> AccountAsync(CancellationToken cancellationToken)
    {
        var (before, now) = (Volatile.Read(ref _settled), await _engine.AccountAsync(cancellationToken).ConfigureAwait(false));
        return now is null ? null : IngestionResult.Add(before, now);
    }

    private static StageProgress Progress(StageSnapshot stage, string unit) => new(stage.Name, unit, stage.Items, stage.Fill, stage.Bound, stage.Unit)
    {
        Busy = stage.Busy,
        RoomWait = stage.RoomWait,
        Workers = stage.Workers,
        Durations = stage.Durations,
    };

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
