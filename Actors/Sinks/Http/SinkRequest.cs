namespace Sluice.Actors.Sinks.Http;

/// <summary>A request to a database.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">Path and query behind the server's address, already escaped.</param>
internal sealed record SinkRequest(HttpMethod Method, string Path)
{
    /// <summary>What is sent; stays the caller's, who disposes it when the call has returned. Null for nothing.</summary>
    public PooledBody? Body { get; init; }

    /// <summary>Type of <see cref="Body"/>.</summary>
    public string MediaType { get; init; } = "application/json";

    /// <summary>How <see cref="Body"/> is compressed: <c>gzip</c>; null where it is not.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>Headers beside those of every request.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Statuses beside 2xx that are answers and no failures: 404 where something may be missing.</summary>
    public IReadOnlyList<int> Accept { get; init; } = [];

    /// <summary>
    /// Whether passing failures are tried again here, a few times: for reads and for setting up. Writes of records are not, since the pipeline's write policy does that.
    /// </summary>
    public bool Retry { get; init; }

    /// <summary>Another time limit than the sink's.</summary>
    public TimeSpan? Timeout { get; init; }
}
