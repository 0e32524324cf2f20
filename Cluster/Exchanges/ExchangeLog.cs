using Microsoft.Extensions.Logging;

namespace Sluice.Cluster.Exchanges;

internal static partial class ExchangeLog
{
    [LoggerMessage(3101, LogLevel.Information, "Job {Job}: the tap of {Taker} ended ({Reason}); {Lost} groups are offered to others")]
    public static partial void TapEnded(ILogger logger, long job, string taker, string reason, int lost);

    [LoggerMessage(3102, LogLevel.Debug, "Job {Job}: {Node} takes {Stage} from {From}")]
    public static partial void TapOpened(ILogger logger, long job, string node, Stage stage, string from);

    [LoggerMessage(3103, LogLevel.Information, "Job {Job}: taking {Stage} from {From} broke off ({Reason}); opening it again in {Delay} ms")]
    public static partial void TapBroke(ILogger logger, long job, Stage stage, string from, string reason, int delay);
}
