using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Monitoring;

namespace Sluice.Hosting.Tests.Monitoring;

public sealed class LimitFinderTests
{
    private static readonly string[] Titles = ["Source", "Parser", "Embedder", "Database"];

    [Fact]
    public void Find_DatabaseBusy_NamesItAndWhoWaits() =>
        Find((0, 0), (0.12, 0.87), (0.39, 0.61), (0.99, 0), packing: 0.99, sink: 0.99, rates: [0, 1244, 1240, 1240.4])
            .ShouldBe(new LimitView("index", "The database is the limit: it accepts 1,240 vectors/s; the embedder waits 61 % of the time."));

    [Fact]
    public void Find_EmbedderBusy_NamesItAndWhoWaits() =>
        Find((0, 0), (0.1, 0.3), (0.98, 0.01), (0.2, 0), packing: 1, sink: 0.02, rates: [0, 300, 300, 300])
            .ShouldBe(new LimitView("embed", "The embedder is the limit: it embeds 300 chunks/s (30,000 tokens/s); the database waits 80 % of the time."));

    [Fact]
    public void Find_ParserBusy_NamesIt() =>
        Find((0, 0), (0.97, 0), (0.3, 0), (0.1, 0), packing: 0.05, sink: 0, rates: [0, 50, 50, 50]).ShouldBe(
            new LimitView("parse", "The parser is the limit: it cuts 50 chunks/s; the embedder waits 70 % of the time."));

    [Fact]
    public void Find_SourceBusyWhileItIsListed_NamesIt() =>
        Find((0.95, 0), (0.05, 0), (0.1, 0), (0.1, 0), packing: 0, sink: 0, rates: [4.25, 9, 9, 9], listing: true).ShouldBe(
            new LimitView("source", "The source is the limit: it lists 4.3 documents/s; the parser waits 95 % of the time."));

    [Fact]
    public void Find_SourceListed_IsNoLimitWhateverItDid() =>
        Find((1, 0), (0.05, 0), (0.9, 0), (0.1, 0), packing: 1, sink: 0, rates: [0, 9, 9, 9]).Stage.ShouldBe("embed");

    [Fact]
    public void Find_TwoAreAsBusy_TheOneFurtherOnWithAFullQueueIsIt()
    {
        Find((0, 0), (0.1, 0.8), (0.97, 0.03), (0.93, 0), packing: 1, sink: 0.99, rates: [0, 9, 9, 9]).Stage.ShouldBe("index");
        Find((0, 0), (0.1, 0.8), (0.97, 0.03), (0.93, 0), packing: 1, sink: 0.2, rates: [0, 9, 9, 9]).Stage.ShouldBe("embed");
    }

    [Fact]
    public void Find_NobodyBusy_SaysSo() =>
        Find((0, 0), (0.2, 0), (0.4, 0), (0.1, 0), packing: 0.1, sink: 0, rates: [0, 9, 9, 9]).ShouldBe(
            new LimitView(null, "No stage is at its limit: the busiest, the embedder, works 40 % of the time."));

    [Fact]
    public void Find_NothingMoves_SaysSo() =>
        Find((0, 0), (0, 0), (0, 0), (0, 0), packing: 0, sink: 0, rates: [0, 0, 0, 0]).ShouldBe(new LimitView(null, "Nothing moves yet."));

    [Fact]
    public void Find_DatabaseTakesNothing_IsTheLimitAtRateZero() =>
        Find((0, 0), (0, 1), (0, 1), (1, 0), packing: 1, sink: 1, rates: [0, 0, 0, 0]).ShouldBe(
            new LimitView("index", "The database is the limit: it accepts 0 vectors/s; the embedder waits 100 % of the time."));

    private static LimitView Find(
        (double Busy, double Room) source, (double Busy, double Room) parse, (double Busy, double Room) embed, (double Busy, double Room) index, double packing, double sink, double[] rates, bool listing = false)
    {
        (double Busy, double Room)[] shares = [source, parse, embed, index];
        string[] names = ["source", "parse", "embed", "index"];
        var stages = names.Select((name, at) => new StageView(name, Titles[at], "", 0, rates[at], 1, shares[at].Busy, 1 - shares[at].Busy - shares[at].Room, shares[at].Room, null)).ToList();
        return LimitFinder.Find(
            stages,
            [
                new LinkView("pending", "source", "parse", "documents", 0, null, null, 0),
                new LinkView("packing", "parse", "embed", "tokens", 0, 1, packing, 0),
                new LinkView("sink", "embed", "index", "bytes", 0, 1, sink, 0),
            ],
            listing,
            tokensPerSecond: rates[2] * 100);
    }
}
