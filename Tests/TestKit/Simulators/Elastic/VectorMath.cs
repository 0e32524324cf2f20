using System.Numerics.Tensors;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>How vectors are compared.</summary>
internal static class VectorMath
{
    public static double MaxSim(float[][] question, float[][] rows) => question.Sum(one => rows.Max(other => Dot(one, other)));

    public static double Dot(float[] one, float[] other)
    {
        double sum = 0;
        for (var i = 0; i < one.Length; i++)
        {
            sum += one[i] * (double)other[i];
        }

        return sum;
    }

    public static double Cosine(float[] one, float[] other) => Dot(one, other) / Math.Sqrt(Dot(one, one) * Dot(other, other));

    public static double Distance(float[] one, float[] other) => TensorPrimitives.Distance<float>(one, other);
}
