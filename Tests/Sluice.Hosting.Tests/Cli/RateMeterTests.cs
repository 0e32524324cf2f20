using Microsoft.Extensions.Time.Testing;
using Sluice.Hosting.Cli.Progress;

namespace Sluice.Hosting.Tests.Cli;

public sealed class RateMeterTests
{
    [Fact]
    public void Add_OverTime_GivesTheRateOfTheWindow()
    {
        var time = new FakeTimeProvider();
        var meter = new RateMeter(time, TimeSpan.FromSeconds(5));
        meter.Add("x", 0).ShouldBe(0);

        time.Advance(TimeSpan.FromSeconds(2));
        meter.Add("x", 20).ShouldBe(10);
        for (var second = 0; second < 20; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            meter.Add("x", 20);
        }

        meter.Add("x", 20).ShouldBe(0);
    }

    [Fact]
    public void Add_FirstSample_CountsFromTheBeginning()
    {
        var time = new FakeTimeProvider();
        var meter = new RateMeter(time, TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(4));
        meter.Add("x", 100).ShouldBe(25);
    }
}
