namespace Sluice.Streams.Vectors;

/// <summary>What a sink can take. The index flow shapes its requests by it.</summary>
/// <param name="MaxRecords">Most records a request.</param>
/// <param name="MaxBytes">Most bytes a request, as <see cref="IVectorSink.EncodedBytes"/> estimates them.</param>
/// <param name="MaxConcurrency">Most requests under way at once; 1 for a single writer.</param>
/// <param name="Kinds">Embedding shapes it stores.</param>
/// <param name="Modes">Ways it can be searched.</param>
public sealed record SinkCapabilities(
    int MaxRecords,
    long MaxBytes,
    int MaxConcurrency,
    IReadOnlyList<EmbeddingKind> Kinds,
    IReadOnlyList<SearchMode> Modes)
{
    /// <summary>Ways of comparing vectors that it has.</summary>
    public IReadOnlyList<Distance> Distances { get; init; } = [Distance.Cosine, Distance.Dot, Distance.Euclidean];

    /// <summary>
    /// Whether a vector is read as it was written, but for rounding. False where the database keeps it normalized or in fewer bits: such vectors are not taken for another sink.
    /// </summary>
    public bool ReturnsExactVectors { get; init; } = true;

    /// <summary>
    /// Requests to begin with; more are added one by one as they succeed, up to <see cref="MaxConcurrency"/>, and halved when the database is overloaded. 0, the default, for
    /// <see cref="MaxConcurrency"/> at once: a database in this process or on its own connections.
    /// </summary>
    public int InitialConcurrency { get; init; }
}
