using Akka.Actor;
using Akka.Streams;
using Microsoft.Extensions.Logging;

namespace Sluice.Cluster.Exchanges;

/// <summary>
/// Opens this node's exchanges to takers on other nodes. A taker is watched: when its actor or node is lost, its stream is ended and what it had is offered to others
/// at once. The engine's own stream reference does not notice by itself: its origin side was seen alive long after its target had gone.
/// </summary>
internal sealed class TapsActor : ReceiveActor
{
    /// <summary>Its name below the user guardian, the same on every node.</summary>
    public const string Name = "taps";

    private readonly NodeExchanges _exchanges;
    private readonly int _buffer;
    private readonly ILogger _logger;
    private readonly Dictionary<long, Tap> _taps = [];
    private readonly IMaterializer _materializer = Context.Materializer();
    private long _last;

    public TapsActor(NodeExchanges exchanges, int buffer, ILogger logger)
    {
        _exchanges = exchanges;
        _buffer = buffer;
        _logger = logger;
        Receive<OpenTap>(Open);
        Receive<Opened>(OnOpened);
        Receive<CloseTap>(close =>
        {
            if (close.Drain && _taps.TryGetValue(close.Tap, out var tap))
            {
                tap.Draining = true;
                tap.Stopped.Cancel();
            }
            else
            {
                End(close.Tap, "closed by its taker");
            }
        });
        Receive<Ended>(ended =>
        {
            if (_taps.TryGetValue(ended.Tap, out var tap) && !tap.Draining)
            {
                End(ended.Tap, ended.Reason);
            }
        });
        Receive<Terminated>(terminated =>
        {
            foreach (var (number, tap) in _taps)
            {
                if (tap.Taker.Equals(terminated.ActorRef))
                {
                    End(number, terminated.AddressTerminated ? "its node is lost" : "its taker has stopped");
                }
            }
        });
    }

    public static Props Props(NodeExchanges exchanges, int buffer, ILogger logger) => Akka.Actor.Props.Create(() => new TapsActor(exchanges, buffer, logger));

    protected override void PostStop()
    {
        foreach (var tap in _taps.Values)
        {
            tap.Stopped.Cancel();
        }
    }

    private void Open(OpenTap open)
    {
        if (_exchanges.Find(open.Job, open.Stage) is not { } exchange)
        {
            Sender.Tell(new TapRefused(open.Job, "the job does not run here"));
            return;
        }

        // A taker has one tap at a time: it has given up an earlier one, and its word about that was lost.
        foreach (var (earlier, given) in _taps)
        {
            if (given.Taker.Equals(Sender) && !given.Draining)
            {
                End(earlier, "its taker opens another");
            }
        }

        var number = ++_last;
        var tap = new Tap(open.Job, Sender, exchange);
        _taps.Add(number, tap);
        Context.Watch(Sender);
        exchange.OpenAsync(number, _buffer, _materializer, tap.Stopped.Token)
            .PipeTo(Self, success: opened => new Opened(number, opened.Source, opened.Ended), failure: exception => new Ended(number, exception.Message));
    }

    private void OnOpened(Opened opened)
    {
        if (_taps.TryGetValue(opened.Tap, out var tap))
        {
            var number = opened.Tap;
            tap.Taker.Tell(new TapOpened(tap.Job, number, opened.Source));
            opened.Ends.PipeTo(Self, success: () => new Ended(number, "its stream has ended"), failure: exception => new Ended(number, exception.Message));
        }
    }

    private void End(long number, string reason)
    {
        if (!_taps.Remove(number, out var tap))
        {
            return;
        }

        tap.Stopped.Cancel();
        var lost = tap.Exchange.Lose(number);
        ExchangeLog.TapEnded(_logger, tap.Job, tap.Taker.Path.ToString(), reason, lost);
        if (!_taps.Values.Any(other => other.Taker.Equals(tap.Taker)))
        {
            Context.Unwatch(tap.Taker);
        }
    }

    private sealed record Opened(long Tap, object Source, Task Ends);

    private sealed record Ended(long Tap, string Reason);

    private sealed class Tap(long job, IActorRef taker, INodeExchange exchange)
    {
        public long Job { get; } = job;

        public IActorRef Taker { get; } = taker;

        public INodeExchange Exchange { get; } = exchange;

        public CancellationTokenSource Stopped { get; } = new();

        public bool Draining { get; set; }
    }
}
