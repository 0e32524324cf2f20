using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Partitions;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Simulation.Tests.Nodes;

/// <summary>
/// A node of a simulated cluster: runs the real partitions over a <see cref="StationActor"/>, begins them anew when they break, and hands them over. Does with them what a node of
/// the real cluster does, without its network.
/// </summary>
internal sealed class NodeActor : ReceiveActor, IWithTimers
{
    private readonly NodeParts _parts;
    private readonly bool _prunes;
    private readonly Dictionary<int, IActorRef> _partitions = [];
    private readonly HashSet<int> _wanted = [];
    private readonly Dictionary<int, IActorRef> _leaving = [];
    private IActorRef _station = ActorRefs.Nobody;
    private PartitionContext? _context;
    private bool _listed;
    private int _lives;

    public NodeActor(NodeParts parts, bool prunes)
    {
        (_parts, _prunes) = (parts, prunes);
        Receive<Take>(message =>
        {
            _listed |= message.Listed;
            _wanted.Add(message.Partition);
            BeginWhenPossible(message.Partition);
        });
        Receive<ListingAdvanced>(message =>
        {
            _listed |= message.Complete;
            foreach (var partition in _partitions.Values)
            {
                partition.Tell(message);
            }
        });
        Receive<HandOver>(OnHandOver);
        Receive<BreakStation>(_ => Context.Stop(_station));
        Receive<StationActor.Opened>(message =>
        {
            _context = message.Context;
            foreach (var partition in _wanted)
            {
                BeginWhenPossible(partition);
            }
        });
        Receive<StationActor.Broke>(message => _parts.Job.Tell(new RunFailed(message.Exception)));
        Receive<PartitionDone>(message =>
        {
            if (Sender.Equals(_partitions.GetValueOrDefault(message.Partition)))
            {
                _parts.Job.Tell(message);
            }
        });
        Receive<RunFailed>(message => _parts.Job.Tell(message));
        Receive<PartitionStopped>(_ => Context.Stop(Sender));
        Receive<Again>(message =>
        {
            if (message.Partition < 0)
            {
                OpenStation();
            }
            else
            {
                BeginWhenPossible(message.Partition);
            }
        });
        Receive<GiveUp>(message => Context.Stop(message.Partition));
        Receive<Terminated>(OnTerminated);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NodeParts parts, bool prunes) => Akka.Actor.Props.Create(() => new NodeActor(parts, prunes));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    protected override void PreStart() => OpenStation();

    private void OpenStation()
    {
        _station = Context.ActorOf(StationActor.Props(_parts, _prunes), $"station-{_lives++}");
        Context.Watch(_station);
    }

    private void BeginWhenPossible(int partition)
    {
        if (_context is not null && _wanted.Contains(partition) && !_partitions.ContainsKey(partition))
        {
            var actor = Context.ActorOf(PartitionActor.Props(partition, _context), $"partition-{partition}-{_lives++}");
            _partitions[partition] = actor;
            Context.Watch(actor);
            actor.Tell(new ListingAdvanced(_listed));
        }
    }

    private void OnHandOver(HandOver message)
    {
        _wanted.Remove(message.Partition);
        if (!_partitions.TryGetValue(message.Partition, out var partition))
        {
            Sender.Tell(new HandedOver(message.Partition));
            return;
        }

        _leaving[message.Partition] = Sender;
        partition.Tell(new FinishPartition());
        Timers.StartSingleTimer($"give-up-{message.Partition}", new GiveUp(partition), TimeSpan.FromSeconds(10));
    }

    private void OnTerminated(Terminated terminated)
    {
        if (terminated.ActorRef.Equals(_station))
        {
            // As with a job's place on a node that is gone: the partitions record what was acknowledged, and begin anew with the next one.
            _context = null;
            foreach (var partition in _partitions.Values)
            {
                partition.Tell(new StopPartition());
            }

            Timers.StartSingleTimer("station", new Again(-1), TimeSpan.FromSeconds(1));
            return;
        }

        foreach (var (index, partition) in _partitions)
        {
            if (partition.Equals(terminated.ActorRef))
            {
                _partitions.Remove(index);
                if (_leaving.Remove(index, out var asker))
                {
                    asker.Tell(new HandedOver(index));
                }
                else
                {
                    Timers.StartSingleTimer($"begin-{index}", new Again(index), TimeSpan.FromSeconds(1));
                }

                return;
            }
        }
    }

    /// <summary>To a node: run this partition.</summary>
    internal sealed record Take(int Partition, bool Listed);

    /// <summary>To a node: finish what is under way of this partition, for it moves; answered with <see cref="HandedOver"/>.</summary>
    internal sealed record HandOver(int Partition);

    /// <summary>From a node: it runs this partition no more.</summary>
    internal sealed record HandedOver(int Partition);

    /// <summary>To a node: whatever runs the job here breaks.</summary>
    internal sealed record BreakStation;

    private sealed record Again(int Partition);

    private sealed record GiveUp(IActorRef Partition);
}

/// <summary>What a node works with.</summary>
internal sealed record NodeParts(IngestionParts Parts, IDocumentSource Source, Walk Walk, PipelineOptions Options, TimeProvider Time, IActorRef Job);
