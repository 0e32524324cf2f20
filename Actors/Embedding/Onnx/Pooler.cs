using System.Numerics.Tensors;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>Makes one vector of a text's token vectors.</summary>
internal static class Pooler
{
    /// <summary>Pools.</summary>
    /// <param name="values">The row's output: one vector, or one a token, padding at the end.</param>
    /// <param name="tokens">How many tokens are no padding; at least 1.</param>
    /// <param name="mode">How.</param>
    /// <param name="vector">The result; its length is the dimension. Must be zeros.</param>
    public static void Pool(ReadOnlySpan<float> values, int tokens, PoolingMode mode, Span<float> vector)
    {
        var dimension = vector.Length;
        switch (mode)
        {
            case PoolingMode.Mean:
                for (var token = 0; token < tokens; token++)
                {
                    TensorPrimitives.Add(vector, values.Slice(token * dimension, dimension), vector);
                }

                TensorPrimitives.Divide(vector, tokens, vector);
                break;
            case PoolingMode.LastToken:
                values.Slice((tokens - 1) * dimension, dimension).CopyTo(vector);
                break;
            default:
                values[..dimension].CopyTo(vector);
                break;
        }
    }
}
