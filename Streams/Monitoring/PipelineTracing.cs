using System.Diagnostics;

namespace Sluice.Streams.Monitoring;

/// <summary>
/// Spans of the pipeline: one a batch and stage. A document's reading is the root; its groups carry the context, and what happens to them further on, on whatever
/// node, hangs below it. A batch joins groups of many documents: its span hangs below the first one's and is linked to the others'. Without a listener nothing is made.
/// </summary>
public static class PipelineTracing
{
    /// <summary>Name of the activity source.</summary>
    public const string SourceName = "Sluice.Pipeline";

    /// <summary>Where the spans come from.</summary>
    public static ActivitySource Source { get; } = new(SourceName);
}
