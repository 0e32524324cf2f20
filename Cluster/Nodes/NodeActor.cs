using System.Reflection;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sluice.Cluster.Jobs;

namespace Sluice.Cluster.Nodes;

/// <summary>
/// One on every node. Reports to the jobs' coordinator, wherever that is, every second, and works on what its answer says: so a coordinator that moved, a node that
/// was away and a job that was changed all come right by themselves.
/// </summary>
internal sealed class NodeActor : ReceiveActor, IWithTimers
{
    /// <summary>Its name below the user guardian.</summary>
    public const string Name = "node";

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private static readonly int[] s_pauses = [1, 2, 5, 10, 30];

    private readonly NodeServices _services;
    private readonly IActorRef _jobs;
    private readonly ILogger _logger;
    private readonly Dictionary<long, Work> _work = [];
    private readonly Dictionary<long, JobReport> _reports = [];
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly string _program = Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "";
    private readonly HashSet<long> _undrained = [];
    private readonly HashSet<long> _asked = [];
    private readonly WayIn _wayIn;
    private IActorRef? _drainer;
    private string? _refused;
    private bool _boardSeen;
    private long _epoch;

    public NodeActor(NodeServices services, IActorRef jobs)
    {
        _services = services;
        _jobs = jobs;
        _logger = services.Loggers.CreateLogger<NodeActor>();
        _wayIn = new WayIn(services.Options.Seeds, services.Time);
        Receive<Tick>(_ => OnTick());
        Receive<JobReport>(report =>
        {
            if (_work.ContainsKey(report.Job))
            {
                _reports[report.Job] = report;
            }

            if (_asked.Remove(report.Job) && _asked.Count == 0)
            {
                Report();
            }
        });
        Receive<JobBoard>(OnBoard);
        Receive<JobRuntimeActor.JobWorks>(works =>
        {
            if (_work.TryGetValue(works.Job, out var work))
            {
                work.Breaks = 0;
                work.Trouble = null;
            }
        });
        Receive<JobRuntimeActor.JobBroken>(OnBroken);
        Receive<BeginAgain>(again =>
        {
            if (_work.TryGetValue(again.Job, out var work) && work.Actor.IsNobody() && _drainer is null)
            {
                Begin(work);
            }
        });
        Receive<Terminated>(OnTerminated);
        Receive<DrainNode>(_ => Drain());
        Receive<JobRuntimeActor.Drained>(_ =>
        {
            foreach (var (job, work) in _work)
            {
                if (work.Actor.Equals(Sender))
                {
                    _undrained.Remove(job);
                }
            }

            EndDrain();
        });
        Receive<LeaveNode>(leave =>
        {
            NodeLog.AskedToLeave(_logger, Sender.Path.Address.ToString());
            _ = CoordinatedShutdown.Get(Context.System).Run(DrainWished.Instance);
        });
        Receive<AskState>(_ => Sender.Tell(State()));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NodeServices services, IActorRef jobs) => Akka.Actor.Props.Create(() => new NodeActor(services, jobs));

