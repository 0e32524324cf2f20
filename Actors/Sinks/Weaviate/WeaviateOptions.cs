using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>How collections in Weaviate are written.</summary>
public sealed class WeaviateOptions
{
    /// <summary>Most requests written at once; fewer while the server is slow or refuses. Default 8; 1 to 64.</summary>
    [Range(1, 64)]
    public int Writers { get; set; } = 8;

    /// <summary>Most objects a request. Default 500; 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxRecords { get; set; } = 500;

    /// <summary>Most bytes a request, as sent. The server takes at most 104,858,000, and has to finish a request within a minute. Default 8 MiB; 64 KiB to 96 MiB.</summary>
    [Range(64L << 10, 96L << 20)]
    public long MaxBytes { get; set; } = 8L << 20;
}
