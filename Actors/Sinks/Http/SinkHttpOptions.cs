using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Sinks.Http;

/// <summary>How databases are reached over HTTP. Shared by all sinks that are.</summary>
public sealed class SinkHttpOptions
{
    /// <summary>How long connecting may take, TLS included. Default 10 seconds; 100 ms to 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may take until its whole answer is read. The address's <c>timeout</c>, in seconds, goes before it. Default 1 minute; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a credential helper may take. Default 30 seconds; 1 second to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan HelperTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes of an answer that are held in memory. Default 256 MiB; 1 MiB to 2 GiB - 1.</summary>
    [Range(1 << 20, int.MaxValue)]
    public int MaxResponseBytes { get; set; } = 256 << 20;

    /// <summary>Times that a read, or a call that sets something up, is made before its failure is reported; writes follow the pipeline's policy. Default 5; 1 to 100.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 5;
}