    /// <summary>One that breaks in a way it did not foresee has told nobody why.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        SetTrouble(Sender, $"{exception.GetType().Name}: {exception.Message}");
        return Directive.Stop;
    });

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", new Tick(), TimeSpan.Zero, s_period);

    private NodeState State()
    {
        var trouble = _services.Ledger.Trouble ?? _services.Jobs.Trouble ?? _services.Partitions.Trouble ?? _work.Values.Select(static work => work.Trouble).FirstOrDefault(static words => words is not null);
        return new NodeState(_boardSeen && _refused is null && trouble is null, _refused ?? trouble, _work.Count);
    }

    private void OnTick()
    {
        if (_wayIn.Look(_cluster.State.Members.Select(static member => ($"{member.Address.Host}:{member.Address.Port}", member.HasRole(NodeRoles.Coordinate)))) is { } words)
        {
            Timers.Cancel("tick");
            NodeLog.Stops(_logger, words);
            _ = CoordinatedShutdown.Get(Context.System).Run(new WayIn.Gone(words));
            return;
        }

        if (_asked.Count > 0)
        {
            Report(); // Somebody has not answered since the last time.
        }

        _asked.Clear();
        foreach (var (job, work) in _work)
        {
            if (!work.Actor.IsNobody())
            {
                _asked.Add(job);
                work.Actor.Tell(new JobRuntimeActor.AskReport());
            }
        }

        if (_asked.Count == 0)
        {
            Report();
        }
    }

    private void Report()
    {
        var reports = new List<JobReport>(_work.Count);
        foreach (var (job, work) in _work)
        {
            var report = _reports.GetValueOrDefault(job) ?? new JobReport(job, new Dictionary<string, long>(StringComparer.Ordinal), [], []);
            string?[] troubles = [work.Trouble, _services.Ledger.Trouble];
            reports.Add(report with { Notices = [.. report.Notices, .. troubles.OfType<string>()] });
        }

        _jobs.Tell(new ReportNode(new NodeReport(
            _cluster.SelfAddress.ToString(),
            _cluster.SelfUniqueAddress.Uid,
            _services.Roles,
            _program,
            Wire.WireFormat.Version,
            Environment.WorkingSet,
            _drainer is not null,
            reports)
        {
            Device = _services.Device,
        }));
    }

    private void OnBoard(JobBoard board)
    {
        if (board.Epoch <= 0 || board.Epoch < _epoch)
        {
            return; // Of a coordinator that stood still while another took over, or that has not taken office.
        }

        _epoch = Math.Max(_epoch, board.Epoch);
        _refused = board.Refused;
        _boardSeen = true;
        if (_drainer is not null)
        {
            return;
        }

        foreach (var (id, work) in _work)
        {
            var ticket = board.Jobs.FirstOrDefault(job => job.Id == id);
            if (ticket is null || !ticket.IsSameWork(work.Ticket))
            {
                Context.Stop(work.Actor);
                _work.Remove(id);
                _reports.Remove(id);
            }
            else if (ticket.Weight != work.Ticket.Weight)
            {
                work.Ticket = ticket;
                work.Actor.Tell(new JobRuntimeActor.Reweigh(ticket.Weight));
            }
        }

        if (_refused is not null)
        {
            return;
        }

        foreach (var ticket in board.Jobs)
        {
            if (ticket.Walk is not null && !_work.ContainsKey(ticket.Id))
            {
                var work = new Work(ticket);
                _work.Add(ticket.Id, work);
                Begin(work);
            }
        }
    }

    private void Begin(Work work)
    {
        work.Actor = Context.ActorOf(JobRuntimeActor.Props(_services, work.Ticket));
        Context.Watch(work.Actor);
    }

    private void OnBroken(JobRuntimeActor.JobBroken broken)
    {
        if (_work.TryGetValue(broken.Job, out var work) && work.Actor.Equals(Sender))
        {
            SetTrouble(Sender, broken.Reason);
        }
    }

    private void SetTrouble(IActorRef actor, string reason)
    {
        if (_work.Values.FirstOrDefault(work => work.Actor.Equals(actor)) is { } work)
        {
            work.Trouble = $"{_cluster.SelfAddress} cannot work on it: {reason}";
            work.Breaks++;
        }
    }

    private void OnTerminated(Terminated terminated)
    {
        foreach (var (job, work) in _work)
        {
            if (work.Actor.Equals(terminated.ActorRef))
            {
                var pause = s_pauses[Math.Clamp(work.Breaks - 1, 0, s_pauses.Length - 1)];
                JobLog.CannotWork(_logger, job, work.Trouble ?? "it ended.", pause);
                work.Actor = ActorRefs.Nobody;
                _undrained.Remove(job);
                Timers.StartSingleTimer(job, new BeginAgain(job), TimeSpan.FromSeconds(pause));
            }
        }

        EndDrain();
    }

    private void Drain()
    {
        _drainer = Sender;
        foreach (var (job, work) in _work)
        {
            if (!work.Actor.IsNobody())
            {
                _undrained.Add(job);
                work.Actor.Tell(Exchanges.Drain.Instance);
            }
        }

        EndDrain();
    }

    private void EndDrain()
    {
        if (_drainer is { } drainer && _undrained.Count == 0)
        {
            drainer.Tell(new NodeDrained());
        }
    }

    /// <summary>To this actor: take nothing more, finish what was taken; answered with <see cref="NodeDrained"/>.</summary>
    internal sealed record DrainNode;

    /// <summary>The answer.</summary>
    internal sealed record NodeDrained;

    /// <summary>To this actor: how are you? Answered with a <see cref="NodeState"/>.</summary>
    internal sealed record AskState;

    /// <summary>How the node is.</summary>
    /// <param name="Ready">Whether it takes part and its jobs run here.</param>
    /// <param name="Trouble">Why it may not take part, or what keeps its work waiting; null when it is ready, or has only begun.</param>
    /// <param name="Jobs">Jobs it works on.</param>
    internal sealed record NodeState(bool Ready, string? Trouble, int Jobs);

    /// <summary>Why the engine ends: somebody asked this node to leave.</summary>
    internal sealed class DrainWished : CoordinatedShutdown.Reason
    {
        public static readonly DrainWished Instance = new();

        public override int ExitCode => 0;
    }

    private sealed record Tick;

    private sealed record BeginAgain(long Job);

    private sealed class Work(JobTicket ticket)
    {
        public JobTicket Ticket { get; set; } = ticket;

        public IActorRef Actor { get; set; } = ActorRefs.Nobody;

        public string? Trouble { get; set; }

        public int Breaks { get; set; }
    }
}
