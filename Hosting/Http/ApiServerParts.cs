using Microsoft.Extensions.Logging;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Embeddings;
using Sluice.Hosting.Telemetry;

namespace Sluice.Hosting.Http;

/// <summary>What a server is made of.</summary>
/// <param name="Listen">host:port; port 0 takes a free one.</param>
/// <param name="Setting">What names it, for messages.</param>
/// <param name="Options">Limits and names.</param>
/// <param name="Tokens">The tokens.</param>
/// <param name="Room">What the API stands on; null for health and metrics alone.</param>
/// <param name="Check">Whether the program can do its work, and how it is in words.</param>
/// <param name="Telemetry">The metrics; null for none.</param>
/// <param name="Loggers">The log; not owned.</param>
/// <param name="Time">The clock.</param>
internal sealed record ApiServerParts(
    string Listen,
    string Setting,
    HttpOptions Options,
    ApiTokens Tokens,
    IControlRoom? Room,
    Func<CancellationToken, Task<(bool Ready, string State)>> Check,
    TelemetryHost? Telemetry,
    ILoggerFactory Loggers,
    TimeProvider Time)
{
    /// <summary>The model as a server, beside the API; null for none. Not owned.</summary>
    public EmbeddingRoutes? Embeddings { get; init; }
}
