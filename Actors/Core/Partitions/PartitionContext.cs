using Akka;
using Akka.Actor;
using Akka.Streams.Dsl;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Partitions;

/// <summary>What the partitions of a job share.</summary>
/// <param name="Parts">What the run works with.</param>
/// <param name="Source">Opens documents.</param>
/// <param name="Walk">The walk.</param>
/// <param name="Options">Sizes.</param>
/// <param name="Indexer">Deletes and relocates.</param>
/// <param name="Groups">Takes the groups on: the hub in front of the embed flow.</param>
/// <param name="GroupSettled">Told of every group that is stored, before it is recorded, and of those that are given up when a partition ends; called by the partitions' actors.</param>
/// <param name="Meters">Counts.</param>
/// <param name="Notices">Tells.</param>
/// <param name="Time">The clock.</param>
internal sealed record PartitionContext(
    IngestionParts Parts,
    IDocumentSource Source,
    Walk Walk,
    PipelineOptions Options,
    IActorRef Indexer,
    Sink<ChunkGroup, NotUsed> Groups,
    Action<GroupId> GroupSettled,
    IngestionMeters Meters,
    NoticeBoard Notices,
    TimeProvider Time)
{
    /// <summary>Reads stored embeddings; see <see cref="Streams.Flows.ParseParts"/>.</summary>
    public required Func<IReadOnlyCollection<ChunkId>, CancellationToken, Task<IReadOnlyDictionary<ChunkId, Streams.Vectors.Embedding>>> Fetch { get; init; }

    /// <summary>Tells a source that is away from a document that cannot be read.</summary>
    public Streams.Flows.ISourceGuard? Guard { get; init; }

    /// <summary>Sinks that are filled from the same documents.</summary>
    public IReadOnlyList<Streams.Flows.SiblingSink> Siblings { get; } =
        [.. Parts.Siblings.Where(static sink => sink.Capabilities.ReturnsExactVectors).Select(sink => new Streams.Flows.SiblingSink(sink.Name, new Embedding.SiblingReader(sink, Time).FetchAsync))];
}
