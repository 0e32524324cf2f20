using System.Globalization;
using System.Numerics.Tensors;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>Finds records that no database should be asked to store.</summary>
internal static class RecordValidator
{
    /// <summary>The records that can be sent: valid ones, the last of each id.</summary>
    /// <param name="records">The records.</param>
    /// <param name="collection">What the collection holds.</param>
    /// <param name="failures">Where the others go.</param>
    /// <returns><paramref name="records"/> itself where all of them can.</returns>
    public static IReadOnlyList<VectorRecord> Sendable(IReadOnlyList<VectorRecord> records, CollectionInfo collection, List<ChunkFailure> failures)
    {
        var last = new Dictionary<ChunkId, int>(records.Count);
        var bad = 0;
        for (var index = 0; index < records.Count; index++)
        {
            if (Validate(records[index], collection) is { } rejection)
            {
                failures.Add(new ChunkFailure(records[index].Chunk, rejection));
                bad++;
            }
            else
            {
                last[records[index].Chunk.Id] = index;
            }
        }

        return bad == 0 && last.Count == records.Count ? records : [.. last.Values.Order().Select(index => records[index])];
    }

    /// <summary>Checks a record against its collection.</summary>
    /// <returns>Why it is refused; null when it is fine.</returns>
    public static Rejection? Validate(VectorRecord record, CollectionInfo collection) => (record.Embedding, collection.Kind) switch
    {
        (DenseEmbedding dense, EmbeddingKind.Dense) => Validate(dense.Values.Span, dense.Values.Length, collection),
        (MultiVectorEmbedding several, EmbeddingKind.MultiVector) => ValidateRows(several, collection),
        (SparseEmbedding sparse, EmbeddingKind.Sparse) => ValidateTerms(sparse, collection),
        _ => Refuse($"its embedding is of another shape than the collection's ({collection.Kind})"),
    };

    private static Rejection? Validate(ReadOnlySpan<float> values, int dimension, CollectionInfo collection)
    {
        if (dimension != collection.Dimension)
        {
            return Refuse(string.Create(CultureInfo.InvariantCulture, $"its embedding has {dimension} dimensions; the collection's have {collection.Dimension}"));
        }

        // Infinities and NaN make the sum of squares infinite or NaN, and so does a vector too long to compare.
        var squares = TensorPrimitives.SumOfSquares(values);
        if (!float.IsFinite(squares))
        {
            return Refuse("its embedding holds NaN, infinity or numbers too large to compare");
        }

        return squares == 0 && collection.Distance == Distance.Cosine
            ? Refuse("its embedding is all zeros, which has no angle to compare by")
            : null;
    }

    private static Rejection? ValidateRows(MultiVectorEmbedding several, CollectionInfo collection)
    {
        if (several.Rows < 1 || several.Values.Length != (long)several.Rows * several.Dimension)
        {
            return Refuse("its embedding holds no vectors, or not as many numbers as it says");
        }

        for (var row = 0; row < several.Rows; row++)
        {
            if (Validate(several.Values.Span.Slice(row * several.Dimension, several.Dimension), several.Dimension, collection) is { } rejection)
            {
                return rejection;
            }
        }

        return null;
    }

    private static Rejection? ValidateTerms(SparseEmbedding sparse, CollectionInfo collection)
    {
        var indices = sparse.Indices.Span;
        var values = sparse.Values.Span;
        if (indices.Length == 0 || indices.Length != values.Length)
        {
            return Refuse("its embedding holds no terms, or not one weight a term");
        }

        for (var index = 0; index < indices.Length; index++)
        {
            if (indices[index] < 0 || indices[index] >= collection.Dimension || (index > 0 && indices[index] <= indices[index - 1]))
            {
                return Refuse(string.Create(CultureInfo.InvariantCulture, $"the terms of its embedding are not rising numbers below {collection.Dimension}"));
            }
        }

        return float.IsFinite(TensorPrimitives.SumOfSquares(values)) ? null : Refuse("its embedding holds NaN, infinity or numbers too large to compare");
    }

    private static Rejection Refuse(string why) => Rejection.Dead(Reasons.RefusedBySink, $"The chunk was not stored: {why}.");
}
