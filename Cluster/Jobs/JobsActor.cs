using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Jobs;

/// <summary>
/// The cluster's one list of jobs: a singleton on a coordinating node. Follows what people wish, keeps an actor for each job that runs, and tells every node that
/// reports what to work on. Everything it knows is in the job store and the ledger: one that takes over goes on where the last one was.
/// </summary>
internal sealed class JobsActor : ReceiveActor, IWithTimers
{
    /// <summary>Its name below the user guardian.</summary>
    public const string Name = "jobs";

    private static readonly TimeSpan s_newsWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    /// <summary>Longest that the other jobs wait for one that is being opened.</summary>
    private static readonly TimeSpan s_openingWait = TimeSpan.FromSeconds(15);

    private readonly NodeServices _services;
    private readonly IActorRef _partitions;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Dictionary<long, IActorRef> _jobs = [];
    private readonly Dictionary<long, JobTicket> _tickets = [];
    private readonly HashSet<long> _opening = [];
    private readonly HashSet<long> _running = [];
    private readonly ReportingNodes _nodes = new(s_silence);
    private bool _loaded;
    private long _epoch;
    private bool _waiting;
    private long _number;

    public JobsActor(NodeServices services, IActorRef partitions)
    {
        _services = services;
        _partitions = partitions;
        _logger = services.Loggers.CreateLogger<JobsActor>();
        Receive<Load>(_ => ListJobs());
        Receive<News>(_ =>
        {
            _waiting = false;
            ListJobs();
        });
        Receive<Loaded>(OnLoaded);
        Receive<Status.Failure>(OnStoreFailed);
        Receive<ReportNode>(OnReport);
        Receive<AskNodes>(_ => Sender.Tell(new NodesKnown(_nodes.Reports)));
        Receive<JobActor.TicketChanged>(changed =>
        {
            _opening.Remove(changed.Ticket.Id);
            _tickets[changed.Ticket.Id] = changed.Ticket;
            Publish();
        });
        Receive<JobActor.Runs>(runs =>
        {
            if (_jobs.ContainsKey(runs.Job))
            {
                _running.Add(runs.Job);
            }
        });
        Receive<JobActor.Waits>(waits => Pass(waits.Job));
        Receive<OpensLong>(opens => Pass(opens.Job));
        Receive<JobActor.Overtaken>(overtaken =>
        {
            Stop(overtaken.Job); // Whether this one coordinates still is looked up; if it does, the job is found in the store again, and begun anew.
            Timers.StartSingleTimer("retry", new Load(), s_retry);
        });
        Receive<JobActor.Ended>(ended =>
        {
            Stop(ended.Job); // With its connections, and its place among the walks.
            ListJobs();
        });
        Receive<PartitionEnded>(message => Forward(message.Job, message));
        Receive<PartitionFailed>(message => Forward(message.Job, message));
        Receive<Terminated>(terminated =>
        {
            foreach (var (job, actor) in _jobs)
            {
                if (actor.Equals(terminated.ActorRef))
                {
                    Remove(job); // It is found in the store again, and begun anew.
                }
            }
        });
        Receive<HandOver>(_ => Context.Stop(Self));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NodeServices services, IActorRef partitions) => Akka.Actor.Props.Create(() => new JobsActor(services, partitions));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    protected override void PreStart()
    {
        var stopped = _stopped.Token;
        Task.Run(
            async () =>
            {
                await _services.LedgerTaken.Task.WaitAsync(stopped);
                return new Load();
            },
            stopped).PipeTo(Self, success: load =>
            {
                JobLog.Coordinating(_logger);
                return load;
            });
    }

    protected override void PostStop() => _stopped.Cancel();

    private void ListJobs()
    {
        var (jobs, token) = (_services.Jobs, _stopped.Token);
        var (epoch, running) = (_epoch, _running.ToHashSet());
        Task.Run(
            async () =>
            {
                epoch = epoch == 0 ? await jobs.CoordinateAsync(token) : epoch;
                return new Loaded(await jobs.ListAsync(unendedOnly: true, limit: 1_000, token), epoch, await jobs.IsCoordinatorAsync(epoch, token), running);
            },
            token).PipeTo(Self);
    }

    /// <summary>
    /// Another one has taken over while this one stood still: it works on nothing, tells nobody anything and writes nothing. It is still here until the cluster has removed its node, or
    /// has it hand over.
    /// </summary>
    private void StandBack()
    {
        if (_loaded)
        {
            JobLog.Superseded(_logger);
        }

        _loaded = false;
        foreach (var job in _jobs.Keys.ToList())
        {
            Stop(job);
        }

        Timers.StartSingleTimer("retry", new Load(), s_silence);
    }

