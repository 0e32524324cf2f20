using System.Globalization;
using Akka.Cluster.Sharding;
using Sluice.Cluster.Jobs;

namespace Sluice.Cluster.Partitions;

/// <summary>Every partition is an entity and a shard of its own: the engine spreads and moves them one by one.</summary>
internal sealed class PartitionExtractor : IMessageExtractor
{
    /// <summary>Name of the kind of entity.</summary>
    public const string TypeName = "partition";

    public string? EntityId(object message) => message is RunPartition run ? string.Create(CultureInfo.InvariantCulture, $"{run.Job}-{run.Index}") : null;

    public object? EntityMessage(object message) => message;

    public string? ShardId(object message) => EntityId(message);

    public string ShardId(string entityId, object? messageHint = null) => entityId;
}
