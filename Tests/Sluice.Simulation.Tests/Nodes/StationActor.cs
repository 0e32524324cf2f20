using Akka.Actor;
using Akka.Streams;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Embedding;
using Sluice.Actors.Core.Indexing;
using Sluice.Actors.Core.Jobs;
using Sluice.Actors.Core.Partitions;
using Sluice.Actors.Core.Sources;

namespace Sluice.Simulation.Tests.Nodes;

/// <summary>What runs a job on a node: the real pipeline, model and writer. All of it ends with this actor.</summary>
internal sealed class StationActor : ReceiveActor
{
    private readonly CancellationTokenSource _discard = new();
    private readonly NodeParts _parts;
    private readonly bool _prunes;

    public StationActor(NodeParts parts, bool prunes)
    {
        (_parts, _prunes) = (parts, prunes);
        Receive<Broke>(message =>
        {
            if (message.Exception is Streams.Failures.StorageException)
            {
                Context.Parent.Tell(message);
            }

            Context.Stop(Self);
        });
    }

    public static Props Props(NodeParts parts, bool prunes) => Akka.Actor.Props.Create(() => new StationActor(parts, prunes));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    protected override void PreStart()
    {
        var (parts, options, time) = (_parts.Parts, _parts.Options, _parts.Time);
        var (meters, notices) = (new IngestionMeters(options, time), new NoticeBoard());
        var writer = new SinkWriter(parts.Sink, options, notices, time, meters.SinkRetries);
        var indexer = Context.ActorOf(IndexerActor.Props(writer, meters.Stored), "indexer");
        var embedder = Context.ActorOf(EmbedderPool.For(1, parts.OpenEmbedder, options, meters.Inference, notices), "embedder");
        var (groups, _, ended) = PipelineGraph.Run(parts, options, embedder, indexer, meters, time, Context.Materializer(), _discard.Token);
        var context = new PartitionContext(parts, _parts.Source, _parts.Walk, options, indexer, groups, static _ => { }, meters, notices, time)
        {
            Fetch = new StoredEmbeddings(writer.Calls).FetchAsync,
            Guard = new SourceGuard(_parts.Source, options, notices, time, _parts.Walk.Root) { MayLose = _prunes, OthersRead = true },
        };
        ended.PipeTo(Self, success: static () => new Broke(new InvalidOperationException("the pipeline ended")), failure: static exception => new Broke(exception.GetBaseException()));
        Context.Parent.Tell(new Opened(context));
    }

    protected override void PostStop() => _discard.Cancel();

    /// <summary>To the node: partitions may begin.</summary>
    internal sealed record Opened(PartitionContext Context);

    /// <summary>To the node: it cannot go on.</summary>
    internal sealed record Broke(Exception Exception);
}
