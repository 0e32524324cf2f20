using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Partitions;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Jobs;

/// <summary>
/// One job that runs: walks its sources one after the other, keeps the partitions of the walk started, compares and prunes at the end, writes how far it is. All it
/// knows is in the ledger and the job store; another one in its place goes on from there.
/// </summary>
internal sealed partial class JobActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(10);

    private readonly NodeServices _services;
    private readonly JobRecord _record;
    private readonly JobPartitions _partitions;
    private readonly JobWriter _writer;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();
    private readonly NoticeBoard _notices = new();
    private readonly JobProgress _progress;
    private JobTicket _ticket;
    private Task<JobWalk>? _opening;
    private int _openings;
    private JobWalk? _walk;
    private CancellationTokenSource _walking = new();
    private bool _listed;
    private bool _settling;
    private bool _wished;
    private bool _ended;
    private (JobState State, string? Reason) _end;
    private long _history;

    public JobActor(NodeServices services, JobRecord record, IActorRef partitions, long epoch)
    {
        _services = services;
        _record = record;
        _wished = record.State != JobState.Running; // Somebody has submitted or resumed it; otherwise it only changes its coordinator.
        _history = services.Ledger.History;
        _logger = services.Loggers.CreateLogger<JobActor>();
        _progress = JobProgress.Read(record.Progress);
        _ticket = new JobTicket(record.Id, record.Submission.Name, record.Submission.Sources, record.Submission.Settings, record.Submission.Weight) { Source = record.SourcesDone };
        _partitions = new JobPartitions(record.Id, partitions, _progress, _notices);
        _writer = new JobWriter(services.Jobs, epoch, record.Id, _progress, _notices, services.Time, Self);
        var (parent, self) = (Context.Parent, Self);
        _notices.Posted += text =>
        {
            JobLog.Notice(_logger, $"Job {record.Id}: {text}");
            parent.Tell(new Waits(record.Id), self); // What holds it up is its own: a database that is down, say.
        };
        Receive<Begin>(_ => BeginSource());
        Receive<WalkReady>(OnWalk);
        Receive<ListingAdvanced>(_ => RunPartitions());
        Receive<Listed>(_ =>
        {
            _listed = true;
            _progress.Listed = true;
            RunPartitions();
            SettleWhenDone();
        });
        Receive<Tick>(_ =>
        {
            if (_services.Ledger.History is var history && history != _history)
            {
                _history = history;
                OnFailure(JobRuntimeActor.LedgerWentBack());
                return;
            }

            RunPartitions();
            if (!_ended)
            {
                _writer.Report(_walk);
            }
        });
        Receive<Round>(_ => _partitions.Rest());
        Receive<JobWriter.Reported>(_ => _writer.Over());
        Receive<JobWriter.Saved>(_ => Context.Parent.Tell(new Runs(_ticket.Id)));
        Receive<PartitionEnded>(ended =>
        {
            if (ended.Walk == _ticket.Walk?.Id && _listed && _partitions.End(ended.Index))
            {
                SettleWhenDone();
            }
        });
        Receive<PartitionFailed>(OnPartitionFailed);
        Receive<NodeProgress>(OnNodeProgress);
        Receive<HeardEnough>(_ => CloseSource());
        Receive<Reweigh>(message =>
        {
            _ticket = _ticket with { Weight = message.Weight };
            Context.Parent.Tell(new TicketChanged(_ticket));
        });
        Receive<Settled>(OnSettled);
        Receive<WriteEnd>(_ => _writer.SaveEnd(_end.State, _ticket.Source, _end.Reason));
        Receive<JobWriter.EndWritten>(_ => Context.Parent.Tell(new Ended(_ticket.Id)));
        Receive<Status.Failure>(failure => OnFailure(failure.Cause));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NodeServices services, JobRecord record, IActorRef partitions, long epoch) =>
        Akka.Actor.Props.Create(() => new JobActor(services, record, partitions, epoch));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Restart);

    protected override void PreStart()
    {
        _writer.Save(JobState.Running, _ticket.Source, null);
        Self.Tell(new Begin());
        Timers.StartPeriodicTimer("tick", new Tick(), s_period);
        Timers.StartPeriodicTimer("round", new Round(), s_round);
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _writer.Stop();
        CloseWalk();
    }

    /// <summary>Others may walk its documents; its connections are given back.</summary>
    private void CloseWalk()
    {
        if (_opening is { } opening)
        {
            _opening = null;
            _ = JobWalk.CloseLaterAsync(opening, _logger); // Nobody takes it any more when it is open.
        }

        if (_walk is { } walk)
        {
            _walk = null;
            _progress.Count(JobCounts.Deleted, walk.Meters.Deleted.Items); // Of the end of the walk: no node reports it.
            _walking.Cancel();
            _ = JobWalk.CloseLaterAsync(Task.FromResult(walk), _logger);
        }
    }

    private void BeginSource()
    {
        CloseWalk(); // Of an earlier try.
        var (services, ticket, token) = (_services, _ticket, _stopped.Token);
        var start = _progress.Source != ticket.Source || _progress.Walk == 0 ? WalkStart.New : _wished ? WalkStart.GoOnOrAnew : WalkStart.GoOn;
        var notices = _notices;
        var (parent, self) = (Context.Parent, Self);
        var number = ++_openings;
        _opening = Task.Run(() => JobWalk.BeginAsync(services, ticket, start, notices, () => parent.Tell(new Waits(ticket.Id), self), token), token);
        _opening.PipeTo(Self, success: walk => new WalkReady(number, walk));
    }

    private void OnWalk(WalkReady ready)
    {
        if (_opening is null || ready.Number != _openings)
        {
            return; // Of an earlier try, and closed by now.
        }

        var walk = ready.Walk;
        (_opening, _walk, _wished) = (null, walk, false);
        _walking = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token);
        _partitions.Begin(walk.Walk.Id, walk.Partitions);
        _listed = walk.Walk.Listed;
        _progress.Listed = _listed;
        _settling = false;
        _ticket = _ticket with { Walk = walk.Walk, Partitions = walk.Partitions, ModelFingerprint = walk.ModelFingerprint };
        _progress.Begin(_ticket);
        _notices.Clear("job", "it goes on");
        JobLog.WalkBegun(_logger, _ticket.Id, _ticket.Name, walk.Walk.Id, walk.Walk.Spec.Scope.Uri);
        _writer.Report(_walk); // The walk's number first: whoever takes over must go on with this one.
        Context.Parent.Tell(new TicketChanged(_ticket));
        if (!_listed)
        {
            var (self, token) = (Self, _walking.Token);
            Task.Run(() => walk.ListAsync(self, token), token).PipeTo(self, success: static () => new Listed());
        }

        RunPartitions();
    }

    private void RunPartitions()
    {
        if (_walk is not null && !_settling)
        {
            _partitions.Run(_listed);
        }
    }

    private void OnPartitionFailed(PartitionFailed failed)
    {
        if (failed.Walk != _ticket.Walk?.Id)
        {
            return;
        }

        if (failed.Final)
        {
            End(JobState.Failed, failed.Reason);
        }
        else
        {
            _partitions.Fail(failed, _listed);
        }
    }

    private void End(JobState state, string? reason)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        Timers.CancelAll();
        JobLog.StateChanged(_logger, _ticket.Id, _ticket.Name, reason is null ? state.ToString() : $"{state}: {reason}");
        _end = (state, reason);
        _writer.SaveEnd(state, _ticket.Source, reason);
    }

    private void OnFailure(Exception exception)
    {
        exception = exception is AggregateException { InnerException: { } inner } ? inner : exception;
        if (exception is OperationCanceledException)
        {
            return;
        }

        if (exception is SupersededException)
        {
            Context.Parent.Tell(new Overtaken(_ticket.Id)); // Another coordinator has it, or will: nothing is written over what that one writes.
            return;
        }

        if (_ended)
        {
            JobLog.EndNotWritten(_logger, _ticket.Id, exception.Message, (int)s_retry.TotalSeconds);
            Timers.StartSingleTimer("end", new WriteEnd(), s_retry);
            return;
        }

        if (exception is ConfigurationException or ModelException or StorageException { IsMendable: false } or CollectionMismatchException or RemovalWithheldException)
        {
            _progress.Withheld = (exception as RemovalWithheldException)?.Withheld ?? 0;
            End(JobState.Failed, exception is RemovalWithheldException ? $"{exception.Message} In a cluster: sluice job resume {_ticket.Id} --prune agrees, sluice job resume {_ticket.Id} looks again." : exception.Message);
            return;
        }

        // Nobody's fault that is known, or somebody has to mend it: tried again, and said.
        Context.Parent.Tell(new Waits(_ticket.Id));
        _notices.Post("job", exception is StorageException or SourceLostException
            ? $"it waits until this is mended, and looks again every {s_retry.TotalSeconds:0} s: {exception.Message}"
            : $"it broke and goes on in {s_retry.TotalSeconds:0} s: {exception.GetType().Name}: {exception.Message}");
        (_settling, _closing) = (false, null);
        _writer.Over();
        _partitions.BeginAgain();
        Timers.StartSingleTimer("again", new Begin(), s_retry);
    }

    /// <summary>To the parent: what nodes have to know has changed.</summary>
    internal sealed record TicketChanged(JobTicket Ticket);

    /// <summary>To the parent: it is written that the job runs.</summary>
    internal sealed record Runs(long Job);

    /// <summary>To the parent: it may take a while until there is work; the others need not wait for it.</summary>
    internal sealed record Waits(long Job);

    /// <summary>To the parent: another coordinator has taken over the job's walk, or all jobs.</summary>
    internal sealed record Overtaken(long Job);

    /// <summary>To the parent: the job has ended, and that is written.</summary>
    internal sealed record Ended(long Job);

    /// <summary>To this actor: how a node's work goes.</summary>
    internal sealed record NodeProgress(NodeReport Report);

    /// <summary>To this actor: the weight has changed.</summary>
    internal sealed record Reweigh(int Weight);

    private sealed record Begin;

    private sealed record WalkReady(int Number, JobWalk Walk);

    private sealed record Listed;

    private sealed record Tick;

    private sealed record WriteEnd;

    private sealed record Round;
}
