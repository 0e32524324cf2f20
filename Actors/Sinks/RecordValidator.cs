using System.Globalization;
using System.Numerics.Tensors;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>Finds records that no database should be asked to store.</summary>
internal static class RecordValidator
{
    /// <summary>Checks a dense record against its collection.</summary>
    /// <returns>Why it is refused; null when it is fine.</returns>
    public static Rejection? Validate(VectorRecord record, CollectionInfo collection)
    {
        if (record.Embedding is not DenseEmbedding dense)
        {
            return Refuse($"its embedding is of another shape than the collection's ({collection.Kind})");
        }

        var values = dense.Values.Span;
        if (values.Length != collection.Dimension)
        {
            return Refuse(string.Create(CultureInfo.InvariantCulture, $"its embedding has {values.Length} dimensions; the collection's have {collection.Dimension}"));
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

    private static Rejection Refuse(string why) => Rejection.Dead(Reasons.RefusedBySink, $"The chunk was not stored: {why}.");
}
