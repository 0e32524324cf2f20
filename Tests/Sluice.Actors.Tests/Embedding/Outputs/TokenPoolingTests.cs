using System.Numerics.Tensors;
using Sluice.Actors.Embedding.Outputs;

namespace Sluice.Actors.Tests.Embedding.Outputs;

public sealed class TokenPoolingTests
{
    [Fact]
    public void Pool_LikeVectors_AreReplacedByTheirMeans()
    {
        // The first, then two of one direction and two of another, mixed.
        float[] values = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0.96f, 0.28f, 0, 0.28f, 0.96f];
        var pooled = new TokenPooling(2).Pool(values, 5, 3);
        pooled.Rows.ShouldBe(3);
        pooled.Values.ToArray().ShouldBe([1, 0, 0, 0, 0.98f, 0.14f, 0, 0.14f, 0.98f], 1e-6);
    }

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(3, 4, 2)]
    [InlineData(181, 3, 61)]
    [InlineData(300, 16, 19)]
    public void Pool_AnyNumber_KeepsTheFirstAndOneInSoMany(int rows, int factor, int expected)
    {
        var values = Random(rows, 8, seed: rows);
        var copy = values.ToArray();
        var pooled = new TokenPooling(factor).Pool(values, rows, 8);
        pooled.Rows.ShouldBe(expected);
        pooled.Values.Length.ShouldBe(expected * 8);
        pooled.Values.Span[..8].ToArray().ShouldBe(values[..8]);
        values.ShouldBe(copy, "the vectors themselves are not touched");
    }

    [Fact]
    public void Pool_Clusters_AreThoseOfACompleteSearch()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var values = Random(25, 4, seed);
            var pooled = new TokenPooling(4).Pool(values, 25, 4);
            var expected = Slow(values, 24, 4, wanted: 6);
            pooled.Values.Span[4..].ToArray().ShouldBe(expected, 1e-5, $"seed {seed}");
        }
    }

    /// <summary>Ward's method as it is told: of all pairs join the cheapest, again and again.</summary>
    private static float[] Slow(float[] values, int others, int dimension, int wanted)
    {
        var clusters = Enumerable.Range(1, others).Select(static row => new List<int> { row }).ToList();
        while (clusters.Count > wanted)
        {
            var (one, other) = clusters.SelectMany((_, i) => Enumerable.Range(i + 1, clusters.Count - i - 1).Select(j => (i, j)))
                .MinBy(pair => Cost(clusters[pair.i], clusters[pair.j]));
            clusters[one].AddRange(clusters[other]);
            clusters.RemoveAt(other);
        }

        return [.. clusters.OrderBy(static cluster => cluster.Min()).SelectMany(Mean)];

        double Cost(List<int> a, List<int> b) => (double)a.Count * b.Count / (a.Count + b.Count) * Mean(a).Zip(Mean(b), static (x, y) => (double)(x - y) * (x - y)).Sum();
        float[] Mean(List<int> cluster) => [.. Enumerable.Range(0, dimension).Select(component => cluster.Average(row => values[(row * dimension) + component]))];
    }

    private static float[] Random(int rows, int dimension, int seed)
    {
        var random = new Random(seed);
        var values = new float[rows * dimension];
        for (var row = 0; row < rows; row++)
        {
            var vector = values.AsSpan(row * dimension, dimension);
            foreach (ref var value in vector)
            {
                value = random.NextSingle() - 0.5f;
            }

            TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
        }

        return values;
    }
}
