using System.Numerics.Tensors;
using System.Text.Json;
using Sluice.Streams.Vectors;

namespace Sluice.TestKit.Models;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>What transformers.js made of texts, as <c>Tests/Models/reference.mjs</c> writes it, and how near to it an embedding is.</summary>
public static class ParityVectors
{
    /// <summary>The least cosine of an embedding's vectors and the reference's; 0 where there are not as many.</summary>
    /// <param name="embedding">Ours.</param>
    /// <param name="reference">The reference's numbers: of one vector, or a list of vectors.</param>
    public static double Cosine(Embedding embedding, JsonElement reference)
    {
        switch (embedding)
        {
            case DenseEmbedding dense:
                return Cosine(dense.Values.Span, Numbers(reference));
            case SparseEmbedding sparse:
                var weights = new float[reference.GetArrayLength()];
                for (var i = 0; i < sparse.Indices.Length; i++)
                {
                    weights[sparse.Indices.Span[i]] = sparse.Values.Span[i];
                }

                return Cosine(weights, Numbers(reference));
            case MultiVectorEmbedding several when several.Rows == reference.GetArrayLength():
                double least = 1;
                for (var row = 0; row < several.Rows; row++)
                {
                    least = Math.Min(least, Cosine(several.Values.Span.Slice(row * several.Dimension, several.Dimension), Numbers(reference[row])));
                }

                return least;
            default:
                return 0;
        }
    }

    private static float[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(static number => number.GetSingle())];

    private static double Cosine(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
        => one.Length != other.Length ? 0 : Math.Min(TensorPrimitives.CosineSimilarity(one, other), Math.Min(TensorPrimitives.Norm(one), TensorPrimitives.Norm(other)) / Math.Max(TensorPrimitives.Norm(one), TensorPrimitives.Norm(other)));
}
