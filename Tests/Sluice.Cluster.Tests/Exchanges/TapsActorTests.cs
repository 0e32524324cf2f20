using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Cluster.Exchanges;

namespace Sluice.Cluster.Tests.Exchanges;

public sealed class TapsActorTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);
    private readonly ExchangeOfNumbers _exchange = new();
    private readonly IActorRef _taps;

    public TapsActorTests()
    {
        var exchanges = new NodeExchanges();
        exchanges.Add(1, Stage.Chunks, _exchange);
        _taps = Sys.ActorOf(TapsActor.Props(exchanges, 4, NullLogger.Instance));
    }

    [Fact]
    public void OpenTap_BySomebodyWhoHasOne_OffersAgainWhatWentIntoTheOlder()
    {
        var taker = CreateTestProbe();
        var first = Open(taker);
        var second = Open(taker);
        AwaitAssert(() => _exchange.Lost.ShouldBe([first]), s_soon);
        _taps.Tell(new CloseTap(1, second, Drain: false), taker);
        AwaitAssert(() => _exchange.Lost.ShouldBe([first, second]), s_soon);
    }

    [Fact]
    public void OpenTap_WhileTheOlderIsDrained_LeavesThatAlone()
    {
        var taker = CreateTestProbe();
        var first = Open(taker);
        _taps.Tell(new CloseTap(1, first, Drain: true), taker);
        var second = Open(taker);
        _exchange.Lost.ShouldBeEmpty();
        Sys.Stop(taker);
        AwaitAssert(() => _exchange.Lost.Order().ShouldBe([first, second]), s_soon);
    }

    [Fact]
    public void OpenTap_ByTwo_LeavesEachItsOwn()
    {
        var (one, other) = (CreateTestProbe(), CreateTestProbe());
        Open(one);
        Open(other);
        _exchange.Lost.ShouldBeEmpty();
    }

    private long Open(Akka.TestKit.TestProbe taker)
    {
        _taps.Tell(new OpenTap(1, Stage.Chunks), taker);
        return taker.ExpectMsg<TapOpened>(s_soon).Tap;
    }

    /// <summary>Remembers which takers were lost.</summary>
    private sealed class ExchangeOfNumbers : INodeExchange
    {
        private readonly List<long> _lost = [];

        public IReadOnlyList<long> Lost
        {
            get
            {
                lock (_lost)
                {
                    return [.. _lost];
                }
            }
        }

        public Task<(object Source, Task Ended)> OpenAsync(long taker, int buffer, IMaterializer materializer, CancellationToken stopped) =>
            Task.FromResult<(object, Task)>((Source.Maybe<int>(), new TaskCompletionSource().Task));

        public int Lose(long taker)
        {
            lock (_lost)
            {
                _lost.Add(taker);
            }

            return 1;
        }
    }
}
