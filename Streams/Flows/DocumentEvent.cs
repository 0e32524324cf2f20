using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Streams.Flows;

/// <summary>What happens while a document is read, in order: any number of groups and kept chunks, then its end.</summary>
/// <param name="Document">The document.</param>
/// <param name="Generation">Its processing.</param>
public abstract record DocumentEvent(DocumentId Document, long Generation);

/// <summary>Chunks to embed and store.</summary>
/// <param name="Group">The group.</param>
public sealed record GroupParsed(ChunkGroup Group) : DocumentEvent(Group.Id.Document, Group.Id.Generation);

/// <summary>Chunks that the sink holds already.</summary>
/// <param name="Document">The document.</param>
/// <param name="Generation">Its processing.</param>
/// <param name="Uri">The document's URI.</param>
/// <param name="Chunks">All of them, as they are to be recorded.</param>
/// <param name="Moved">Those whose place or headings changed: to be updated in the sink first.</param>
public sealed record ChunksKept(DocumentId Document, long Generation, string Uri, IReadOnlyList<LedgerChunk> Chunks, IReadOnlyList<MovedChunk> Moved)
    : DocumentEvent(Document, Generation);

/// <summary>A stored chunk whose place or headings changed.</summary>
/// <param name="Chunk">As it is now, without its image.</param>
/// <param name="OldPlace">Hash of its place as it is stored.</param>
public sealed record MovedChunk(Chunk Chunk, long OldPlace);

/// <summary>The document has been read to its end, or given up.</summary>
/// <param name="Pending">The document.</param>
/// <param name="Generation">Its processing.</param>
/// <param name="Groups">How many groups were parsed.</param>
/// <param name="Kept">How many <see cref="ChunksKept"/> there were.</param>
/// <param name="ChunkCount">How many chunks there were in all.</param>
public sealed record DocumentRead(PendingDocument Pending, long Generation, int Groups, int Kept, long ChunkCount)
    : DocumentEvent(Pending.Id, Generation)
{
    /// <summary>Whether the ledger was told of its processing (<see cref="ILedger.BeginAsync"/>): not when it could not be opened, or proved unchanged.</summary>
    public bool Begun { get; init; }

    /// <summary>True when somebody else has begun it meanwhile: it is to be read from the ledger again, if it is still pending.</summary>
    public bool Superseded { get; init; }

    /// <summary>True when its content proved to be the one indexed before.</summary>
    public bool Unchanged { get; init; }

    /// <summary>Hash of the content, where it was read to its end.</summary>
    public string? ContentHash { get; init; }

    /// <summary>The listing that was read, where it differs from the pending one.</summary>
    public ListedDocument? Listed { get; init; }

    /// <summary>Why it will not be indexed.</summary>
    public Rejection? Rejection { get; init; }

    /// <summary>Why it should be read again later.</summary>
    public TransientFailure? Retry { get; init; }
}

/// <summary>A failure that may pass.</summary>
/// <param name="Reason">Code to use when it does not, of <see cref="Reasons"/>.</param>
/// <param name="Message">Words.</param>
/// <param name="RetryAfter">How long to wait, if the other side said so.</param>
public sealed record TransientFailure(string Reason, string Message, TimeSpan? RetryAfter)
{
    /// <summary>Whether the source as a whole was away, and is back: it is none of the document's tries.</summary>
    public bool IsOfSource { get; init; }
}
