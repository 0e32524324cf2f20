using Sluice.Actors.Parsing;
using Sluice.Streams.Failures;
using Sluice.TestKit.Hostile;

namespace Sluice.Hosting.Tests.Workers;

/// <summary>Shapes on which parsers take time or memory out of all proportion: each ends within the limits of its worker, with its reason, and its neighbours are read.</summary>
public sealed class HostileShapesTests
{
    private static readonly string[] s_reasons = [Reasons.TimedOut, Reasons.Bomb, Reasons.Empty];

    public static TheoryData<string> Names => [.. HostileShapes.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ParseAsync_HostileShape_EndsWithinTheLimitsAndItsNeighboursAreRead(string name)
    {
        await using var lab = new WorkerLab(new ParsingOptions { SectionTimeout = TimeSpan.FromSeconds(20), Workers = new() { MaxMemoryBytes = 512 << 20 } }, count: 2);
        var shape = lab.ReadAsync(HostileShapes.All[name], name);
        for (var number = 0; number < 5; number++)
        {
            var (neighbour, none) = await lab.ReadAsync(System.Text.Encoding.UTF8.GetBytes($"<p>Neighbour {number}.</p>"), $"{number}.html");
            none.ShouldBeNull();
            neighbour.ShouldContain(section => section.Text == $"Neighbour {number}.");
        }

        var (sections, rejection) = await shape;

        if (rejection is null)
        {
            sections.ShouldNotBeEmpty();
            sections.Sum(static section => (long)section.Text.Length + section.HeadingPath.Sum(static heading => heading.Length)).ShouldBeLessThan(256L << 20, "text that comes out is bounded against what goes in");
        }
        else
        {
            s_reasons.ShouldContain(rejection.Reason, rejection.Message);
        }

        lab.Deaths.ShouldAllBe(static death => death.End != Sluice.Actors.Parsing.Workers.WorkerEnd.Crashed);
        lab.Pool.PeakMemory.ShouldBeLessThan(800L << 20);
    }
}
