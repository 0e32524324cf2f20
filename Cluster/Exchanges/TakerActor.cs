using Akka;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Sluice.Cluster.Exchanges;

/// <summary>
/// Takes the groups of one exchange of one other node into a local stream, and keeps doing so: when the tap breaks off, for whatever reason, it is closed and another
/// one opened after a pause. Lives as long as that node is a member; the other side watches it.
/// </summary>
internal sealed class TakerActor<T> : ReceiveActor, IWithTimers
{
    private const int FirstPause = 200;
    private const int LongestPause = 3_000;
    private static readonly TimeSpan s_openTimeout = TimeSpan.FromSeconds(5);

    private readonly TakerSettings _settings;
    private readonly Sink<T, NotUsed> _into;
    private readonly IMaterializer _materializer = Context.Materializer();
    private readonly ActorSelection _taps;
    private readonly string _from;
    private IActorRef _server = ActorRefs.Nobody;
    private long? _tap;
    private UniqueKillSwitch? _switch;
    private int _breaks;
    private int _round;
    private bool _draining;

    public TakerActor(TakerSettings settings, Sink<T, NotUsed> into)
    {
        _settings = settings;
        _into = into;
        _from = settings.Node.ToString();
        _taps = Context.ActorSelection(new RootActorPath(settings.Node) / "user" / TapsActor.Name);
        Receive<Retry>(_ => Open());
        Receive<OpenTimedOut>(_ => Break("no answer"));
        Receive<TapOpened>(OnOpened);
        Receive<TapRefused>(refused =>
        {
            Timers.Cancel("open");
            if (!_draining)
            {
                Timers.StartSingleTimer("retry", new Retry(), TimeSpan.FromMilliseconds(_settings.RefusedPause));
            }
        });
        Receive<StreamEnded>(ended =>
        {
            if (ended.Round == _round)
            {
                Break(ended.Reason);
            }
        });
        Receive<Terminated>(terminated =>
        {
            if (terminated.ActorRef.Equals(_server))
            {
                Break("its node is lost");
            }
        });
        Receive<Drain>(_ => OnDrain());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(TakerSettings settings, Sink<T, NotUsed> into) => Akka.Actor.Props.Create(() => new TakerActor<T>(settings, into));

    protected override void PreStart() => Open();

    protected override void PostStop()
    {
        _switch?.Shutdown();
        if (_tap is { } tap)
        {
            _server.Tell(new CloseTap(_settings.Job, tap, Drain: false));
        }
    }

    private void Open()
    {
        if (!_draining && _tap is null)
        {
            _taps.Tell(new OpenTap(_settings.Job, _settings.Stage), Self);
            Timers.StartSingleTimer("open", new OpenTimedOut(), s_openTimeout);
        }
    }

    private void OnOpened(TapOpened opened)
    {
        Timers.Cancel("open");
        if (_tap is not null || _draining)
        {
            Sender.Tell(new CloseTap(_settings.Job, opened.Tap, Drain: false)); // A late answer to an earlier try.
            return;
        }

        if (!_server.Equals(Sender))
        {
            Context.Unwatch(_server);
            _server = Sender;
            Context.Watch(_server);
        }

        _tap = opened.Tap;
        _breaks = 0;
        var (round, self) = (++_round, Self);
        var (killSwitch, ended) = ((ISourceRef<T>)opened.Source).Source
            .ViaMaterialized(KillSwitches.Single<T>(), Keep.Right)
            .WatchTermination(Keep.Both)
            .Via(Flow.Create<T>().RecoverWithRetries(static _ => Source.Empty<T>(), 1)) // A producer that fails would fail the hub, and all others with it.
            .To(_into)
            .Run(_materializer);
        _switch = killSwitch;
        ended.PipeTo(self, success: () => new StreamEnded(round, "the other side ended it"), failure: exception => new StreamEnded(round, exception.Message));
        ExchangeLog.TapOpened(_settings.Logger, _settings.Job, self.Path.Address.ToString(), _settings.Stage, _from);
    }

    private void Break(string reason)
    {
        Timers.Cancel("open");
        _switch?.Shutdown();
        _switch = null;
        _round++;
        if (_tap is { } tap && !_draining)
        {
            // The other side may still believe in it; what was on its way is offered again.
            _server.Tell(new CloseTap(_settings.Job, tap, Drain: false));
        }

        _tap = null;
        if (_draining)
        {
            return;
        }

        var pause = Math.Min(FirstPause << Math.Min(_breaks++, 8), LongestPause);
        ExchangeLog.TapBroke(_settings.Logger, _settings.Job, _settings.Stage, _from, reason, pause);
        Timers.StartSingleTimer("retry", new Retry(), TimeSpan.FromMilliseconds(pause));
    }

    private void OnDrain()
    {
        _draining = true;
        Timers.CancelAll();
        if (_tap is { } tap)
        {
            _server.Tell(new CloseTap(_settings.Job, tap, Drain: true));
        }
    }

    private sealed record Retry;

    private sealed record OpenTimedOut;

    private sealed record StreamEnded(int Round, string Reason);
}

/// <summary>To takers: take nothing more; what was taken is being finished.</summary>
internal sealed record Drain
{
    public static readonly Drain Instance = new();
}
