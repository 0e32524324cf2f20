using Akka.Streams;
using Akka.Streams.Dsl;
using Sluice.Streams.Chunks;

namespace Sluice.Cluster.Exchanges;

/// <summary>An exchange, whatever it hands over.</summary>
internal interface INodeExchange
{
    /// <summary>Opens a tap.</summary>
    /// <param name="taker">A number of its own.</param>
    /// <param name="buffer">Groups that may be on their way to the taker.</param>
    /// <param name="materializer">Runs it.</param>
    /// <param name="stopped">Ends it.</param>
    /// <returns>The source reference, and when its stream has ended on this side.</returns>
    Task<(object Source, Task Ended)> OpenAsync(long taker, int buffer, IMaterializer materializer, CancellationToken stopped);

    /// <summary>A taker is lost.</summary>
    int Lose(long taker);
}

/// <summary>An exchange that can be reached from other nodes.</summary>
internal sealed class NodeExchange<T>(Exchange<GroupId, T> exchange) : INodeExchange
{
    public async Task<(object Source, Task Ended)> OpenAsync(long taker, int buffer, IMaterializer materializer, CancellationToken stopped)
    {
        var (ended, source) = exchange.Take(taker, stopped)
            .WatchTermination(Keep.Right)
            .ToMaterialized(StreamRefs.SourceRef<T>().WithAttributes(StreamRefAttributes.CreateBufferCapacity(buffer)), Keep.Both)
            .Run(materializer);
        return (await source, ended);
    }

    public int Lose(long taker) => exchange.Lose(taker);
}
