using System.Globalization;
using Akka.Cluster.Sharding;
using Sluice.Cluster.Jobs;

namespace Sluice.Cluster.Partitions;

/// <summary>
/// Every partition of a job is an entity; the partitions of one index, of all jobs, are a shard. The engine spreads and moves shards one by one and never forgets one,
/// so their number must not grow with the number of jobs: it is that of the job with the most partitions.
/// </summary>
internal sealed class PartitionExtractor : IMessageExtractor
{
    /// <summary>Name of the kind of entity. Another one whenever shards are made in another way: regions of one name have to agree.</summary>
    public const string TypeName = "partitions";

    public string? EntityId(object message) => message is RunPartition run ? string.Create(CultureInfo.InvariantCulture, $"{run.Job}-{run.Index}") : null;

    public object? EntityMessage(object message) => message;

    public string? ShardId(object message) => message is RunPartition run ? run.Index.ToString(CultureInfo.InvariantCulture) : null;

    public string ShardId(string entityId, object? messageHint = null) => entityId[(entityId.LastIndexOf('-') + 1)..];
}
