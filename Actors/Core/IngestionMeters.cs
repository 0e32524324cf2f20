using Sluice.Streams.Flows;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Stages;

namespace Sluice.Actors.Core;

/// <summary>Everything that is counted during a run. Safe for concurrent use.</summary>
internal sealed class IngestionMeters
{
    /// <summary>Makes the meters.</summary>
    /// <param name="options">Bounds of the buffers.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="metrics">Told the same; null for none.</param>
    /// <param name="database">Kind of the database, for the metrics.</param>
    public IngestionMeters(PipelineOptions options, TimeProvider? time = null, ActorsMetrics? metrics = null, string database = "")
    {
        Budget = BatchBudget.Of(options.BatchTokens);
        InFlight = [.. Enumerable.Range(0, options.Partitions).Select(_ => new BufferGauge(options.WindowBytes, time))];
        SinkBuffer = new BufferGauge(options.SinkBufferBytes, time);
        Listed = new StageMeter(time, metrics?.Listed());
        Parsed = new StageMeter(time, metrics?.Parsed());
        Inference = new StageMeter(time, metrics?.Inference());
        Embed = new EmbedMeters(
            new BufferGauge(options.PackingWindowTokens, time),
            new StageMeter(time, metrics?.Embedded()),
            new StageMeter(time, metrics?.Padded()),
            new StageMeter(time));
        Stored = new StageMeter(time, metrics?.Stored(database));
        SinkRetries = new StageMeter(time);
        Kept = new StageMeter(time, metrics?.ChunksOf("kept"));
        Reused = new StageMeter(time, metrics?.ChunksOf("reused"));
        Deleted = new StageMeter(time, metrics?.ChunksOf("deleted"));
        Indexed = new StageMeter(time, metrics?.DocumentsOf("indexed"));
        Unchanged = new StageMeter(time, metrics?.DocumentsOf("unchanged"));
        Skipped = new StageMeter(time, metrics?.DocumentsOf("skipped"));
        Dead = new StageMeter(time, metrics?.DocumentsOf("dead"));
        Removed = new StageMeter(time, metrics?.DocumentsOf("removed"));
    }

    public StageMeter Listed { get; }

    /// <summary>Whether the source has been walked to its end.</summary>
    public volatile bool ListingEnded;

    /// <summary>Holds the run up while it is closed.</summary>
    public PauseGate Gate { get; init; } = new();

    public StageMeter Parsed { get; }

    /// <summary>One a partition.</summary>
    public IReadOnlyList<BufferGauge> InFlight { get; }

    public EmbedMeters Embed { get; }

    /// <summary>Size of the model's batches.</summary>
    public BatchBudget Budget { get; }

    public StageMeter Inference { get; }

    public BufferGauge SinkBuffer { get; }

    public StageMeter Stored { get; }

    /// <summary>Requests to the sink that did not go through, and their records.</summary>
    public StageMeter SinkRetries { get; }

    public StageMeter Kept { get; }

    public StageMeter Reused { get; }

    public StageMeter Deleted { get; }

    public StageMeter Indexed { get; }

    public StageMeter Unchanged { get; }

    public StageMeter Skipped { get; }

    public StageMeter Dead { get; }

    public StageMeter Removed { get; }
}
