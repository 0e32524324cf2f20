using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Actors.Core.Partitions;
using Sluice.Actors.Core.Sources;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Cluster.Jobs;

/// <summary>A job's work on a parsing node: its partitions put their groups into an exchange that embedding nodes take from.</summary>
internal sealed class ParseStation : IDisposable
{
    private readonly NodeServices _services;
    private readonly JobTicket _ticket;
    private readonly NodeExchange<ChunkGroup> _opened;
    private readonly NodePartitions.Place _place;
    private readonly CancellationTokenSource _stopped = new();
    private readonly IActorContext _context;
    private readonly IActorRef _edits;

    public ParseStation(NodeServices services, JobTicket ticket, IngestionParts parts, IJobParts job, IDocumentSource source, string? root, IngestionMeters meters, NoticeBoard notices, IActorContext context)
    {
        _services = services;
        _ticket = ticket;
        _context = context;
        var walk = ticket.Walk!;
        var exchange = new Exchange<GroupId, ChunkGroup>(static group => group.Id, static group => group.Owner.Tell(new OfferAgain(group.Id)));
        _opened = new NodeExchange<ChunkGroup>(exchange);

        // What a partition deletes and relocates it writes from here: the order with its own ledger stays simple, and no other node has to be there for it.
        var writer = new SinkWriter(parts.Sink, job.Options, notices, services.Time);
        var indexer = _edits = context.ActorOf(IndexerActor.Props(writer, meters.Stored));
        var partitions = new PartitionContext(
            parts,
            source,
            walk,
            job.Options,
            indexer,
            exchange.Intake(_stopped.Token),
            exchange.Settle,
            meters,
            notices,
            services.Time)
        {
            Fetch = new StoredEmbeddings(writer.Calls).FetchAsync,
            Guard = new SourceGuard(source, job.Options, notices, services.Time, root) { MayLose = job.Prune == PruneMode.Always, OthersRead = true, Advice = SourceAdvice.OfJob(ticket.Id) },
        };
        _place = new NodePartitions.Place(partitions, _stopped.Token);
        services.Exchanges.Add(ticket.Id, Stage.Chunks, _opened);
        services.Partitions.Add(ticket.Id, walk.Id, _place);
    }

    public void Dispose()
    {
        _services.Partitions.Remove(_ticket.Id, _ticket.Walk!.Id, _place);
        _services.Exchanges.Remove(_ticket.Id, Stage.Chunks, _opened);
        _stopped.Cancel();
        _context.Stop(_edits);
        _stopped.Dispose();
    }
}