    private void OnLoaded(Loaded loaded)
    {
        _epoch = Math.Max(_epoch, loaded.Epoch); // Its first two questions may both have taken office: the later one counts.
        if (!loaded.Holds || loaded.Epoch != _epoch)
        {
            StandBack();
            return;
        }

        var running = new HashSet<long>();
        foreach (var record in loaded.Jobs.OrderBy(static record => record.Id))
        {
            if (record.Wish == JobWish.Run)
            {
                running.Add(record.Id);
                Keep(record, loaded.Running);
            }
            else if (!_jobs.ContainsKey(record.Id))
            {
                Settle(record);
            }
        }

        foreach (var record in loaded.Jobs)
        {
            if (!running.Contains(record.Id) && Stop(record.Id))
            {
                Settle(record);
            }
        }

        _loaded = true;
        Publish();
        var (store, token) = (_services.Jobs, _stopped.Token);
        if (!_waiting)
        {
            _waiting = true;
            Task.Run(
                async () =>
                {
                    await store.WaitForNewsAsync(s_newsWait, token);
                    return new News();
                },
                token).PipeTo(Self);
        }
    }

    private void Keep(JobRecord record, IReadOnlySet<long> ran)
    {
        if (_jobs.TryGetValue(record.Id, out var known))
        {
            if (_tickets.TryGetValue(record.Id, out var ticket) && ticket.Weight != record.Submission.Weight)
            {
                known.Tell(new JobActor.Reweigh(record.Submission.Weight));
            }

            // Written as running before the list was read, and queued in it.
            if (record.State != JobState.Queued || !ran.Contains(record.Id) || !_running.Contains(record.Id))
            {
                return;
            }

            Stop(record.Id); // Somebody has resumed it while it ran, or waited: it looks again at all that it stands on, and reads its settings anew.
        }

        var actor = Context.ActorOf(JobActor.Props(_services, record, _partitions, _epoch), $"job-{record.Id}-{++_number}");
        Context.Watch(actor);
        _jobs.Add(record.Id, actor);
        _opening.Add(record.Id);
        Timers.StartSingleTimer(record.Id, new OpensLong(record.Id), s_openingWait);
    }

    /// <summary>Writes the state that a wish leads to, for a job that nobody works on.</summary>
    private void Settle(JobRecord record)
    {
        var state = record.Wish == JobWish.Cancel ? JobState.Cancelled : JobState.Paused;
        if (record.State == state)
        {
            return;
        }

        JobLog.StateChanged(_logger, record.Id, record.Submission.Name, state.ToString());
        var (store, token) = (_services.Jobs, _stopped.Token);
        var epoch = _epoch;
        Task.Run(() => store.SaveAsync(epoch, record.Id, state, record.SourcesDone, null, token), token).PipeTo(Self, success: static () => new Load());
    }

    /// <summary>The others need not wait any longer for a job that is being opened.</summary>
    private void Pass(long job)
    {
        if (_opening.Remove(job))
        {
            Publish();
        }
    }

    private bool Stop(long job)
    {
        if (!_jobs.TryGetValue(job, out var actor))
        {
            return false;
        }

        Remove(job);
        Context.Unwatch(actor);
        Context.Stop(actor);
        return true;
    }

    private void Remove(long job)
    {
        _jobs.Remove(job);
        _opening.Remove(job);
        _running.Remove(job);
        Timers.Cancel(job);
        if (_tickets.Remove(job))
        {
            Publish();
        }
    }

    private void Forward(long job, object message)
    {
        if (_jobs.TryGetValue(job, out var actor))
        {
            actor.Forward(message);
        }
    }

    private void OnReport(ReportNode message)
    {
        var report = message.Report;
        _nodes.Add(Sender, report, _services.Time.GetUtcNow());
        foreach (var job in report.Jobs)
        {
            Forward(job.Job, new JobActor.NodeProgress(report with { Jobs = [job] }));
        }

        // One that has just taken over does not know yet what runs: better no answer than an empty board.
        if (_loaded && _opening.Count == 0)
        {
            Sender.Tell(BoardFor(report));
        }
    }

    private void Publish()
    {
        _number++;
        if (_loaded && _opening.Count == 0)
        {
            _nodes.Tell(BoardFor);
        }
    }

    private JobBoard BoardFor(NodeReport report) => ReportingNodes.BoardFor(report, _number, _tickets.Values, _epoch);

    private void OnStoreFailed(Status.Failure failure)
    {
        if (failure.Cause is OperationCanceledException || _stopped.IsCancellationRequested)
        {
            return;
        }

        var cause = failure.Cause is AggregateException { InnerException: { } inner } ? inner : failure.Cause;
        if (cause is SupersededException)
        {
            StandBack();
            return;
        }

        JobLog.StoreFailed(_logger, cause is SluiceException ? cause.Message : $"{cause.GetType().Name}: {cause.Message}", (int)s_retry.TotalSeconds);
        _waiting = false;
        Timers.StartSingleTimer("retry", new Load(), s_retry);
    }

    /// <summary>From the engine: another node takes over.</summary>
    internal sealed record HandOver
    {
        public static readonly HandOver Instance = new();
    }

    private sealed record Load;

    private sealed record News;

    private sealed record OpensLong(long Job);

    private sealed record Loaded(IReadOnlyList<JobRecord> Jobs, long Epoch, bool Holds, IReadOnlySet<long> Running);
}
