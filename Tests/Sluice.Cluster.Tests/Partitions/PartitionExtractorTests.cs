using Sluice.Cluster.Jobs;
using Sluice.Cluster.Partitions;

namespace Sluice.Cluster.Tests.Partitions;

public sealed class PartitionExtractorTests
{
    private readonly PartitionExtractor _extractor = new();

    /// <summary>The engine keeps every shard it has seen, and places by their number: they must not grow with the jobs.</summary>
    [Fact]
    public void ShardId_OfManyJobs_AreNoMoreThanPartitions()
    {
        var messages = Enumerable.Range(1, 500).SelectMany(static job => Enumerable.Range(0, 12).Select(index => new RunPartition(job, index, 7, Listed: true))).ToList();
        messages.Select(message => _extractor.ShardId(message)).Distinct().Count().ShouldBe(12);
        messages.Select(message => _extractor.EntityId(message)).Distinct().Count().ShouldBe(500 * 12);
    }

    /// <summary>Other places are other shards, and no more than there are places, however many jobs and partitions ask for them.</summary>
    [Fact]
    public void ShardId_OfOtherPlaces_AreOtherShardsOfABoundedNumber()
    {
        var messages = Enumerable.Range(0, PartitionExtractor.Places).Select(static place => new RunPartition(3, 5, 7, Listed: true) { Place = place }).ToList();
        messages.Select(message => _extractor.ShardId(message)).Distinct().Count().ShouldBe(PartitionExtractor.Places);
        messages.ShouldAllBe(message => _extractor.ShardId(_extractor.EntityId(message)!, null) == _extractor.ShardId(message));
        Enumerable.Range(0, 500).Select(index => _extractor.ShardId(new RunPartition(index, index, 7, Listed: true) { Place = 1 + (index % 31) })).Distinct().Count().ShouldBeLessThanOrEqualTo(PartitionExtractor.Places);
    }

    /// <summary>The engine asks in either way.</summary>
    [Fact]
    public void ShardId_OfAnEntity_IsThatOfItsMessages()
    {
        var message = new RunPartition(12, 34, 7, Listed: false);
        _extractor.EntityId(message).ShouldBe("12-34-34");
        _extractor.ShardId(message).ShouldBe("34");
        _extractor.ShardId("12-34-34").ShouldBe("34");
        _extractor.ShardId("12-34-34", message).ShouldBe("34");
        _extractor.EntityMessage(message).ShouldBeSameAs(message);
        (_extractor.EntityId("else"), _extractor.ShardId((object)"else")).ShouldBe((null, null));
    }
}
