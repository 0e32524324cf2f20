using Microsoft.Extensions.Logging;

namespace Sluice.Cluster.Jobs;

internal static partial class JobLog
{
    [LoggerMessage(3201, LogLevel.Information, "Job {Job} '{Name}' is taken up here")]
    public static partial void TakenUp(ILogger logger, long job, string name);

    [LoggerMessage(3202, LogLevel.Information, "Job {Job} is put down here")]
    public static partial void PutDown(ILogger logger, long job);

    [LoggerMessage(3203, LogLevel.Warning, "Job {Job} cannot be worked on here: {Reason} Tried again in {Delay} s")]
    public static partial void CannotWork(ILogger logger, long job, string reason, int delay);

    [LoggerMessage(3204, LogLevel.Error, "A model cannot be used here: {Reason}")]
    public static partial void ModelFailed(ILogger logger, string reason);

    [LoggerMessage(3205, LogLevel.Information, "Job {Job} '{Name}' runs: walk {Walk} of {Source}")]
    public static partial void WalkBegun(ILogger logger, long job, string name, long walk, string source);

    [LoggerMessage(3206, LogLevel.Information, "Job {Job} '{Name}' is {State}")]
    public static partial void StateChanged(ILogger logger, long job, string name, string state);

    [LoggerMessage(3207, LogLevel.Warning, "Job {Job}: partition {Partition} broke and begins anew: {Reason}")]
    public static partial void PartitionBroke(ILogger logger, long job, int partition, string reason);

    [LoggerMessage(3208, LogLevel.Information, "This node runs the jobs")]
    public static partial void Coordinating(ILogger logger);

    [LoggerMessage(3214, LogLevel.Warning, "Another node has taken over the jobs while this one stood still; this one works on none")]
    public static partial void Superseded(ILogger logger);

    [LoggerMessage(3209, LogLevel.Warning, "Jobs cannot be read: {Reason} Tried again in {Delay} s")]
    public static partial void StoreFailed(ILogger logger, string reason, int delay);

    [LoggerMessage(3210, LogLevel.Information, "{Text}")]
    public static partial void Notice(ILogger logger, string text);

    [LoggerMessage(3211, LogLevel.Warning, "What a job had open could not be closed: {Reason}")]
    public static partial void ClosingFailed(ILogger logger, string reason);

    [LoggerMessage(3213, LogLevel.Information, "Job {Job}: partition {Partition} moves to another node; what of it was under way did not end within {Seconds} s and is done again there")]
    public static partial void PartitionGivenUp(ILogger logger, long job, int partition, int seconds);

    [LoggerMessage(3212, LogLevel.Warning, "The end of job {Job} could not be written: {Reason} Tried again in {Delay} s")]
    public static partial void EndNotWritten(ILogger logger, long job, string reason, int delay);

    [LoggerMessage(3215, LogLevel.Warning, "Job {Job}: this node cannot read its documents, and leaves them to others: {Reason}")]
    public static partial void CannotRead(ILogger logger, long job, string reason);
}
