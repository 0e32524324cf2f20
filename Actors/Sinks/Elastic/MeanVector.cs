using System.Numerics.Tensors;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>The mean of a multi-vector embedding's vectors: what the index finds candidates by, before they are scored by all vectors.</summary>
internal static class MeanVector
{
    /// <summary>Computes it, of unit length; where the vectors cancel each other out it is the first of them.</summary>
    /// <param name="embedding">The vectors; at least one.</param>
    /// <param name="mean">Takes it.</param>
    public static void Compute(MultiVectorEmbedding embedding, Span<float> mean)
    {
        var values = embedding.Values.Span;
        mean.Clear();
        for (var row = 0; row < embedding.Rows; row++)
        {
            TensorPrimitives.Add(mean, values.Slice(row * embedding.Dimension, embedding.Dimension), mean);
        }

        var norm = TensorPrimitives.Norm(mean);
        if (norm > 1e-6f)
        {
            TensorPrimitives.Divide(mean, norm, mean);
            return;
        }

        values[..embedding.Dimension].CopyTo(mean);
    }
}
