using Sluice.Streams.Flows;
using Sluice.Streams.Monitoring;

namespace Sluice.Actors.Core;

/// <summary>Everything that is counted during a run. Safe for concurrent use.</summary>
internal sealed class IngestionMeters
{
    public IngestionMeters(PipelineOptions options)
    {
        InFlight = [.. Enumerable.Range(0, options.Partitions).Select(_ => new BufferGauge(options.WindowBytes))];
        SinkBuffer = new BufferGauge(options.SinkBufferBytes);
        Embed = new EmbedMeters(new BufferGauge(options.PackingWindowTokens), new StageMeter(), new StageMeter(), new StageMeter());
    }

    public StageMeter Listed { get; } = new();

    /// <summary>Whether the source has been walked to its end.</summary>
    public volatile bool ListingEnded;

    public StageMeter Parsed { get; } = new();

    /// <summary>One a partition.</summary>
    public IReadOnlyList<BufferGauge> InFlight { get; }

    public EmbedMeters Embed { get; }

    public StageMeter Inference { get; } = new();

    public BufferGauge SinkBuffer { get; }

    public StageMeter Stored { get; } = new();

    /// <summary>Requests to the sink that did not go through, and their records.</summary>
    public StageMeter SinkRetries { get; } = new();

    public StageMeter Kept { get; } = new();

    public StageMeter Reused { get; } = new();

    public StageMeter Deleted { get; } = new();

    public StageMeter Indexed { get; } = new();

    public StageMeter Unchanged { get; } = new();

    public StageMeter Skipped { get; } = new();

    public StageMeter Dead { get; } = new();

    public StageMeter Removed { get; } = new();
}
