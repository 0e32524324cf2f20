namespace Sluice.Streams.Vectors;

/// <summary>Shape of a model's output.</summary>
public enum EmbeddingKind
{
    /// <summary>One vector a text.</summary>
    Dense,

    /// <summary>One vector a token (late interaction).</summary>
    MultiVector,

    /// <summary>Weights of terms of the vocabulary.</summary>
    Sparse,
}

/// <summary>How vectors are compared.</summary>
public enum Distance
{
    /// <summary>1 - cosine of the angle.</summary>
    Cosine,

    /// <summary>Negative dot product.</summary>
    Dot,

    /// <summary>Euclidean.</summary>
    Euclidean,
}

/// <summary>The embedding of one text. Immutable; shares no buffer with the embedder.</summary>
public abstract record Embedding
{
    /// <summary>Bytes it takes in memory.</summary>
    public abstract long Weight { get; }
}

/// <summary>One vector.</summary>
/// <param name="Values">Its components.</param>
public sealed record DenseEmbedding(ReadOnlyMemory<float> Values) : Embedding
{
    /// <inheritdoc/>
    public override long Weight => 4L * Values.Length;
}

/// <summary>Several vectors in one flat, row-major buffer.</summary>
/// <param name="Values"><paramref name="Rows"/> x <paramref name="Dimension"/> components.</param>
/// <param name="Rows">Number of vectors.</param>
/// <param name="Dimension">Components of each.</param>
public sealed record MultiVectorEmbedding(ReadOnlyMemory<float> Values, int Rows, int Dimension) : Embedding
{
    /// <inheritdoc/>
    public override long Weight => 4L * Values.Length;
}

/// <summary>Weights of terms.</summary>
/// <param name="Indices">Terms, rising.</param>
/// <param name="Values">Their weights, as many.</param>
public sealed record SparseEmbedding(ReadOnlyMemory<int> Indices, ReadOnlyMemory<float> Values) : Embedding
{
    /// <inheritdoc/>
    public override long Weight => 8L * Values.Length;
}
