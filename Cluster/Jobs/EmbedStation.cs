using Akka;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Embedding;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Chunks;
using Sluice.Streams.Flows;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Stages;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Jobs;

/// <summary>
/// A job's work on an embedding node: takes chunk groups from every parsing node, embeds them, and hands the vectors to this node's own indexing, or holds them in a
/// window bounded in bytes that indexing nodes take from, until they are stored.
/// </summary>
internal sealed class EmbedStation : IDisposable
{
    private readonly NodeServices _services;
    private readonly long _job;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Exchange<GroupId, VectorGroup>? _exchange;
    private readonly NodeExchange<VectorGroup>? _opened;
    private readonly IWindowControl<GroupId>? _window;
    private readonly IActorRef _takers;
    private readonly BufferGauge _held;
    private long _inside;

    /// <summary>Starts it.</summary>
    /// <param name="services">The node.</param>
    /// <param name="ticket">The job.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="model">The model.</param>
    /// <param name="embedding">Its pool, and how many sessions that has.</param>
    /// <param name="weight">The job's weight, as it is at the moment.</param>
    /// <param name="meters">Counts.</param>
    /// <param name="local">This node's own indexing; null when it has none.</param>
    /// <param name="held">Gauge of the window.</param>
    /// <param name="context">Actor that is told when groups are stored (<see cref="Stored"/>), and the parent of what is started.</param>
    public EmbedStation(
        NodeServices services,
        JobTicket ticket,
        PipelineOptions options,
        JobModel model,
        (IActorRef Pool, int Sessions) embedding,
        Func<int> weight,
        IngestionMeters meters,
        Sink<VectorGroup, NotUsed>? local,
        BufferGauge held,
        IActorContext context)
    {
        _services = services;
        _job = ticket.Id;
        _held = held;
        var (self, job) = (context.Self, ticket.Id);
        meters.Inference.AddWorkers(embedding.Sessions);
        var packing = new PackingOptions(model.Info.MaxTokens, meters.Budget, options.BatchRows, options.PackingWindowTokens, options.BatchFlushAge);
        var embed = MergeHub.Source<ChunkGroup>(perProducerBufferSize: 1)
            .Select(group =>
            {
                Interlocked.Increment(ref _inside);
                return group;
            })
            .Via(EmbedFlow.Create(
                packing,
                batch => embedding.Pool.AskLivingAsync<EmbeddedBatch>(new EmbedShare(job, weight(), batch, meters.Inference)),
                options.BatchesAhead * embedding.Sessions,
                meters.Embed,
                services.Time,
                _stopped.Token))
            .Select(group =>
            {
                Interlocked.Decrement(ref _inside);
                if (group.Group.Reused is { } reused)
                {
                    meters.Reused.Count(reused.Count(static embedding => embedding is not null), 0);
                }

                return group;
            });
        var materializer = context.Materializer();
        Sink<ChunkGroup, NotUsed> groups;
        Task ended;
        if (local is not null)
        {
            (groups, ended) = embed
                .WatchTermination(Keep.Both)
                .To(local)
                .WithAttributes(Attributes.CreateInputBuffer(1, 1))
                .Run(materializer);
        }
        else
        {
            _exchange = new Exchange<GroupId, VectorGroup>(static group => group.Group.Id, group => _window!.OfferAgain(group.Group.Id));
            _opened = new NodeExchange<VectorGroup>(_exchange);
            var window = new UnacknowledgedWindow<GroupId, VectorGroup>(static group => group.Group.Id, static group => group.Weight, static group => group, held);
            ((groups, ended), _window) = embed
                .Select(group => group with { Holder = self })
                .WatchTermination(Keep.Both)
                .ViaMaterialized(window, Keep.Both)
                .To(_exchange.Intake(_stopped.Token))
                .WithAttributes(Attributes.CreateInputBuffer(1, 1))
                .Run(materializer);
            services.Exchanges.Add(ticket.Id, Stage.Vectors, _opened);
        }

        Ended = ended;
        var logger = services.Loggers.CreateLogger("Sluice.Cluster.Embedding");
        _takers = context.ActorOf(TakersActor<ChunkGroup>.Props(ticket.Id, Stage.Chunks, static member => member.HasRole(NodeRoles.Parse), groups, logger), "chunks");
    }

    /// <summary>Ends when its stream does: with a failure, unless it is disposed of.</summary>
    public Task Ended { get; }

    /// <summary>Above 0 while groups are inside, not yet handed on or, with a window, not yet stored.</summary>
    public long Inside => Interlocked.Read(ref _inside) + (_exchange is not null && _held.Fill > 0 ? 1 : 0);

    /// <summary>A group it holds is stored.</summary>
    public void Stored(GroupId group)
    {
        _exchange?.Settle(group);
        _window?.Acknowledge(group);
    }

    /// <summary>Takes nothing more.</summary>
    public void Drain() => _takers.Tell(Exchanges.Drain.Instance);

    public void Dispose()
    {
        if (_opened is { } opened)
        {
            _services.Exchanges.Remove(_job, Stage.Vectors, opened);
        }

        _stopped.Cancel();
        _stopped.Dispose();
    }
}
