namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>A proxy answered with a status and <c>Retry-After</c>. Never leaves the sink.</summary>
internal sealed class AskedToWaitException(int status, TimeSpan wait) : Exception($"a proxy answers {status}")
{
    /// <summary>How long it asks to be left alone.</summary>
    public TimeSpan Wait => wait;
}
