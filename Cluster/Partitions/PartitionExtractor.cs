using System.Globalization;
using Akka.Cluster.Sharding;
using Sluice.Cluster.Jobs;

namespace Sluice.Cluster.Partitions;

/// <summary>
/// Every partition of a job is an entity; the partitions of one index, of all jobs, are a shard. The engine spreads and moves shards one by one and never forgets one,
/// so their number must not grow with the number of jobs: it is that of the job with the most partitions, or <see cref="Places"/>. A partition whose node cannot read its
/// documents is asked for in the next shard instead, until it comes to a node that can.
/// </summary>
internal sealed class PartitionExtractor : IMessageExtractor
{
    /// <summary>Name of the kind of entity. Another one whenever shards are made in another way: regions of one name have to agree.</summary>
    public const string TypeName = "placed-partitions";

    /// <summary>Shards that a partition may be in: enough to come to every node of a cluster of many.</summary>
    public const int Places = 32;

    public string? EntityId(object message) => message is RunPartition run ? string.Create(CultureInfo.InvariantCulture, $"{run.Job}-{run.Index}-{Shard(run)}") : null;

    public object? EntityMessage(object message) => message;

    public string? ShardId(object message) => message is RunPartition run ? Shard(run).ToString(CultureInfo.InvariantCulture) : null;

    public string ShardId(string entityId, object? messageHint = null) => entityId[(entityId.LastIndexOf('-') + 1)..];

    private static int Shard(RunPartition run) => run.Place == 0 ? run.Index : (run.Index + run.Place) % Places;
}
