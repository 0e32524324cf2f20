using System.Numerics.Tensors;

namespace Sluice.Actors.Embedding.Outputs;

/// <summary>Makes one vector of a text's token vectors.</summary>
internal static class Pooler
{
    /// <summary>Pools.</summary>
    /// <param name="values">One vector, or one a token, without padding; at least one.</param>
    /// <param name="mode">How.</param>
    /// <param name="vector">The result; its length is that of a vector. Must be zeros.</param>
    public static void Pool(ReadOnlySpan<float> values, PoolingMode mode, Span<float> vector)
    {
        var dimension = vector.Length;
        var tokens = values.Length / dimension;
        switch (mode)
        {
            case PoolingMode.Mean:
            case PoolingMode.MeanSqrtLength:
                for (var token = 0; token < tokens; token++)
                {
                    TensorPrimitives.Add(vector, values.Slice(token * dimension, dimension), vector);
                }

                TensorPrimitives.Divide(vector, mode == PoolingMode.Mean ? tokens : MathF.Sqrt(tokens), vector);
                break;
            case PoolingMode.WeightedMean:
                for (var token = 0; token < tokens; token++)
                {
                    TensorPrimitives.MultiplyAdd(values.Slice(token * dimension, dimension), token + 1f, vector, vector);
                }

                TensorPrimitives.Divide(vector, tokens * (tokens + 1f) / 2, vector);
                break;
            case PoolingMode.Max:
                values[..dimension].CopyTo(vector);
                for (var token = 1; token < tokens; token++)
                {
                    TensorPrimitives.Max(vector, values.Slice(token * dimension, dimension), vector);
                }

                break;
            case PoolingMode.LastToken:
                values[^dimension..].CopyTo(vector);
                break;
            default:
                values[..dimension].CopyTo(vector);
                break;
        }
    }
}
