using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Streams.Vectors;

/// <summary>A chunk with its embedding: what a sink stores.</summary>
/// <param name="Document">Its document.</param>
/// <param name="Uri">The document's URI.</param>
/// <param name="Chunk">The chunk.</param>
/// <param name="Embedding">Its embedding.</param>
public sealed record VectorRecord(DocumentId Document, string Uri, Chunk Chunk, Embedding Embedding)
{
    /// <summary>What it weighs in a buffer, in bytes.</summary>
    public long Weight => Chunk.Weight + Embedding.Weight;
}
