using Akka.Actor;
using Akka.Cluster;

namespace Sluice.Cluster.Nodes;

/// <summary>
/// Knows how all nodes are, for whoever shows them: who is a member, from the engine's own events; how they work, by asking the coordinator once a second while
/// somebody looks. Lost and left nodes are remembered for a while.
/// </summary>
internal sealed class ClusterWatchActor : ReceiveActor, IWithTimers
{
    /// <summary>Its name below the user guardian.</summary>
    public const string Name = "watch";

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(15);

    private readonly IActorRef _jobs;
    private readonly TimeProvider _time;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);

    public ClusterWatchActor(IActorRef jobs, TimeProvider time)
    {
        _jobs = jobs;
        _time = time;
        Receive<ClusterEvent.MemberJoined>(message => Set(message.Member, "joining"));
        Receive<ClusterEvent.MemberUp>(message => Set(message.Member, "up"));
        Receive<ClusterEvent.MemberWeaklyUp>(message => Set(message.Member, "up"));
        Receive<ClusterEvent.MemberLeft>(message => Set(message.Member, "draining"));
        Receive<ClusterEvent.MemberExited>(message => Set(message.Member, "draining"));
        Receive<ClusterEvent.MemberDowned>(message => Set(message.Member, "lost"));
        Receive<ClusterEvent.MemberRemoved>(message => Set(message.Member, message.PreviousStatus == MemberStatus.Down ? "lost" : "left"));
        Receive<ClusterEvent.UnreachableMember>(message => SetReachable(message.Member, reachable: false));
        Receive<ClusterEvent.ReachableMember>(message => SetReachable(message.Member, reachable: true));
        Receive<Tick>(_ => OnTick());
        Receive<NodesKnown>(OnReports);
        Receive<AskMembers>(_ => Sender.Tell(new Members([.. _nodes.OrderBy(static node => node.Key, StringComparer.Ordinal).Select(node => View(node.Key, node.Value))])));
        ReceiveAny(static _ => { }); // Other events of the engine.
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IActorRef jobs, TimeProvider time) => Akka.Actor.Props.Create(() => new ClusterWatchActor(jobs, time));

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Timers.StartPeriodicTimer("tick", new Tick(), TimeSpan.Zero, s_period);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private static string IdOf(Address address) => $"{address.Host}:{address.Port}";

    private void Set(Member member, string state)
    {
        var id = IdOf(member.Address);
        if (_nodes.TryGetValue(id, out var known) && known.Uid != member.UniqueAddress.Uid && state is "lost" or "left")
        {
            return; // An earlier life of a node that is there again.
        }

        if (known is null || known.Uid != member.UniqueAddress.Uid)
        {
            known = new Node(member.UniqueAddress.Uid, member.Address.ToString(), [.. member.Roles.Where(static role => NodeRoles.All.Contains(role, StringComparer.Ordinal)).Order(StringComparer.Ordinal)]);
            _nodes[id] = known;
        }

        known.Protocol = NodeRoles.ProtocolOf(member);
        known.State = state;
        known.Seen = known.IsGone ? known.Seen : _time.GetUtcNow();
        if (known.IsGone)
        {
            known.Gone ??= _time.GetUtcNow();
            known.Reports.Clear();
        }
    }

    private void SetReachable(Member member, bool reachable)
    {
        if (_nodes.TryGetValue(IdOf(member.Address), out var node) && node.Uid == member.UniqueAddress.Uid)
        {
            node.Unreachable = !reachable;
        }
    }

    private void OnTick()
    {
        _jobs.Tell(AskNodes.Instance);
        var now = _time.GetUtcNow();
        foreach (var (id, node) in _nodes)
        {
            if (now - node.Gone > s_memory)
            {
                _nodes.Remove(id);
            }
            else if (node is { IsGone: false, Unreachable: false })
            {
                node.Seen = now; // The engine's failure detector hears of it several times a second.
            }
        }
    }

    private void OnReports(NodesKnown known)
    {
        var now = _time.GetTimestamp();
        foreach (var report in known.Nodes)
        {
            if (!Address.TryParse(report.Address, out var address) || !_nodes.TryGetValue(IdOf(address), out var node) || node.IsGone)
            {
                continue;
            }

            node.Report = report;
            node.Reports.Enqueue((now, Sum(report)));
            while (node.Reports.Count > 2 && _time.GetElapsedTime(node.Reports.Peek().At, now) > s_window)
            {
                node.Reports.Dequeue();
            }
        }
    }

    private static Dictionary<string, long> Sum(NodeReport report)
    {
        var sums = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, count) in report.Jobs.SelectMany(static job => job.Counts))
        {
            sums[name] = sums.GetValueOrDefault(name) + count;
        }

        return sums;
    }

    private ClusterMember View(string id, Node node)
    {
        var state = node.IsGone ? node.State : node.Unreachable ? "unreachable" : node.Report is { Draining: true } ? "draining" : node.State;
        return new ClusterMember(id, node.Address, state, node.Roles, node.Seen)
        {
            Program = node.Report?.Program ?? "",
            Protocol = node.Protocol,
            Device = node.Report?.Device ?? "",
            Memory = node.Report?.Memory ?? 0,
            Jobs = [.. (node.Report?.Jobs ?? []).Select(static job => job.Job)],
            Rates = Rates(node),
            Queues = node.IsGone ? [] : [.. (node.Report?.Jobs ?? []).SelectMany(static job => job.Gauges).Where(static gauge => gauge.Unit != JobCounts.WorkersUnit)
                .GroupBy(static gauge => (gauge.Name, gauge.Unit)).Select(static group => (group.Key.Name, group.Key.Unit, group.Sum(static gauge => gauge.Fill), group.Sum(static gauge => gauge.Bound)))],
        };
    }

    private Dictionary<string, double> Rates(Node node)
    {
        var rates = new Dictionary<string, double>(StringComparer.Ordinal);
        if (node.Reports.Count < 2)
        {
            return rates;
        }

        // Summed step by step: counts fall when a job is put down, or begun anew.
        var samples = node.Reports.ToArray();
        var seconds = _time.GetElapsedTime(samples[0].At, samples[^1].At).TotalSeconds;
        for (var index = 1; index < samples.Length && seconds > 0; index++)
        {
            foreach (var (name, count) in samples[index].Counts)
            {
                rates[name] = rates.GetValueOrDefault(name) + (Math.Max(0, count - samples[index - 1].Counts.GetValueOrDefault(name)) / seconds);
            }
        }

        return rates;
    }

    /// <summary>To this actor: how are they? Answered with <see cref="Members"/>.</summary>
    internal sealed record AskMembers;

    /// <summary>The answer.</summary>
    /// <param name="Nodes">The nodes, by id.</param>
    internal sealed record Members(IReadOnlyList<ClusterMember> Nodes);

    private sealed record Tick;

    private sealed class Node(int uid, string address, IReadOnlyList<string> roles)
    {
        public int Uid => uid;

        public string Address => address;

        public IReadOnlyList<string> Roles => roles;

        public string State { get; set; } = "joining";

        public bool Unreachable { get; set; }

        public bool IsGone => State is "lost" or "left";

        public uint Protocol { get; set; }

        public DateTimeOffset Seen { get; set; }

        public DateTimeOffset? Gone { get; set; }

        public NodeReport? Report { get; set; }

        public Queue<(long At, Dictionary<string, long> Counts)> Reports { get; } = new();
    }
}
