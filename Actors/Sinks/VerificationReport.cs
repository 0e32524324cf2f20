using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Sinks;

/// <summary>What a comparison of a sink with its ledger found.</summary>
/// <param name="SinkChunks">Chunks in the sink.</param>
/// <param name="LedgerChunks">Chunks the ledger says are stored.</param>
/// <param name="Documents">Documents in the ledger.</param>
/// <param name="OrphanChunks">Chunks in the sink that the ledger does not know.</param>
/// <param name="LostChunks">Chunks the ledger knows that the sink does not hold.</param>
/// <param name="LostDocuments">Documents with lost chunks.</param>
/// <param name="UnfinishedDocuments">Documents that wait or were interrupted: differences in them are made good by the next run anyway.</param>
/// <param name="Examples">Some of the differences, at most <see cref="CollectionVerifier.MaxExamples"/>.</param>
/// <param name="Repaired">Whether orphans were deleted and documents with lost chunks made pending.</param>
public sealed record VerificationReport(
    long SinkChunks,
    long LedgerChunks,
    long Documents,
    long OrphanChunks,
    long LostChunks,
    long LostDocuments,
    long UnfinishedDocuments,
    IReadOnlyList<VerificationDifference> Examples,
    bool Repaired)
{
    /// <summary>Chunks of an earlier reading of a settled document, still in the ledger and most likely in the sink. Deleted by a repair.</summary>
    public long StaleChunks { get; init; }

    /// <summary>Whether sink and ledger agree.</summary>
    public bool Agrees => OrphanChunks == 0 && LostChunks == 0 && StaleChunks == 0;
}

/// <summary>A chunk that is in one place and not in the other.</summary>
/// <param name="Kind">Where it is missing.</param>
/// <param name="Document">Its document.</param>
/// <param name="Chunk">The chunk.</param>
/// <param name="Uri">The document's URI; null where the ledger does not know the document.</param>
public sealed record VerificationDifference(DifferenceKind Kind, DocumentId Document, ChunkId Chunk, string? Uri);

/// <summary>Where a chunk is missing.</summary>
public enum DifferenceKind
{
    /// <summary>In the sink, not in the ledger: an orphan.</summary>
    Orphan,

    /// <summary>In the ledger, not in the sink: lost.</summary>
    Lost,

    /// <summary>Of an earlier reading of its document: stale.</summary>
    Stale,
}
