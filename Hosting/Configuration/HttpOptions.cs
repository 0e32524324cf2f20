using System.ComponentModel.DataAnnotations;

namespace Sluice.Hosting.Configuration;

/// <summary>The HTTP API and the page. Configured below <c>sluice.http</c>.</summary>
public sealed class HttpOptions
{
    /// <summary>Where a node with the role api answers, as host:port. Empty, the default: nowhere.</summary>
    public string Listen { get; set; } = "";

    /// <summary>File whose first line is the token that may do everything. Empty, the default: <c>SLUICE_API_TOKEN</c>.</summary>
    public string ControlTokenFile { get; set; } = "";

    /// <summary>File whose first line is the token that may only look. Empty, the default: <c>SLUICE_API_READ_TOKEN</c>.</summary>
    public string ReadTokenFile { get; set; } = "";

    /// <summary>Names by which the server may be addressed, beside its address and localhost. Default: none.</summary>
    public IReadOnlyList<string> HostNames { get; set; } = [];

    /// <summary>Paths and URIs that jobs posted to the API may read, with everything below. Default: only what the database was filled from before.</summary>
    public IReadOnlyList<string> Sources { get; set; } = [];

    /// <summary>Connections at once. Default 100; 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxConnections { get; set; } = 100;

    /// <summary>Tokens that may wait to be embedded for <c>/v1/embeddings</c>; beyond that callers get 429. Default 65,536; 1 to 1,073,741,824.</summary>
    [Range(1L, 1L << 30)]
    public long MaxWaitingTokens { get; set; } = 65_536;

    /// <summary>Readers of live events at once. Default 30; 1 to 1,000.</summary>
    [Range(1, 1_000)]
    public int MaxEventStreams { get; set; } = 30;
}
