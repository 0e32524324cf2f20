using Microsoft.Extensions.Logging;

namespace Sluice.Cluster.Models;

internal static partial class ModelsLog
{
    [LoggerMessage(3301, LogLevel.Information, "The model '{Model}' comes from {Node}: {Bytes} bytes")]
    public static partial void Fetching(ILogger logger, string model, string node, long bytes);

    [LoggerMessage(3302, LogLevel.Warning, "Another node wants the model '{Model}', and it cannot be sent: {Reason}")]
    public static partial void CannotSend(ILogger logger, string model, string reason);
}
