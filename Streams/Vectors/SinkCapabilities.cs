namespace Sluice.Streams.Vectors;

/// <summary>What a sink can take. The index flow shapes its requests by it.</summary>
/// <param name="MaxRecords">Most records a request.</param>
/// <param name="MaxBytes">Most bytes a request, as <see cref="VectorRecord.Weight"/> counts.</param>
/// <param name="MaxConcurrency">Most requests under way at once; 1 for a single writer.</param>
/// <param name="Kinds">Embedding shapes it stores.</param>
/// <param name="Modes">Ways it can be searched.</param>
public sealed record SinkCapabilities(
    int MaxRecords,
    long MaxBytes,
    int MaxConcurrency,
    IReadOnlyList<EmbeddingKind> Kinds,
    IReadOnlyList<SearchMode> Modes);
