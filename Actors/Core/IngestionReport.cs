using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core;

/// <summary>How a run ended.</summary>
/// <param name="Accounting">Where every document of the source is, by the ledger.</param>
/// <param name="Interrupted">Whether it was stopped before its end.</param>
/// <param name="Removed">Documents removed from the sink because they are gone from the source.</param>
/// <param name="Chunks">What became of the chunks.</param>
/// <param name="Embedding">What the embedder did.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Warnings">What a person should know: an incomplete walk, documents not removed.</param>
public sealed record IngestionReport(
    Accounting Accounting,
    bool Interrupted,
    long Removed,
    ChunkCounts Chunks,
    EmbeddingSnapshot Embedding,
    TimeSpan Elapsed,
    IReadOnlyList<string> Warnings)
{
    /// <summary>Documents that are gone from the source and were not removed, because they are more than may go without being asked about. The warnings say it in words.</summary>
    public long Withheld { get; init; }
}
