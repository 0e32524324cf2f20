using Microsoft.Extensions.Time.Testing;
using Sluice.Cluster.Nodes;

namespace Sluice.Cluster.Tests.Nodes;

/// <summary>A node ends when nobody can find its cluster any more, and not before.</summary>
public sealed class WayInTests
{
    private static readonly (string Address, bool Coordinates) s_seed = ("10.0.0.1:4053", true);
    private static readonly (string Address, bool Coordinates) s_second = ("10.0.0.2:4053", true);
    private static readonly (string Address, bool Coordinates) s_embedder = ("10.0.0.9:4053", false);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Look_SeedsAndCoordinatorsGone_EndsAfterAWhileAndNamesTheSeeds()
    {
        var wayIn = new WayIn(["10.0.0.1:4053"], _time);
        wayIn.Look([s_seed, s_embedder]).ShouldBeNull();
        wayIn.Look([s_embedder]).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(14));
        wayIn.Look([s_embedder]).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(1));
        wayIn.Look([s_embedder]).ShouldNotBeNull().ShouldContain("10.0.0.1:4053");
    }

    [Fact]
    public void Look_ASeedCameBack_BeginsAnew()
    {
        var wayIn = new WayIn(["10.0.0.1:4053"], _time);
        wayIn.Look([s_seed, s_embedder]).ShouldBeNull();
        wayIn.Look([s_embedder]).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(14));
        wayIn.Look([s_seed, s_embedder]).ShouldBeNull();
        _time.Advance(TimeSpan.FromMinutes(1));
        wayIn.Look([s_embedder]).ShouldBeNull();
    }

    [Fact]
    public void Look_AnotherCoordinatorIsThere_GoesOn() => Lasts([s_second, s_embedder], "10.0.0.1:4053");

    [Fact]
    public void Look_ASeedThatDoesNotCoordinateIsThere_GoesOn() => Lasts([s_embedder], "10.0.0.1:4053", "10.0.0.9:4053");

    [Fact]
    public void Look_NoSeedsAreSet_GoesOn() => Lasts([s_embedder]);

    [Fact]
    public void Look_ThereWasNoCoordinatorYet_WaitsForOne()
    {
        var wayIn = new WayIn(["10.0.0.1:4053"], _time);
        wayIn.Look([s_embedder]).ShouldBeNull();
        _time.Advance(TimeSpan.FromHours(1));
        wayIn.Look([s_embedder]).ShouldBeNull();
    }

    private void Lasts((string Address, bool Coordinates)[] members, params string[] seeds)
    {
        var wayIn = new WayIn(seeds, _time);
        wayIn.Look([s_seed, .. members]).ShouldBeNull();
        wayIn.Look(members).ShouldBeNull();
        _time.Advance(TimeSpan.FromHours(1));
        wayIn.Look(members).ShouldBeNull();
    }
}
