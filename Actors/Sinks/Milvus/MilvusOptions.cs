using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Sinks.Milvus;

/// <summary>How collections in Milvus are written.</summary>
public sealed class MilvusOptions
{
    /// <summary>Most requests written at once; fewer while the server is slow or limits the rate. Default 8; 1 to 64.</summary>
    [Range(1, 64)]
    public int Writers { get; set; } = 8;

    /// <summary>Most entities a request. Default 500; 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxRecords { get; set; } = 500;

    /// <summary>Most bytes a request, as sent; vectors are sent as JSON. The server takes at most 64 MiB. Default 8 MiB; 64 KiB to 60 MiB.</summary>
    [Range(64L << 10, 60L << 20)]
    public long MaxBytes { get; set; } = 8L << 20;

    /// <summary>How long loading a collection into memory may take before the run ends. Default 10 minutes; 1 second to 24 hours.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromMinutes(10);
}
