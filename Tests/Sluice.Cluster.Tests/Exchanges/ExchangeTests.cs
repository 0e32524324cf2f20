using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Sluice.Cluster.Exchanges;

namespace Sluice.Cluster.Tests.Exchanges;

public sealed class ExchangeTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);
    private readonly List<string> _offeredAgain = [];
    private readonly Exchange<string, string> _exchange;

    public ExchangeTests() => _exchange = new Exchange<string, string>(static item => item, item =>
    {
        lock (_offeredAgain)
        {
            _offeredAgain.Add(item);
        }
    });

    [Fact]
    public async Task Take_WithoutDemand_TakesNothing()
    {
        using var stop = new CancellationTokenSource();
        var demanding = _exchange.Take(1, stop.Token).RunWith(Sink.Queue<string>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Sys.Materializer());
        _ = Source.From(Enumerable.Range(0, 100).Select(static number => $"g{number}")).RunWith(_exchange.Intake(stop.Token), Sys.Materializer());
        (await demanding.PullAsync().WaitAsync(s_soon)).Value.ShouldBe("g0");
        (await demanding.PullAsync().WaitAsync(s_soon)).Value.ShouldBe("g1");
        _exchange.TakenCount.ShouldBeLessThanOrEqualTo(5, "what a taker asks for and its buffers, not the hundred that wait");
        await stop.CancelAsync();
    }

    [Fact]
    public async Task Take_ByTwoTakers_GivesEachGroupOnce()
    {
        using var stop = new CancellationTokenSource();
        var first = _exchange.Take(1, stop.Token).RunWith(Sink.Seq<string>(), Sys.Materializer());
        var second = _exchange.Take(2, stop.Token).RunWith(Sink.Seq<string>(), Sys.Materializer());
        await Source.From(Enumerable.Range(0, 500).Select(static number => $"g{number}"))
            .Via(Flow.Create<string>().SelectAsync(1, static item => Task.FromResult(item)))
            .WatchTermination(Keep.Right)
            .To(_exchange.Intake(stop.Token))
            .Run(Sys.Materializer())
            .WaitAsync(s_soon);
        await AwaitAssertAsync(() => _exchange.TakenCount.ShouldBe(500), s_soon);
        await stop.CancelAsync();
        var all = (await first.WaitAsync(s_soon)).Concat(await second.WaitAsync(s_soon)).ToList();
        all.Count.ShouldBe(500);
        all.Distinct(StringComparer.Ordinal).Count().ShouldBe(500);
    }

    [Fact]
    public async Task Lose_ATaker_OffersAgainWhatItHadAndDidNotSettle()
    {
        using var stop = new CancellationTokenSource();
        var taken = _exchange.Take(1, stop.Token).RunWith(Sink.Queue<string>(), Sys.Materializer());
        _ = Source.From(["a", "b", "c"]).RunWith(_exchange.Intake(stop.Token), Sys.Materializer());
        foreach (var expected in new[] { "a", "b", "c" })
        {
            (await taken.PullAsync().WaitAsync(s_soon)).Value.ShouldBe(expected);
        }

        _exchange.Settle("b");
        _exchange.Lose(1).ShouldBe(2);
        _offeredAgain.Order(StringComparer.Ordinal).ShouldBe(["a", "c"]);
        _exchange.Lose(1).ShouldBe(0);
        _exchange.TakenCount.ShouldBe(0);
        await stop.CancelAsync();
    }

    [Fact]
    public async Task Take_Stopped_EndsWithoutFailureAndKeepsNothing()
    {
        using var stop = new CancellationTokenSource();
        var taken = _exchange.Take(1, stop.Token).RunWith(Sink.Seq<string>(), Sys.Materializer());
        await stop.CancelAsync();
        (await taken.WaitAsync(s_soon)).ShouldBeEmpty();
    }
}
