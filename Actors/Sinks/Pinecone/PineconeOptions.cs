using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Sinks.Pinecone;

/// <summary>How indexes in Pinecone are written and searched.</summary>
public sealed class PineconeOptions
{
    /// <summary>Requests written at once. Default 8; 1 to 64.</summary>
    [Range(1, 64)]
    public int Writers { get; set; } = 8;

    /// <summary>Most records a request. Default 500; 1 to 1,000, which is Pinecone's limit.</summary>
    [Range(1, 1_000)]
    public int MaxRecords { get; set; } = 500;

    /// <summary>Most bytes a request. Default 1,900,000; 64 KiB to 2,000,000: Pinecone takes 2 MB.</summary>
    [Range(64L << 10, 2_000_000L)]
    public long MaxBytes { get; set; } = 1_900_000;

    /// <summary>First pause between two looks whether an index is ready or a write is seen; it doubles up to 16 times this. Default 250 ms; 1 ms to 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long an index may take to be ready, or to be gone. Default 10 minutes; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ReadyTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a write may take to be seen. Default 5 minutes; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan VisibleTimeout { get; set; } = TimeSpan.FromMinutes(5);
}
