using System.Numerics.Tensors;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding.Outputs;

/// <summary>
/// Makes fewer vectors of a document's: like ones are replaced by their mean, until one in so many is left (Clavié, Chaffin and Adams, "Reducing the Footprint of
/// Multi-Vector Retrieval with Minimal Performance Impact via Token Pooling", 2024). Clusters are Ward's, found by chains of nearest neighbours (Murtagh, 1983). The
/// first vector, which stands for the whole text, is kept as it is. Keeps buffers: not safe for concurrent use.
/// </summary>
/// <param name="factor">Vectors that become one, on average; from 2.</param>
internal sealed class TokenPooling(int factor)
{
    private float[] _sums = [];
    private int[] _sizes = [];
    private int[] _clusters = [];
    private int[] _chain = [];

    /// <summary>Pools.</summary>
    /// <param name="values">Rows of unit length.</param>
    /// <param name="rows">How many.</param>
    /// <param name="dimension">Components of each.</param>
    /// <returns>The first row, and means of the others in the order of their first members; all as they were where there is nothing to pool.</returns>
    public MultiVectorEmbedding Pool(float[] values, int rows, int dimension)
    {
        var others = rows - 1;
        var wanted = Math.Max(1, others / factor);
        if (others <= wanted)
        {
            return new MultiVectorEmbedding(values, rows, dimension);
        }

        Prepare(values, others, dimension);
        Merge(FindMerges(others, dimension), others, others - wanted);
        return Average(values, others, wanted, dimension);
    }

    /// <summary>Ward's cost of joining two clusters: n m / (n + m) times the squared distance of their means.</summary>
    private float Cost(int one, int other, int dimension)
    {
        float n = _sizes[one];
        float m = _sizes[other];
        var a = _sums.AsSpan(one * dimension, dimension);
        var b = _sums.AsSpan(other * dimension, dimension);
        var squares = (TensorPrimitives.SumOfSquares<float>(a) / (n * n)) + (TensorPrimitives.SumOfSquares<float>(b) / (m * m)) - (2 * TensorPrimitives.Dot<float>(a, b) / (n * m));
        return n * m / (n + m) * Math.Max(0, squares);
    }

    private void Prepare(float[] values, int others, int dimension)
    {
        if (_sizes.Length < others)
        {
            _sizes = new int[others];
            _clusters = new int[others];
            _chain = new int[others];
        }

        if (_sums.Length < others * dimension)
        {
            _sums = new float[others * dimension];
        }

        values.AsSpan(dimension, others * dimension).CopyTo(_sums);
        _sizes.AsSpan(0, others).Fill(1);
        for (var i = 0; i < others; i++)
        {
            _clusters[i] = i;
        }
    }

    /// <summary>All merges of the hierarchy, each by two members and its cost. A chain of nearest neighbours ends in two that are each other's, which are merged.</summary>
    private List<(float Cost, int One, int Other)> FindMerges(int others, int dimension)
    {
        var merges = new List<(float Cost, int One, int Other)>(others - 1);
        var length = 0;
        while (merges.Count < others - 1)
        {
            if (length == 0)
            {
                _chain[length++] = Array.FindIndex(_sizes, 0, others, static size => size > 0);
            }

            var tip = _chain[length - 1];
            var before = length > 1 ? _chain[length - 2] : -1;
            var (nearest, cost) = before < 0 ? (-1, float.MaxValue) : (before, Cost(tip, before, dimension));
            for (var candidate = 0; candidate < others; candidate++)
            {
                if (_sizes[candidate] > 0 && candidate != tip && candidate != before && Cost(tip, candidate, dimension) is var other && other < cost)
                {
                    (nearest, cost) = (candidate, other);
                }
            }

            if (nearest != before)
            {
                _chain[length++] = nearest;
                continue;
            }

            length -= 2;
            merges.Add((cost, tip, before));
            var (into, gone) = (Math.Min(tip, before), Math.Max(tip, before));
            TensorPrimitives.Add(_sums.AsSpan(into * dimension, dimension), _sums.AsSpan(gone * dimension, dimension), _sums.AsSpan(into * dimension, dimension));
            _sizes[into] += _sizes[gone];
            _sizes[gone] = 0;
        }

        return merges;
    }

    /// <summary>Joins the members of the cheapest merges; a member of a cluster stands for all of it.</summary>
    private void Merge(List<(float Cost, int One, int Other)> merges, int others, int count)
    {
        merges.Sort(static (one, other) => one.Cost.CompareTo(other.Cost));
        foreach (var (_, one, other) in merges.Take(count))
        {
            var (into, gone) = (Math.Min(_clusters[one], _clusters[other]), Math.Max(_clusters[one], _clusters[other]));
            for (var i = 0; i < others; i++)
            {
                _clusters[i] = _clusters[i] == gone ? into : _clusters[i];
            }
        }
    }

    private MultiVectorEmbedding Average(float[] values, int others, int wanted, int dimension)
    {
        var pooled = new float[(1 + wanted) * dimension];
        values.AsSpan(0, dimension).CopyTo(pooled);
        var at = dimension;
        for (var cluster = 0; cluster < others; cluster++)
        {
            if (_clusters[cluster] != cluster)
            {
                continue;
            }

            var mean = pooled.AsSpan(at, dimension);
            var members = 0;
            for (var i = cluster; i < others; i++)
            {
                if (_clusters[i] == cluster)
                {
                    TensorPrimitives.Add(mean, values.AsSpan((1 + i) * dimension, dimension), mean);
                    members++;
                }
            }

            TensorPrimitives.Divide(mean, members, mean);
            at += dimension;
        }

        return new MultiVectorEmbedding(pooled, 1 + wanted, dimension);
    }
}
