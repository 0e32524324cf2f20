namespace Sluice.Actors.Sinks.Http;

/// <summary>How one sink speaks HTTP.</summary>
internal sealed record SinkHttpSettings
{
    /// <summary>Where requests go when it is not the address's own server: a control plane, a host that the database named.</summary>
    public Uri? BaseAddress { get; init; }

    /// <summary>The key or password; null for a database that asks for none.</summary>
    public SinkSecret? Secret { get; init; }

    /// <summary>Puts the secret into a request. Default: <c>Authorization: Bearer</c>.</summary>
    public Action<HttpRequestMessage, string> Authorize { get; init; } = static (request, secret) => request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {secret}");

    /// <summary>Headers of every request.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Most connections at once; searches and listings beside the writes included.</summary>
    public int MaxConnections { get; init; } = 32;

    /// <summary>The database's own ways of saying things, asked before the rules of HTTP are applied to an answer that is no success; null from it where they apply.</summary>
    public Func<SinkResponse, SinkFailures, Exception?> Classify { get; init; } = static (_, _) => null;
}
