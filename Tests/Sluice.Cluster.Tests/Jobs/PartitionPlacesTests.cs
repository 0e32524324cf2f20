using Sluice.Cluster.Jobs;
using Sluice.Cluster.Partitions;

namespace Sluice.Cluster.Tests.Jobs;

public sealed class PartitionPlacesTests
{
    private readonly PartitionPlaces _places = new();

    [Fact]
    public void Next_OfThePlaceThatIsAsked_GoesOnToTheNextOne()
    {
        _places.Next(3, 0).ShouldBeTrue();
        (_places.Of(3), _places.Of(4)).ShouldBe((1, 0));
    }

    [Fact]
    public void Next_OfAnEarlierPlace_ChangesNothing()
    {
        _places.Next(3, 0);
        _places.Next(3, 0).ShouldBeFalse();
        _places.Of(3).ShouldBe(1);
    }

    [Fact]
    public void Next_ThroughAllPlaces_RestsUntilTheNextRound()
    {
        for (var place = 0; place < PartitionExtractor.Places - 1; place++)
        {
            _places.Next(3, place).ShouldBeTrue();
            _places.AreAllUnable.ShouldBeFalse();
        }

        _places.Next(3, PartitionExtractor.Places - 1).ShouldBeFalse();
        (_places.AreAllUnable, _places.Of(3)).ShouldBe((true, 0));
        _places.Rest();
        _places.AreAllUnable.ShouldBeFalse();
        _places.Next(3, 0).ShouldBeTrue();
    }
}
