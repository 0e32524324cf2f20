namespace Sluice.Actors.Core;

/// <summary>A run as it stands.</summary>
/// <param name="Elapsed">Time since its beginning.</param>
/// <param name="Listing">Whether the source is still being walked, so that <paramref name="Discovered"/> grows.</param>
/// <param name="Discovered">Documents listed.</param>
/// <param name="Indexed">Documents done.</param>
/// <param name="Unchanged">Documents found unchanged by their content; those known unchanged from their listing are not counted here while the run goes on.</param>
/// <param name="Skipped">Documents skipped in this run.</param>
/// <param name="Dead">Documents dead in this run.</param>
/// <param name="Pending">Documents that the walk found to be done.</param>
/// <param name="Stages">The stages, in the data's order.</param>
/// <param name="Embedding">What the embedder did.</param>
/// <param name="Chunks">What became of the chunks.</param>
/// <param name="Notices">What holds it up right now, in words.</param>
/// <param name="Source">The walk of the source: documents listed, time it took; its buffer is the ledger, which has no bound.</param>
/// <param name="Removed">Documents removed because they are gone from their source.</param>
/// <param name="Standing">Whether it was paused and nothing is under way any more.</param>
public sealed record IngestionSnapshot(
    TimeSpan Elapsed,
    bool Listing,
    long Discovered,
    long Indexed,
    long Unchanged,
    long Skipped,
    long Dead,
    long Pending,
    IReadOnlyList<StageSnapshot> Stages,
    EmbeddingSnapshot Embedding,
    ChunkCounts Chunks,
    IReadOnlyCollection<string> Notices,
    StageSnapshot Source,
    long Removed,
    bool Standing);

/// <summary>A stage as it stands.</summary>
/// <param name="Name">source, parse, embed or index.</param>
/// <param name="Items">Chunks that left it; documents for the source.</param>
/// <param name="Busy">Time it worked, summed over parallel workers.</param>
/// <param name="Fill">What the buffer behind it holds, in <paramref name="Unit"/>.</param>
/// <param name="Bound">Where that buffer is full.</param>
/// <param name="Unit">bytes or tokens.</param>
public sealed record StageSnapshot(string Name, long Items, TimeSpan Busy, long Fill, long Bound, string Unit)
{
    /// <summary>How many work at once.</summary>
    public int Workers { get; init; }

    /// <summary>Time its workers waited for room further on, summed over them.</summary>
    public TimeSpan RoomWait { get; init; }

    /// <summary>How long pieces of work took: one count a bucket of <see cref="Streams.Monitoring.DurationHistogram"/>.</summary>
    public IReadOnlyList<long> Durations { get; init; } = [];
}

/// <summary>What the embedder did.</summary>
/// <param name="Batches">Batches run.</param>
/// <param name="Tokens">Tokens embedded.</param>
/// <param name="PaddedTokens">Tokens computed, padding included.</param>
/// <param name="Busy">Time the model ran.</param>
/// <param name="Starved">Time it waited because no chunks were ready.</param>
public sealed record EmbeddingSnapshot(long Batches, long Tokens, long PaddedTokens, TimeSpan Busy, TimeSpan Starved)
{
    /// <summary>Most padded tokens of a batch, as given or as found.</summary>
    public int BatchTokens { get; init; }

    /// <summary>Share of the computed tokens that was padding, 0 to 1.</summary>
    public double PaddingWaste => PaddedTokens == 0 ? 0 : 1 - ((double)Tokens / PaddedTokens);
}

/// <summary>What became of the chunks.</summary>
/// <param name="Parsed">Cut from documents.</param>
/// <param name="Embedded">Run through the model.</param>
/// <param name="Reused">Given the vectors of an equal document.</param>
/// <param name="Kept">In the sink already.</param>
/// <param name="Stored">Committed by the sink in this run.</param>
/// <param name="Deleted">Deleted because their text, or their document, is gone; chunks of removed documents as the ledger knew them.</param>
public sealed record ChunkCounts(long Parsed, long Embedded, long Reused, long Kept, long Stored, long Deleted);
