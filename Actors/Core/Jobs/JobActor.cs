using Akka.Actor;
using Akka.Streams;
using Sluice.Actors.Core.Embedding;
using Sluice.Actors.Core.Indexing;
using Sluice.Actors.Core.Partitions;
using Sluice.Actors.Core.Sources;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Jobs;

/// <summary>
/// Owns a run: walks the source, keeps embedder, indexer and partitions going, prunes at the end, accounts. A partition whose stream breaks is started anew with
/// back-off. What cannot be mended (a full disk, a model that does not open) ends the run with its reason; what is recorded stays done.
/// </summary>
internal sealed partial class JobActor : ReceiveActor, IWithTimers
{
    /// <summary>Restarts of partitions after which the run is given up, when no document was settled in between.</summary>
    private const int MaxRestarts = 5;

    private readonly IngestionRequest _request;
    private readonly IngestionParts _parts;
    private readonly PipelineOptions _options;
    private readonly Walk _walk;
    private readonly IngestionMeters _meters;
    private readonly NoticeBoard _notices;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _cancelled = new();
    private readonly CancellationTokenSource _discard = new();
    private readonly Dictionary<int, IActorRef> _partitions = [];
    private readonly HashSet<int> _done = [];
    private readonly HashSet<IActorRef> _stopping = [];
    private readonly RunEnd _end;
    private readonly IMaterializer _materializer;
    private readonly SourceGuard _guard;
    private PartitionContext? _context;
    private UniqueKillSwitch? _switch;
    private IActorRef _embedder = ActorRefs.Nobody;
    private IActorRef _indexer = ActorRefs.Nobody;
    private SinkWriter? _writer;
    private IActorRef _requester = ActorRefs.Nobody;
    private bool _listed;
    private bool _listingComplete;
    private bool _ending;
    private bool _settling;
    private int _repairs;
    private int _relistings;
    private int _lives;
    private bool _stopped;
    private int _restarts;
    private long _settledAtRestart;

