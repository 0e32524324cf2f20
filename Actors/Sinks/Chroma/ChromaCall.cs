using System.Text.Json;
using Sluice.Actors.Sinks.Http;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>A request about a collection's records.</summary>
/// <param name="Method">The method.</param>
/// <param name="Verb">The path behind the collection's id.</param>
internal sealed record ChromaCall(HttpMethod Method, string Verb)
{
    /// <summary>Writes the body; null for none, or for <see cref="Body"/>.</summary>
    public Action<Utf8JsonWriter>? Write { get; init; }

    /// <summary>A body that was written already; stays the caller's.</summary>
    public PooledBody? Body { get; init; }

    /// <summary>Whether passing failures are tried again here: not for writes of records.</summary>
    public bool Retry { get; init; } = true;

    /// <summary>Another time limit than the sink's.</summary>
    public TimeSpan? Timeout { get; init; }
}
