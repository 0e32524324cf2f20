using Microsoft.Extensions.Logging;

namespace Sluice.Actors.Parsing.Workers;

internal static partial class WorkerLog
{
    [LoggerMessage(2070, LogLevel.Debug, "the worker that parsed {Uri} ended by {How}")]
    public static partial void Died(ILogger logger, string uri, string how);

    [LoggerMessage(2071, LogLevel.Warning, "documents are parsed in this process, without walls: there is no sluice program in {Folder}. Name it: sluice.parsing.workers.program; or say that this is meant: sluice.parsing.workers.in-process = true")]
    public static partial void NoProgram(ILogger logger, string folder);

    [LoggerMessage(2072, LogLevel.Warning, "documents are parsed in this process for half a minute, without walls: {Problem}. `sluice doctor` tries it")]
    public static partial void CannotStart(ILogger logger, string problem);
}