    public JobActor(IngestionRequest request, IngestionParts parts, PipelineOptions options, Walk walk, IngestionMeters meters, NoticeBoard notices, TimeProvider time)
    {
        _request = request;
        _parts = parts;
        _options = options;
        _walk = walk;
        _meters = meters;
        _notices = notices;
        _time = time;
        _materializer = Context.Materializer();
        _end = new RunEnd(parts, options, walk, meters, notices, time);
        _guard = new SourceGuard(request.Source, options, notices, time) { MayLose = request.Prune == PruneMode.Always };
        Receive<StartJob>(_ => Start());
        Receive<ListingAdvanced>(message => Broadcast(message));
        Receive<Listed>(message =>
        {
            _listed = true;
            _meters.ListingEnded = true;
            _meters.Listed.AddWorkers(-1);
            _listingComplete = message.Complete;
            Broadcast(new ListingAdvanced(Complete: true));
        });
        Receive<PartitionDone>(message =>
        {
            if (Sender.Equals(_partitions.GetValueOrDefault(message.Partition)))
            {
                _done.Add(message.Partition);
                EndWhenDone();
            }
        });
        Receive<RunEnd.Reconciled>(OnReconciled);
        Receive<RestartPartition>(message => StartPartition(message.Index));
        Receive<Terminated>(OnTerminated);
        Receive<RunFailed>(message => Fail(message.Exception));
        Receive<GraphEnded>(OnGraphEnded);
        Receive<StopJob>(_ => Stop());
        Receive<PartitionStopped>(_ =>
        {
            _stopping.Remove(Sender);
            AccountWhenStopped();
        });
        Receive<StopTimedOut>(_ =>
        {
            _end.Warn($"work under way did not end within {_options.StopTimeout.TotalSeconds:0} s and was left; the next run does it again");
            _stopping.Clear();
            AccountWhenStopped();
        });
        Receive<JobEnded>(message =>
        {
            _switch!.Shutdown();
            _requester.Tell(message);
        });
        Receive<RunEnd.ListingLost>(lost => ListAgain(lost.Exception));
        Receive<Status.Failure>(failure => Fail(failure.Cause));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IngestionRequest request, IngestionParts parts, PipelineOptions options, Walk walk, IngestionMeters meters, NoticeBoard notices, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new JobActor(request, parts, options, walk, meters, notices, time));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    /// <summary>A fault of this actor itself: whoever waits for the run is told, and it does not begin anew, since it has lost what it knew.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        _requester.Tell(new Status.Failure(reason));
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason) => Context.Stop(Self);

    protected override void PostStop()
    {
        _cancelled.Cancel();
        _discard.Cancel();
    }

    private void Start()
    {
        _requester = Sender;
        _writer = new SinkWriter(_parts.Sink, _options, _notices, _time, _meters.SinkRetries);
        _indexer = Context.ActorOf(IndexerActor.Props(_writer, _meters.Stored), "indexer");
        _embedder = _parts.Share?.Embedder ?? Context.ActorOf(EmbedderPool.For(_parts.Sessions, _parts.OpenEmbedder, _options, _meters.Inference, _notices), "embedder");
        Context.Watch(_embedder);
        _meters.Inference.AddWorkers(_parts.Sessions);
        RunGraph();
        for (var index = 0; index < _options.Partitions; index++)
        {
            StartPartition(index);
        }

        List(_walk);
    }

    private void List(Walk from)
    {
        var walk = new SourceWalk(_request.Source, _parts.Ledger, from, _guard, _meters.Listed) { Gate = _meters.Gate, Notices = _notices };
        _meters.Listed.AddWorkers(1);
        var (self, token) = (Self, _cancelled.Token);
        Task.Run(() => walk.RunAsync(self, token), token).PipeTo(self, success: static complete => new Listed(complete));
    }

    private void RunGraph()
    {
        var (groups, killSwitch, ended) = PipelineGraph.Run(_parts, _options, _embedder, _indexer, _meters, _time, _materializer, _discard.Token);
        _switch = killSwitch;
        _context = new PartitionContext(_parts, _request.Source, _walk, _options, _indexer, groups, static _ => { }, _meters, _notices, _time)
        {
            Fetch = new StoredEmbeddings(_writer!.Calls).FetchAsync,
            Guard = _guard,
        };
        ended.PipeTo(Self, success: static () => new GraphEnded(null), failure: static exception => new GraphEnded(exception));
    }

    private void StartPartition(int index)
    {
        if (_ending || _stopped)
        {
            return;
        }

        var partition = Context.ActorOf(PartitionActor.Props(index, _context!), $"partition-{index}-{_lives++}");
        _partitions[index] = partition;
        Context.Watch(partition);
        partition.Tell(new ListingAdvanced(_listed));
    }

    private void Broadcast(object message)
    {
        foreach (var partition in _partitions.Values)
        {
            partition.Tell(message);
        }
    }

    private void OnTerminated(Terminated terminated)
    {
        if (_ending || _stopped)
        {
            _stopping.Remove(terminated.ActorRef);
            AccountWhenStopped();
            return;
        }

        if (terminated.ActorRef.Equals(_embedder))
        {
            return; // It has answered with its reason, which ends the graph.
        }

        foreach (var (index, partition) in _partitions)
        {
            if (partition.Equals(terminated.ActorRef))
            {
                _partitions.Remove(index);
                RestartLater(index, "a partition broke");
                return;
            }
        }
    }

    private void RestartLater(int index, string what)
    {
        var settled = _meters.Indexed.Items + _meters.Skipped.Items + _meters.Dead.Items + _meters.Unchanged.Items;
        _restarts = settled > _settledAtRestart ? 1 : _restarts + 1;
        _settledAtRestart = settled;
        if (_restarts > MaxRestarts)
        {
            Fail(new StorageException($"{what} {_restarts} times without a document getting done in between; see the log for the reason, and run again: what is done stays done"));
            return;
        }

        Timers.StartSingleTimer($"restart-{index}", new RestartPartition(index), Backoff.Delay(_options, _restarts));
    }

    private void OnGraphEnded(GraphEnded ended)
    {
        if (_stopped)
        {
            // Everything that will be acknowledged has been: the partitions record it and are done.
            foreach (var partition in _partitions.Values)
            {
                _stopping.Add(partition);
                partition.Tell(new StopPartition());
            }

            AccountWhenStopped();
        }
        else if (!_ending)
        {
            Fail(Unwrap(ended.Exception) ?? new InvalidOperationException("the pipeline ended before its work"));
        }
    }

    private void Fail(Exception exception)
    {
        exception = Unwrap(exception)!;
        if (exception is OperationCanceledException && _stopped)
        {
            return;
        }

        _requester.Tell(new Status.Failure(exception));
        Context.Stop(Self);
    }

    private static Exception? Unwrap(Exception? exception) => exception is AggregateException { InnerException: { } inner } ? Unwrap(inner) : exception;

    private sealed record Listed(bool Complete);

    private sealed record RestartPartition(int Index);

    private sealed record GraphEnded(Exception? Exception);

    private sealed record StopTimedOut;
}
