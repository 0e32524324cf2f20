using Akka.Actor;
using Akka.Cluster.Sharding;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Partitions;
using Sluice.Cluster.Jobs;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Failures;

namespace Sluice.Cluster.Partitions;

/// <summary>
/// A partition as a sharded entity: exactly one in the cluster. Runs the same partition actor as a single machine does, with what the job has on this node; begins it
/// anew when it breaks; passivates when it is done. Before it moves to another node it reads nothing more and waits, for a moment, for what is under way.
/// </summary>
internal sealed class PartitionEntity : ReceiveActor, IWithTimers
{
    /// <summary>An entity that nobody has asked to work for so long is in the way of one in another place: it ends. A coordinator is replaced sooner.</summary>
    private static readonly TimeSpan s_forgotten = TimeSpan.FromSeconds(60);

    private readonly NodeServices _services;
    private readonly IActorRef _jobs;
    private readonly ILogger _logger;
    private RunPartition? _work;
    private NodePartitions.Place? _place;
    private CancellationTokenRegistration _registration;
    private IActorRef _partition = ActorRefs.Nobody;
    private int _number;
    private int _breaks;
    private bool _stopping;

    public PartitionEntity(NodeServices services, IActorRef jobs)
    {
        _services = services;
        _jobs = jobs;
        _logger = services.Loggers.CreateLogger<PartitionEntity>();
        Receive<RunPartition>(OnRun);
        Receive<PartitionDone>(_ =>
        {
            if (_work is { } work && Sender.Equals(_partition) && _place?.Context.Walk.Id == work.Walk) // Else it is done with an earlier walk.
            {
                _jobs.Tell(new PartitionEnded(work.Job, work.Walk, work.Index));
                Passivate();
            }
        });
        Receive<RunFailed>(failed =>
        {
            if (_work is { } work && !_stopping)
            {
                var waits = failed.Exception is StorageException { IsMendable: true } or SourceLostException;
                _jobs.Tell(new PartitionFailed(work.Job, work.Walk, work.Index, failed.Exception.Message, Final: !waits));
                if (waits)
                {
                    Context.Stop(_partition); // It begins anew after a pause, as one that broke.
                }
            }
        });
        Receive<Begin>(_ => BeginWhenPossible());
        Receive<Forgotten>(_ =>
        {
            _work = null;
            StopPartition();
            if (_partition.IsNobody())
            {
                Passivate();
            }
        });
        Receive<PlaceGone>(gone =>
        {
            if (ReferenceEquals(gone.Place, _place))
            {
                StopPartition();
            }
        });
        Receive<PartitionStopped>(_ => Context.Stop(Sender));
        Receive<Terminated>(OnTerminated);
        Receive<HandOff>(_ => OnHandOff());
        Receive<GiveUpPartition>(giveUp =>
        {
            if (giveUp.Partition.Equals(_partition))
            {
                JobLog.PartitionGivenUp(_logger, _work?.Job ?? 0, _work?.Index ?? 0, (int)_services.Options.DrainTimeout.TotalSeconds);
                Context.Stop(_partition);
            }
        });
        Receive<GiveUp>(_ =>
        {
            JobLog.PartitionGivenUp(_logger, _work?.Job ?? 0, _work?.Index ?? 0, (int)_services.Options.DrainTimeout.TotalSeconds);
            Context.Stop(Self);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NodeServices services, IActorRef jobs) => Akka.Actor.Props.Create(() => new PartitionEntity(services, jobs));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        if (_work is { } work)
        {
            JobLog.PartitionBroke(_logger, work.Job, work.Index, exception.Message);
            _jobs.Tell(new PartitionFailed(work.Job, work.Walk, work.Index, exception.Message, Final: false));
        }

        return Directive.Stop;
    });

    protected override void PostStop() => _registration.Dispose();

    private void OnRun(RunPartition run)
    {
        if (_stopping)
        {
            return;
        }

        if (_work is { } old && old.Walk != run.Walk)
        {
            StopPartition();
        }

        _work = run;
        Timers.StartSingleTimer("forgotten", new Forgotten(), s_forgotten);
        if (_partition.IsNobody())
        {
            BeginWhenPossible();
        }
        else
        {
            _partition.Tell(new ListingAdvanced(run.Listed));
        }
    }

    /// <summary>Gives the partition back where this node cannot read its documents; true when it did.</summary>
    private bool GiveBackIfUnable()
    {
        if (_work is not { } work || _services.Partitions.WhyUnable(work.Job, work.Walk) is not { } words)
        {
            return false;
        }

        _jobs.Tell(new PartitionFailed(work.Job, work.Walk, work.Index, words, Final: false) { UnableAt = work.Place });
        Passivate();
        return true;
    }

    private void BeginWhenPossible()
    {
        if (!_stopping && _partition.IsNobody() && GiveBackIfUnable())
        {
            return;
        }

        if (_stopping || _work is not { } work || !_partition.IsNobody() || Timers.IsTimerActive("begin") || _services.Partitions.Find(work.Job, work.Walk) is not { } place)
        {
            return; // The job is not open here yet; it is asked again within a second.
        }

        _registration.Dispose();
        _place = place;
        _partition = Context.ActorOf(PartitionActor.Props(work.Index, place.Context), $"partition-{_number++}");
        Context.Watch(_partition);
        _partition.Tell(new ListingAdvanced(work.Listed));
        var self = Self;
        _registration = place.Stopped.Register(() => self.Tell(new PlaceGone(place)));
    }

    private void OnTerminated(Terminated terminated)
    {
        if (!terminated.ActorRef.Equals(_partition))
        {
            return;
        }

        Timers.Cancel("stop");
        _partition = ActorRefs.Nobody;
        _place = null;
        if (_stopping)
        {
            Context.Stop(Self);
        }
        else if (_work is null)
        {
            Passivate();
        }
        else if (GiveBackIfUnable())
        {
            return;
        }
        else if (_work is { } work && _services.Partitions.Find(work.Job, work.Walk) is { } place)
        {
            Timers.StartSingleTimer("begin", new Begin(), Backoff.Delay(place.Context.Options, ++_breaks));
        }
    }

    /// <summary>Records what has been acknowledged, then stops. What is still under way is done again by whoever comes next.</summary>
    private void StopPartition()
    {
        if (!_partition.IsNobody())
        {
            _partition.Tell(new StopPartition());
            Timers.StartSingleTimer("stop", new GiveUpPartition(_partition), _services.Options.DrainTimeout); // What it waits for may never come.
        }
    }

    private void Passivate()
    {
        _stopping = true;
        Context.Parent.Tell(new Passivate(HandOff.Instance));
    }

    private void OnHandOff()
    {
        _stopping = true;
        if (_partition.IsNobody())
        {
            Context.Stop(Self);
            return;
        }

        _partition.Tell(new FinishPartition());
        Timers.StartSingleTimer("give-up", new GiveUp(), _services.Options.DrainTimeout);
    }

    /// <summary>From the engine: the entity moves, or is done.</summary>
    internal sealed record HandOff
    {
        public static readonly HandOff Instance = new();
    }

    private sealed record Begin;

    private sealed record Forgotten;

    private sealed record PlaceGone(NodePartitions.Place Place);

    private sealed record GiveUp;

    private sealed record GiveUpPartition(IActorRef Partition);
}
