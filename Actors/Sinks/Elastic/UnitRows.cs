using System.Numerics.Tensors;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>The vectors of a multi-vector embedding at unit length.</summary>
internal static class UnitRows
{
    /// <summary>How far from 1 a length may be that counts as 1: what rounding does to a vector of unit length.</summary>
    private const float Rounding = 1e-5f;

    /// <summary>The vectors' lengths; null where all of them are 1.</summary>
    public static float[]? Norms(MultiVectorEmbedding embedding)
    {
        var norms = new float[embedding.Rows];
        var other = false;
        for (var row = 0; row < embedding.Rows; row++)
        {
            var norm = TensorPrimitives.Norm(embedding.Values.Span.Slice(row * embedding.Dimension, embedding.Dimension));
            var isUnit = Math.Abs(norm - 1) <= Rounding || norm == 0;
            norms[row] = isUnit ? 1 : norm;
            other |= !isUnit;
        }

        return other ? norms : null;
    }

    /// <summary>The embedding with vectors of unit length; itself where they are.</summary>
    public static MultiVectorEmbedding Of(MultiVectorEmbedding embedding)
    {
        if (Norms(embedding) is not { } norms)
        {
            return embedding;
        }

        var values = embedding.Values.ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] /= norms[i / embedding.Dimension];
        }

        return embedding with { Values = values };
    }
}
