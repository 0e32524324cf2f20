using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Logging;

namespace Sluice.Cluster.Nodes;

/// <summary>Tells the log, a line each, which nodes come, fall silent and go.</summary>
internal sealed class MembersLogActor : ReceiveActor
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    public MembersLogActor(ILogger logger)
    {
        Receive<ClusterEvent.MemberUp>(message =>
        {
            if (NodeRoles.SpeaksOurs(message.Member))
            {
                NodeLog.MemberUp(logger, Name(message.Member), Roles(message.Member));
            }
            else
            {
                NodeLog.OtherProtocol(logger, Name(message.Member), NodeRoles.ProtocolOf(message.Member), Wire.WireFormat.Version);
            }
        });
        Receive<ClusterEvent.MemberRemoved>(message =>
            NodeLog.MemberGone(logger, Name(message.Member), Roles(message.Member), message.PreviousStatus == MemberStatus.Down ? "it was lost" : "it left"));
        Receive<ClusterEvent.UnreachableMember>(message => NodeLog.MemberUnreachable(logger, Name(message.Member), Roles(message.Member)));
        Receive<ClusterEvent.ReachableMember>(message => NodeLog.MemberReachable(logger, Name(message.Member), Roles(message.Member)));
    }

    public static Props Props(ILogger logger) => Akka.Actor.Props.Create(() => new MembersLogActor(logger));

    protected override void PreStart() => _cluster.Subscribe(
        Self,
        ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
        typeof(ClusterEvent.MemberUp),
        typeof(ClusterEvent.MemberRemoved),
        typeof(ClusterEvent.IReachabilityEvent));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private static string Name(Member member) => $"{member.Address.Host}:{member.Address.Port}";

    private static string Roles(Member member) => string.Join(", ", member.Roles.Where(static role => NodeRoles.All.Contains(role, StringComparer.Ordinal)).Order(StringComparer.Ordinal));
}
