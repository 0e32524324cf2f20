using Sluice.Actors.Chunking;
using Sluice.Actors.Core;
using Sluice.Actors.Embedding;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Parsing;
using Sluice.Actors.Sinks;
using Sluice.Cluster;
using Sluice.Hosting.Telemetry;

namespace Sluice.Hosting.Configuration;

/// <summary>The options classes and where they stand in the configuration: the one place to add a room's options.</summary>
internal static class SluiceSections
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<OptionsSection> All { get; } =
    [
        new("sluice", typeof(SluiceOptions)),
        new("sluice.parsing", typeof(ParsingOptions)),
        new("sluice.source", typeof(SourceOptions)),
        new("sluice.chunking", typeof(ChunkingOptions)),
        new("sluice.embedding", typeof(EmbeddingOptions)),
        new("sluice.pipeline", typeof(PipelineOptions)),
        new("sluice.cluster", typeof(ClusterOptions)),
        new("sluice.job", typeof(JobOptions)),
        new("sluice.sinks", typeof(SinkOptions)),
        new("sluice.search", typeof(SearchOptions)),
        new("sluice.http", typeof(HttpOptions)),
        new("sluice.telemetry", typeof(TelemetryOptions)),
        new("sluice.display", typeof(DisplayOptions)),
    ];
}
