using System.Numerics.Tensors;
using Sluice.Actors.Embedding.Folders;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding.Outputs;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>
/// Weights of terms: log(1 + relu(score)), the largest over the tokens or their sum (SPLADE: Formal, Piwowarski and Clinchant, 2021; the largest: SPLADE v2). Where the
/// network gives one vector a text, its components above 0 are the weights already.
/// </summary>
/// <param name="settings">How.</param>
/// <param name="ofLargest">Whether what comes is one vector a text: its largest scores, of which the weights are still to be made.</param>
internal sealed class SparseReader(SparseSettings settings, bool ofLargest = false) : OutputReader
{
    private float[] _weights = [];
    private float[] _token = [];

    public override Embedding Read(ReadOnlySpan<float> row, ReadOnlySpan<int> ids, bool isQuery)
    {
        if (_weights.Length < Width)
        {
            _weights = new float[Width];
            _token = new float[Width];
        }

        var weights = _weights.AsSpan(0, Width);
        if (!PerToken)
        {
            row.CopyTo(weights);
            if (ofLargest)
            {
                Activate(weights);
            }
        }
        else if (settings.Sums)
        {
            Sum(row, weights);
        }
        else
        {
            // The logarithm rises, so the largest score has the largest weight.
            Pooler.Pool(row, PoolingMode.Max, weights);
            Activate(weights);
        }

        var count = 0;
        foreach (var weight in weights)
        {
            count += weight is <= 0 ? 0 : 1; // What is not a number counts, and is refused where it is stored.
        }

        var indices = new int[count];
        var values = new float[count];
        var at = 0;
        for (var term = 0; term < weights.Length; term++)
        {
            if (!(weights[term] <= 0))
            {
                indices[at] = term;
                values[at++] = weights[term];
            }
        }

        return new SparseEmbedding(indices, values);
    }

    private void Sum(ReadOnlySpan<float> row, Span<float> weights)
    {
        weights.Clear();
        var token = _token.AsSpan(0, Width);
        for (var at = 0; at < row.Length; at += Width)
        {
            row.Slice(at, Width).CopyTo(token);
            Activate(token);
            TensorPrimitives.Add(weights, token, weights);
        }
    }

    private void Activate(Span<float> scores)
    {
        TensorPrimitives.Max(scores, 0, scores);
        TensorPrimitives.LogP1(scores, scores);
        if (settings.Twice)
        {
            TensorPrimitives.LogP1(scores, scores);
        }
    }
}
