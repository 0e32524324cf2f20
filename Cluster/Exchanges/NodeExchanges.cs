using System.Collections.Concurrent;

namespace Sluice.Cluster.Exchanges;

/// <summary>The exchanges of this node, by job and stage. Safe for concurrent use.</summary>
internal sealed class NodeExchanges
{
    private readonly ConcurrentDictionary<(long Job, Stage Stage), INodeExchange> _exchanges = new();

    /// <summary>Opens an exchange to takers.</summary>
    public void Add(long job, Stage stage, INodeExchange exchange) => _exchanges[(job, stage)] = exchange;

    /// <summary>Closes it to takers.</summary>
    public void Remove(long job, Stage stage, INodeExchange exchange) => _exchanges.TryRemove(new KeyValuePair<(long, Stage), INodeExchange>((job, stage), exchange));

    /// <summary>Finds one.</summary>
    public INodeExchange? Find(long job, Stage stage) => _exchanges.GetValueOrDefault((job, stage));
}
