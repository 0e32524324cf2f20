using Akka;
using Akka.Actor;
using Akka.Cluster;
using Akka.Streams;
using Akka.Streams.Dsl;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Flows;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Jobs;

/// <summary>A job's work on an indexing node: takes vectors from this node's own embedding and from nodes that only embed, writes them, tells their owners.</summary>
internal sealed class IndexStation
{
    private readonly IActorRef _takers;
    private long _inside;

    public IndexStation(NodeServices services, JobTicket ticket, IVectorSink sink, PipelineOptions options, IngestionMeters meters, NoticeBoard notices, IActorContext context)
    {
        var indexer = context.ActorOf(IndexerActor.Props(new SinkWriter(sink, options, notices, services.Time), meters.Stored), "indexer");
        var courier = context.ActorOf(CourierActor.Props(), "courier");
        var parallelism = Math.Min(options.SinkParallelism, sink.Capabilities.MaxConcurrency);
        meters.Stored.AddWorkers(parallelism);
        (Vectors, Ended) = MergeHub.Source<VectorGroup>(perProducerBufferSize: 1)
            .Select(group =>
            {
                Interlocked.Increment(ref _inside);
                return group;
            })
            .Via(IndexFlow.Create(
                sink.Capabilities,
                sink.EncodedBytes,
                groups => indexer.AskLivingAsync<IReadOnlyList<GroupStored>>(new WriteGroups(groups)),
                meters.SinkBuffer,
                parallelism,
                options.SinkFlushAge))
            .ToMaterialized(
                Sink.ForEach<(VectorGroup Group, GroupStored Stored)>(done =>
                {
                    Interlocked.Decrement(ref _inside);
                    courier.Tell(new CourierActor.Deliver(done.Group.Group.Owner, done.Stored));
                    if (done.Group.Holder is { } holder)
                    {
                        courier.Tell(new CourierActor.Deliver(holder, new GroupStored(done.Stored.Group, [], [])));
                    }
                }),
                Keep.Both)
            .WithAttributes(Attributes.CreateInputBuffer(1, 1))
            .Run(context.Materializer());
        var logger = services.Loggers.CreateLogger("Sluice.Cluster.Indexing");
        _takers = context.ActorOf(TakersActor<VectorGroup>.Props(ticket.Id, Stage.Vectors, OnlyEmbeds, Vectors, logger), "vectors");
    }

    /// <summary>Where vectors go in.</summary>
    public Sink<VectorGroup, NotUsed> Vectors { get; }

    /// <summary>Ends when its stream does: with a failure, unless its actor stops.</summary>
    public Task Ended { get; }

    /// <summary>Groups inside, not yet stored.</summary>
    public long Inside => Interlocked.Read(ref _inside);

    /// <summary>Takes nothing more from other nodes.</summary>
    public void Drain() => _takers.Tell(Exchanges.Drain.Instance);

    private static bool OnlyEmbeds(Member member) => member.HasRole(NodeRoles.Embed) && !member.HasRole(NodeRoles.Index);
}
