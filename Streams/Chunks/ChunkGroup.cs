using Akka.Actor;
using Sluice.Streams.Documents;

namespace Sluice.Streams.Chunks;

/// <summary>Identity of a group: one document, one processing of it, one position.</summary>
/// <param name="Document">The document.</param>
/// <param name="Generation">The processing, see the ledger.</param>
/// <param name="Sequence">Position in the document, from 0.</param>
public readonly record struct GroupId(DocumentId Document, long Generation, int Sequence);

/// <summary>Chunks of one document that travel together and are acknowledged together.</summary>
/// <param name="Id">Identity.</param>
/// <param name="Uri">The document's URI.</param>
/// <param name="Chunks">At most <see cref="MaxChunks"/> and, unless it is one chunk, <see cref="MaxWeight"/>.</param>
/// <param name="Owner">The partition actor that waits for the acknowledgement.</param>
public sealed record ChunkGroup(GroupId Id, string Uri, IReadOnlyList<Chunk> Chunks, IActorRef Owner)
{
    /// <summary>Most chunks in a group. Small, because a group is stored when its last chunk is embedded: that bounds what a crash makes be embedded again.</summary>
    public const int MaxChunks = 16;

    /// <summary>Most bytes in a group of more than one chunk.</summary>
    public const long MaxWeight = 256 * 1024;

    /// <summary>How often it has been offered, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Embeddings that are known already, one a chunk, null where there is none; null when there are none at all.</summary>
    public IReadOnlyList<Vectors.Embedding?>? Reused { get; init; }

    /// <summary>Trace context (W3C trace parent) of what was done to it last; null when it is not traced.</summary>
    public string? Trace { get; init; }

    /// <summary>What it weighs in a buffer, in bytes.</summary>
    public long Weight { get; } = Chunks.Sum(static chunk => chunk.Weight);

    /// <summary>The group without the pixels of its chunks, which nobody needs once they are embedded.</summary>
    /// <returns>This group where there are none.</returns>
    public ChunkGroup WithoutImages() =>
        Chunks.All(static chunk => chunk.Image is null)
            ? this
            : new ChunkGroup(Id, Uri, [.. Chunks.Select(static chunk => chunk with { Image = null })], Owner) { Attempt = Attempt, Reused = Reused, Trace = Trace };
}
