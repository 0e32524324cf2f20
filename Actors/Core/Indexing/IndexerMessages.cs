using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Indexing;

/// <summary>To the indexer: store these; answered with a list of <see cref="GroupStored"/>, one a group, in order.</summary>
/// <param name="Groups">The groups.</param>
internal sealed record WriteGroups(IReadOnlyList<VectorGroup> Groups);

/// <summary>To the indexer: update place and headings of stored chunks of a document; answered with <see cref="EditDone{T}"/> of chunks.</summary>
/// <param name="Document">Their document.</param>
/// <param name="Uri">Its URI.</param>
/// <param name="Chunks">The chunks.</param>
internal sealed record RelocateChunks(DocumentId Document, string Uri, IReadOnlyList<Chunk> Chunks);

/// <summary>To the indexer: delete these; answered with <see cref="EditDone{T}"/> of their ids.</summary>
/// <param name="Chunks">The chunks.</param>
internal sealed record DeleteChunks(IReadOnlyList<ChunkId> Chunks);

/// <summary>To the indexer: delete all chunks of these; answered with <see cref="EditDone{T}"/> of the documents.</summary>
/// <param name="Documents">The documents.</param>
internal sealed record DeleteDocuments(IReadOnlyList<DocumentId> Documents);

/// <summary>From the indexer: done and committed, but for what the sink refused.</summary>
/// <param name="Refused">What is as it was, each with the sink's words.</param>
internal sealed record EditDone<T>(IReadOnlyList<Refusal<T>> Refused);
