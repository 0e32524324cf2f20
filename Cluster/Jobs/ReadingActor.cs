using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Sources;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Cluster.Jobs;

/// <summary>
/// A job's reading on this node: looks whether the source is there and is the one that was walked before it lets partitions in, and again and again. A node whose mount is
/// gone would find every document vanished: it lets its partitions go to others, says so, and takes part again when the source is back.
/// </summary>
internal sealed class ReadingActor : ReceiveActor, IWithTimers
{
    private const string Topic = "reading";

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(5);

    /// <summary>A network mount that hangs answers nothing at all.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);

    private readonly NodeServices _services;
    private readonly JobTicket _ticket;
    private readonly IngestionParts _parts;
    private readonly IJobParts _job;
    private readonly IngestionMeters _meters;
    private readonly NoticeBoard _notices;
    private readonly ILogger _logger;
    private readonly string _address = Akka.Cluster.Cluster.Get(Context.System).SelfAddress.ToString();
    private readonly CancellationTokenSource _stopped = new();
    private IDocumentSource? _source;
    private string? _root;
    private ParseStation? _station;
    private bool _unable;

    public ReadingActor(NodeServices services, JobTicket ticket, IngestionParts parts, IJobParts job, IngestionMeters meters, NoticeBoard notices)
    {
        _services = services;
        _ticket = ticket;
        _root = ticket.Walk!.Root;
        _parts = parts;
        _job = job;
        _meters = meters;
        _notices = notices;
        _logger = services.Loggers.CreateLogger<ReadingActor>();
        Receive<Look>(_ => LookAtSource());
        Receive<Seen>(OnSeen);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(NodeServices services, JobTicket ticket, IngestionParts parts, IJobParts job, IngestionMeters meters, NoticeBoard notices) =>
        Akka.Actor.Props.Create(() => new ReadingActor(services, ticket, parts, job, meters, notices));

    protected override void PreStart() => Self.Tell(new Look());

    protected override void PostStop()
    {
        _stopped.Cancel();
        _station?.Dispose();
        _services.Partitions.SetUnable(_ticket.Id, _ticket.Walk!.Id, null);
        SetUnable(false);
    }

    private void LookAtSource()
    {
        var (known, root, job, ticket, time, token) = (_source, _root, _job, _ticket, _services.Time, _stopped.Token);
        Task.Run(
            async () =>
            {
                var source = known ?? job.OpenSource(ticket.Source);
                return new Seen(source, await source.CheckRootAsync(root, token).AsTask().WaitAsync(s_longest, time, token));
            },
            token).PipeTo(Self, failure: static exception => new Seen(null, RootCheck.Away(Words(exception))));
    }

    private static string Words(Exception exception)
    {
        exception = exception is AggregateException { InnerException: { } inner } ? inner : exception;
        return exception switch
        {
            SluiceException => exception.Message,
            TimeoutException => $"nothing answers there within {s_longest.TotalSeconds:0} s",
            _ => $"{exception.GetType().Name}: {exception.Message}",
        };
    }

    private void OnSeen(Seen seen)
    {
        _source = seen.Source ?? _source;
        _root = seen.Check.Root ?? _root; // As it looks from this node and now: whatever comes and goes from here on is compared with that.
        Timers.StartSingleTimer("look", new Look(), s_period);
        if (seen.Check.State == RootState.There)
        {
            Begin();
        }
        else
        {
            GiveAway(Why(seen.Check));
        }
    }

    private string Why(RootCheck check) => check.State == RootState.Replaced ? SourceAdvice.OfJob(_ticket.Id).Replaced(check.Message) : check.Message ?? "it is not there";

    private void Begin()
    {
        if (_station is not null)
        {
            return;
        }

        try
        {
            _station = new ParseStation(_services, _ticket, _parts, _job, _source!, _root, _meters, _notices, Context);
        }
        catch (Exception exception)
        {
            Context.Parent.Tell(new JobRuntimeActor.Broken(exception));
            return;
        }

        _services.Partitions.SetUnable(_ticket.Id, _ticket.Walk!.Id, null);
        _notices.Clear(Topic, $"{_address} can read the documents of job {_ticket.Id} again");
        SetUnable(false);
    }

    private void GiveAway(string why)
    {
        var words = $"{_address} cannot read the documents, and leaves them to other nodes: {why}";
        _services.Partitions.SetUnable(_ticket.Id, _ticket.Walk!.Id, words); // Before the place goes: a partition that ends must know where not to begin again.
        _station?.Dispose();
        _station = null;
        if (!_unable)
        {
            JobLog.CannotRead(_logger, _ticket.Id, why);
        }

        _notices.Post(Topic, words);
        SetUnable(true);
    }

    private void SetUnable(bool unable)
    {
        if (_unable != unable)
        {
            _unable = unable;
            _services.Metrics?.CountUnreadable(unable ? 1 : -1);
        }
    }

    private sealed record Look;

    private sealed record Seen(IDocumentSource? Source, RootCheck Check);
}
