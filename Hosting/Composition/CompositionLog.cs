using Microsoft.Extensions.Logging;

namespace Sluice.Hosting.Composition;

internal static partial class CompositionLog
{
    [LoggerMessage(4101, LogLevel.Information, "{Text}")]
    public static partial void Notice(ILogger logger, string text);
}
