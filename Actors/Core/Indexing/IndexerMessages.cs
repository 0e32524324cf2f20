using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Indexing;

/// <summary>To the indexer: store these; answered with a list of <see cref="GroupStored"/>, one a group, in order.</summary>
/// <param name="Groups">The groups.</param>
internal sealed record WriteGroups(IReadOnlyList<VectorGroup> Groups);

/// <summary>To the indexer: update place and headings of stored chunks; answered with <see cref="SinkDone"/>.</summary>
/// <param name="Chunks">The chunks.</param>
internal sealed record RelocateChunks(IReadOnlyList<Chunk> Chunks);

/// <summary>To the indexer: delete these; answered with <see cref="SinkDone"/>.</summary>
/// <param name="Chunks">The chunks.</param>
internal sealed record DeleteChunks(IReadOnlyCollection<ChunkId> Chunks);

/// <summary>To the indexer: delete all chunks of these; answered with <see cref="SinkDone"/>.</summary>
/// <param name="Documents">The documents.</param>
internal sealed record DeleteDocuments(IReadOnlyCollection<DocumentId> Documents);

/// <summary>From the indexer: done and committed.</summary>
internal sealed record SinkDone
{
    public static readonly SinkDone Instance = new();
}
