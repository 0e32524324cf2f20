using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Partitions;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Models;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Failures;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Jobs;

/// <summary>
/// A job's work on this node: opens what the node's roles need for it and runs the stations. When something in it breaks it tells its parent why and dies, and is begun
/// anew; what was inside is then offered again by whoever owns it.
/// </summary>
internal sealed class JobRuntimeActor : ReceiveActor, IWithTimers
{
    private readonly NodeServices _services;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();
    private readonly NoticeBoard _notices = new();
    private readonly long _history;
    private JobTicket _ticket;
    private int _weight;
    private IJobParts? _job;
    private JobModel? _model;
    private IngestionMeters? _meters;
    private BufferGauge? _held;
    private IActorRef? _reading;
    private EmbedStation? _embed;
    private IndexStation? _index;
    private bool _draining;
    private IActorRef _drainer = ActorRefs.Nobody;

    public JobRuntimeActor(NodeServices services, JobTicket ticket)
    {
        _services = services;
        _ticket = ticket;
        _weight = ticket.Weight;
        _history = services.Ledger.History;
        _logger = services.Loggers.CreateLogger<JobRuntimeActor>();
        _notices.Posted += text => JobLog.Notice(_logger, text);
        Receive<Begin>(_ => Open());
        Receive<ModelReady>(ready => OnModel(ready.Model));
        Receive<EmbedderPoolsActor.PoolReady>(ready =>
        {
            Context.Watch(ready.Pool);
            Run(ready.Pool);
        });
        Receive<Terminated>(_ => Break(new ModelException("The model's sessions have stopped."))); // Batches that it had are answered by nobody.
        Receive<Broken>(broken =>
        {
            if (broken.Exception is not null && !_draining)
            {
                Break(broken.Exception);
            }
        });
        Receive<Reweigh>(message => Volatile.Write(ref _weight, message.Weight));
        Receive<GroupsStored>(message =>
        {
            foreach (var stored in message.Groups)
            {
                _embed?.Stored(stored.Group);
            }

            Sender.Tell(new GroupsStoredTaken(message.Number));
        });
        Receive<AskReport>(_ =>
        {
            Sender.Tell(Report());
            if (_services.Ledger.History != _history)
            {
                Break(LedgerWentBack()); // What its partitions remember may be ahead of the ledger: they begin anew from it.
            }
        });
        Receive<Drain>(_ =>
        {
            _draining = true;
            _drainer = Sender;
            _embed?.Drain();
            Timers.StartPeriodicTimer("drained", new CheckDrained(), TimeSpan.FromMilliseconds(50));
        });
        Receive<CheckDrained>(_ => CheckIfDrained());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NodeServices services, JobTicket ticket) => Akka.Actor.Props.Create(() => new JobRuntimeActor(services, ticket));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Restart);

    protected override void PreStart()
    {
        JobLog.TakenUp(_logger, _ticket.Id, _ticket.Name);
        Self.Tell(new Begin());
    }

    protected override void PostStop()
    {
        Close();
        _stopped.Cancel();
        JobLog.PutDown(_logger, _ticket.Id);
    }

    private void Open()
    {
        try
        {
            _job = _services.Workshop.Open(_ticket);
            _meters = new IngestionMeters(OptionsFor(_ticket, _job.Options), _services.Time, _services.Metrics, SchemeOf(_ticket.Walk?.Spec.Sink));
            _services.Metrics?.Add(_meters);
            _held = new BufferGauge(_job.Options.SinkBufferBytes);
        }
        catch (Exception exception)
        {
            Break(exception);
            return;
        }

        if (!_services.Has(NodeRoles.Parse) && !_services.Has(NodeRoles.Embed))
        {
            Run(ActorRefs.Nobody); // Only indexes: needs no model.
            return;
        }

        var (job, services, fingerprint, token) = (_job, _services, _ticket.ModelFingerprint, _stopped.Token);
        Task.Run(() => ModelFinder.OpenAsync(services, job, fingerprint, token), token)
            .PipeTo(Self, success: static model => new ModelReady(model), failure: static exception => new Broken(exception));
    }

    private void OnModel(JobModel model)
    {
        _model = model;
        if (_services.Has(NodeRoles.Embed))
        {
            _services.Pools.Tell(new EmbedderPoolsActor.UsePool(model, _job!.EmbedSessions, _job.Options, _notices));
        }
        else
        {
            Run(ActorRefs.Nobody);
        }
    }

    private void Run(IActorRef pool)
    {
        if (_draining)
        {
            return;
        }

        var (job, meters) = (_job!, _meters!);
        if (_services.Has(NodeRoles.Index))
        {
            _index = new IndexStation(_services, _ticket, job.Sink, job.Options, meters, _notices, Context);
            WatchStation(_index.Ended);
        }

        if (_services.Has(NodeRoles.Embed))
        {
            _embed = new EmbedStation(_services, _ticket, job.Options, _model!, (pool, job.EmbedSessions), () => Volatile.Read(ref _weight), meters, _index?.Vectors, _held!, Context);
            WatchStation(_embed.Ended);
        }

        if (_services.Has(NodeRoles.Parse))
        {
            var parts = new IngestionParts(_model!.Parser, _model.Chunker, _model.Info, _model.OpenEmbedder, job.Sink, _services.Ledger);
            _reading = Context.ActorOf(ReadingActor.Props(_services, _ticket, parts, job, meters, _notices), "reading");
        }

        Context.Parent.Tell(new JobWorks(_ticket.Id));
    }

    /// <summary>Why work on a job begins anew after a failover of the ledger's database.</summary>
    internal static TransientException LedgerWentBack() =>
        new("the ledger is another database than before (a standby has taken the place of its server, or it was restored): it begins anew from what is there.");

    private void WatchStation(Task ended) =>
        ended.PipeTo(Self, success: static () => new Broken(null), failure: static exception => new Broken(exception));

    private void Break(Exception exception)
    {
        Close();
        exception = exception is AggregateException { InnerException: { } inner } ? inner : exception;
        Context.Parent.Tell(new JobBroken(_ticket.Id, exception is SluiceException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}"));
        Context.Stop(Self);
    }

    private void Close()
    {
        if (_reading is { } reading)
        {
            Context.Stop(reading);
        }

        _embed?.Dispose();
        (_reading, _embed, _index) = (null, null, null);
        if (_meters is not null)
        {
            _services.Metrics?.Remove(_meters);
        }

        if (_job is { } job)
        {
            _job = null;
            _ = DisposeLaterAsync(job, _logger);
        }
    }

    /// <summary>Its connections are given back; who still writes gets an error and is done again elsewhere.</summary>
    private static async Task DisposeLaterAsync(IJobParts job, ILogger logger)
    {
        try
        {
            await job.DisposeAsync();
        }
        catch (Exception exception)
        {
            JobLog.Notice(logger, $"closing a job's database failed: {exception.Message}");
        }
    }

    private JobReport Report() => new(
        _ticket.Id,
        _meters is null ? new Dictionary<string, long>(StringComparer.Ordinal) : JobCounts.Read(_meters, _services.Has(NodeRoles.Index) ? null : _held),
        _meters is null ? [] : Gauges(_meters),
        [.. _notices.Current, .. Truncations()]);

    /// <summary>What the database could not hold whole, of what this node has written.</summary>
    private IEnumerable<string> Truncations() =>
        _index is not null && _job?.Sink is IReportsTruncation reporting ? reporting.Truncations.Select(static truncation => truncation.Describe()) : [];

    private List<GaugeReport> Gauges(IngestionMeters meters)
    {
        var gauges = new List<GaugeReport>();
        if (_reading is not null)
        {
            var (fill, bound) = (0L, 0L);
            foreach (var gauge in meters.InFlight)
            {
                fill += gauge.Fill;
                bound += gauge.Fill > 0 ? gauge.Bound : 0; // Those of other nodes are empty here.
            }

            gauges.Add(new GaugeReport("in-flight", fill, Math.Max(bound, meters.InFlight[0].Bound), "bytes"));
        }

        if (_embed is not null)
        {
            gauges.Add(new GaugeReport("packing", meters.Embed.Window.Fill, meters.Embed.Window.Bound, "tokens"));
            gauges.Add(new GaugeReport("vectors", _held!.Fill, _held.Bound, "bytes"));
        }

        if (_index is not null)
        {
            gauges.Add(new GaugeReport("sink", meters.SinkBuffer.Fill, meters.SinkBuffer.Bound, "bytes"));
        }

        gauges.AddRange(JobCounts.Workers(meters));
        return gauges;
    }

    private void CheckIfDrained()
    {
        if (_embed is { Inside: > 0 })
        {
            return;
        }

        _index?.Drain();
        if (_index is not { Inside: > 0 })
        {
            Timers.Cancel("drained");
            _drainer.Tell(new Drained());
        }
    }

    private static string SchemeOf(string? uri) => uri?.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? uri[..colon] : "";

    private static PipelineOptions OptionsFor(JobTicket ticket, PipelineOptions options)
    {
        options.Partitions = Math.Max(ticket.Partitions, 1);
        return options;
    }

    /// <summary>To this actor: the job's weight has changed.</summary>
    internal sealed record Reweigh(int Weight);

    /// <summary>To this actor: answer with a <see cref="JobReport"/>.</summary>
    internal sealed record AskReport;

    /// <summary>The answer to <see cref="Exchanges.Drain"/>: nothing is inside any more.</summary>
    internal sealed record Drained;

    /// <summary>To the parent: the stations run.</summary>
    internal sealed record JobWorks(long Job);

    /// <summary>To the parent: something broke; this actor dies.</summary>
    internal sealed record JobBroken(long Job, string Reason);

    private sealed record Begin;

    private sealed record ModelReady(JobModel Model);

    /// <summary>To this actor: a part of it has ended, with this failure, or without one.</summary>
    internal sealed record Broken(Exception? Exception);

    private sealed record CheckDrained;
}
