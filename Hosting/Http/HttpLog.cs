using Microsoft.Extensions.Logging;

namespace Sluice.Hosting.Http;

internal static partial class HttpLog
{
    [LoggerMessage(4201, LogLevel.Error, "{Method} {Route} failed")]
    public static partial void Failed(ILogger logger, Exception exception, string method, string route);

    [LoggerMessage(4202, LogLevel.Warning, "The figures for the page cannot be read for now: {Reason}")]
    public static partial void NoOverview(ILogger logger, string reason);

    [LoggerMessage(4203, LogLevel.Information, "Job {Job} ({Name}): {State}")]
    public static partial void JobState(ILogger logger, long job, string name, string state);

    [LoggerMessage(4204, LogLevel.Information, "{Route} was asked for by {Who}")]
    public static partial void Control(ILogger logger, string route, string who);
}
