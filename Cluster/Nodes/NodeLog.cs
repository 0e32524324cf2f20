using Microsoft.Extensions.Logging;

namespace Sluice.Cluster.Nodes;

internal static partial class NodeLog
{
    [LoggerMessage(3001, LogLevel.Information, "Joined as {Address} with roles {Roles}; the cluster has {Members} members")]
    public static partial void Joined(ILogger logger, string address, string roles, int members);

    [LoggerMessage(3003, LogLevel.Information, "{Node} ({Roles}) is a member")]
    public static partial void MemberUp(ILogger logger, string node, string roles);

    [LoggerMessage(3004, LogLevel.Information, "{Node} ({Roles}) is gone: {How}")]
    public static partial void MemberGone(ILogger logger, string node, string roles, string how);

    [LoggerMessage(3005, LogLevel.Warning, "{Node} ({Roles}) does not answer")]
    public static partial void MemberUnreachable(ILogger logger, string node, string roles);

    [LoggerMessage(3006, LogLevel.Information, "{Node} ({Roles}) answers again")]
    public static partial void MemberReachable(ILogger logger, string node, string roles);

    [LoggerMessage(3007, LogLevel.Error, "{Node} speaks protocol {Theirs} and this cluster speaks {Ours}: it gets no work. Run the same release of Sluice on all nodes")]
    public static partial void OtherProtocol(ILogger logger, string node, uint theirs, uint ours);

    [LoggerMessage(3002, LogLevel.Warning, "What was under way did not end within {Seconds} s; the others do it again")]
    public static partial void DrainTimedOut(ILogger logger, int seconds);

    [LoggerMessage(3250, LogLevel.Information, "Asked to leave (by {Who}): what is under way is finished or handed back")]
    public static partial void AskedToLeave(ILogger logger, string who);

    [LoggerMessage(3251, LogLevel.Error, "This node stops: {Reason}")]
    public static partial void Stops(ILogger logger, string reason);
}
