using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Core;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Monitoring;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;

namespace Sluice.Hosting.Tests.Monitoring;

public sealed class RunWatchTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RunWatch _watch;

    public RunWatchTests() => _watch = new RunWatch(new RunNames(["/docs"], "sqlite:/x.db", null), _time);

    [Fact]
    public void Read_BeforeTheFirstSample_IsEmptyAndHasItsShape()
    {
        var view = _watch.Read();
        view.Pipeline.Stages.Select(static stage => stage.Name).ShouldBe(["source", "parse", "embed", "index"]);
        view.Pipeline.Links.Select(static link => link.Name).ShouldBe(["pending", "packing", "sink"]);
        view.Pipeline.Sinks.ShouldHaveSingleItem().Kind.ShouldBe("sqlite");
        view.Estimate.SecondsLeft.ShouldBeNull();
        view.Pipeline.Limit.Stage.ShouldBeNull();
    }

    [Fact]
    public void Read_SteadyRun_HasRatesSharesAndAnEstimate()
    {
        for (var second = 1; second <= 30; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _watch.Add(Progress(second));
        }

        var view = _watch.Read();
        view.Throughput.DocumentsPerSecond.ShouldBe(10);
        view.Throughput.TokensPerSecond.ShouldBe(20_000);
        view.Throughput.VectorsPerSecond.ShouldBe(200);
        view.Padding.Waste.ShouldBe(0.2);
        var embed = view.Pipeline.Stages[2];
        (embed.Rate, embed.BusyShare, embed.OutputWaitShare, embed.InputWaitShare).ShouldBe((200, 0.4, 0.6, 0));
        view.Pipeline.Stages[3].BusyShare.ShouldBe(1);
        view.Pipeline.Limit.Sentence.ShouldBe("The database is the limit: it accepts 200 vectors/s; the embedder waits 60 % of the time.");
        view.Documents.Pending.ShouldBe(700);
        view.Estimate.SecondsLeft.ShouldBe(70);
        view.Estimate.EndsAt.ShouldBe(_time.GetUtcNow().AddSeconds(70));
        view.Estimate.Basis.ShouldBe("700 documents left at 10.0 documents/s, as over the last 30 s");
    }

    [Fact]
    public void Read_RateChanged_FollowsWithinTenSeconds()
    {
        for (var second = 1; second <= 60; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _watch.Add(Progress(second));
        }

        for (var second = 1; second <= 10; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _watch.Add(Progress(60));
        }

        _watch.Read().Throughput.TokensPerSecond.ShouldBe(0);
    }

    [Fact]
    public void Read_Listing_GivesNoEstimateAndSaysWhy()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        _watch.Add(Progress(5) with { ListingComplete = false });
        _watch.Read().Estimate.ShouldBe(new Hosting.Http.Contract.EstimateView(null, null, "the source is still being listed: 1,000 documents so far"));
    }

    [Fact]
    public void Read_NothingSettledForAMinute_GivesNoEstimate()
    {
        for (var second = 1; second <= 61; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _watch.Add(Progress(1));
        }

        _watch.Read().Estimate.Basis.ShouldStartWith("990 documents left, and none was settled in the last");
    }

    [Fact]
    public void Read_Paused_StandsStill_AndMeasuresAnewAfterwards()
    {
        for (var second = 1; second <= 10; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _watch.Add(Progress(second));
        }

        _watch.StandStill("The job is paused.");
        _time.Advance(TimeSpan.FromSeconds(1));
        _watch.Add(Progress(10));
        var paused = _watch.Read();
        paused.Throughput.ChunksPerSecond.ShouldBe(0);
        paused.Pipeline.Limit.ShouldBe(new Hosting.Http.Contract.LimitView(null, "The job is paused."));
        paused.Estimate.Basis.ShouldBe("the job is paused");

        _time.Advance(TimeSpan.FromMinutes(10));
        _watch.Add(Progress(10));
        _watch.StandStill(null);
        for (var second = 11; second <= 14; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _watch.Add(Progress(second));
        }

        _watch.Read().Throughput.DocumentsPerSecond.ShouldBe(10, "the ten minutes do not count");
    }

    [Fact]
    public void Read_WithTheLedgersAccounting_TellsReasonsAndCountsOnFromThere()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        _watch.Add(Progress(5));
        _watch.Add(new Accounting(1_000, 40, 500, Count("binary", 7), Count("malformed", 3), 450));
        for (var second = 6; second <= 10; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _watch.Add(Progress(second));
        }

        var view = _watch.Read();
        view.Documents.Balances.ShouldBeTrue();
        view.Documents.Unchanged.ShouldBe(500);
        view.Documents.DeadByReason["malformed"].ShouldBe(3);
        view.Estimate.Basis.ShouldStartWith("400 documents left");
    }

    [Fact]
    public void Read_Latency_IsOfTheLastMinute()
    {
        var durations = new DurationHistogram();
        for (var second = 1; second <= 90; second++)
        {
            durations.Add(TimeSpan.FromMilliseconds(second < 20 ? 1_000 : 10));
            _time.Advance(TimeSpan.FromSeconds(1));
            var progress = Progress(second);
            _watch.Add(progress with { Stages = [progress.Stages[0], progress.Stages[1], progress.Stages[2] with { Durations = durations.Read() }] });
        }

        var latency = _watch.Read().Pipeline.Stages[3].Latency.ShouldNotBeNull();
        latency.P99.ShouldBeInRange(0.008, 0.013);
        latency.Count.ShouldBeInRange(59, 61);
    }

    private static Dictionary<string, long> Count(string reason, long count) => new(StringComparer.Ordinal) { [reason] = count };

    private static IngestionProgress Progress(int second) => new()
    {
        Stages =
        [
            new StageProgress("parse", "chunks", 210 * second, 0, 100, "bytes") { Workers = 2, Busy = TimeSpan.FromSeconds(0.2 * second), RoomWait = TimeSpan.FromSeconds(1.8 * second) },
            new StageProgress("embed", "chunks", 200 * second, 100, 100, "tokens") { Workers = 1, Busy = TimeSpan.FromSeconds(0.4 * second), RoomWait = TimeSpan.FromSeconds(0.9 * second) },
            new StageProgress("index", "chunks", 200 * second, 100, 100, "bytes") { Workers = 1, Busy = TimeSpan.FromSeconds(second) },
        ],
        Discovered = 1_000,
        ListingComplete = true,
        Indexed = 10 * second,
        ChunksEmbedded = 200 * second,
        Chunks = new ChunkCounts(210 * second, 200 * second, 0, 0, 200 * second, 0),
        Tokens = 20_000 * second,
        PaddedTokens = 25_000 * second,
    };
}
