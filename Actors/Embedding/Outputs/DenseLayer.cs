using System.Numerics.Tensors;
using Sluice.Actors.Embedding.Folders;

namespace Sluice.Actors.Embedding.Outputs;

/// <summary>A linear layer and its activation. Immutable, safe for concurrent use.</summary>
internal sealed class DenseLayer
{
    private readonly DenseModule _module;
    private readonly float[] _weights;
    private readonly float[] _bias;

    /// <summary>Reads its weights.</summary>
    /// <exception cref="Sluice.Streams.Failures.ModelException">They cannot be read.</exception>
    public DenseLayer(DenseModule module)
    {
        _module = module;
        (_weights, _bias) = DenseWeights.Read(module);
    }

    /// <summary>Components it gives.</summary>
    public int Outputs => _module.Outputs;

    /// <summary>Computes it; <paramref name="result"/> has <see cref="Outputs"/> components.</summary>
    public void Apply(ReadOnlySpan<float> vector, Span<float> result)
    {
        for (var i = 0; i < result.Length; i++)
        {
            var sum = TensorPrimitives.Dot(vector, _weights.AsSpan(i * _module.Inputs, _module.Inputs));
            result[i] = _bias.Length > 0 ? sum + _bias[i] : sum;
        }

        switch (_module.Activation)
        {
            case DenseActivation.Tanh:
                TensorPrimitives.Tanh(result, result);
                break;
            case DenseActivation.Relu:
                TensorPrimitives.Max(result, 0, result);
                break;
            case DenseActivation.Gelu:
                for (var i = 0; i < result.Length; i++)
                {
                    result[i] *= (float)(0.5 * (1 + ErrorFunction(result[i] / Math.Sqrt(2))));
                }

                break;
            default:
                break;
        }
    }

    /// <summary>The error function by its series near 0 and its continued fraction far from it (Abramowitz and Stegun, 7.1.5 and 7.1.14).</summary>
    private static double ErrorFunction(double x)
    {
        if (Math.Abs(x) < 2.5)
        {
            double term = x;
            var sum = x;
            for (var n = 1; n < 60; n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }

            return 2 / Math.Sqrt(Math.PI) * sum;
        }

        var fraction = Math.Abs(x);
        for (var n = 40; n >= 1; n--)
        {
            fraction = Math.Abs(x) + (n / 2.0 / fraction);
        }

        return Math.Sign(x) * (1 - (Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction)));
    }
}
