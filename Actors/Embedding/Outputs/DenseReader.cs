using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding.Outputs;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>
/// One vector a text: pooled, through linear layers, cut, normalized; each where the model asks for it. What is cut of a vector of unit length, which the network itself
/// may have seen to, is brought to unit length again.
/// </summary>
/// <param name="pooling">How tokens are pooled.</param>
/// <param name="layers">Linear layers behind pooling.</param>
/// <param name="dimension">Components that are kept, the first ones (Matryoshka: Kusupati et al., 2022).</param>
/// <param name="normalizes">Whether the result is brought to unit length, after cutting.</param>
internal sealed class DenseReader(PoolingMode pooling, IReadOnlyList<DenseLayer> layers, int dimension, bool normalizes) : OutputReader
{
    private float[] _one = [];
    private float[] _other = [];

    public override Embedding Read(ReadOnlySpan<float> row, ReadOnlySpan<int> ids, bool isQuery)
    {
        var vector = new float[dimension];
        var wasUnit = false;
        if (layers.Count == 0 && dimension == Width)
        {
            Pooler.Pool(row, pooling, vector);
        }
        else
        {
            var whole = Project(row);
            whole[..dimension].CopyTo(vector);
            wasUnit = dimension < whole.Length && !normalizes && IsUnit(whole);
        }

        if (normalizes || wasUnit)
        {
            Normalize(vector);
        }

        return new DenseEmbedding(vector);
    }

    private ReadOnlySpan<float> Project(ReadOnlySpan<float> row)
    {
        var largest = Math.Max(Width, layers.Count == 0 ? 0 : layers.Max(static layer => layer.Outputs));
        if (_one.Length < largest)
        {
            _one = new float[largest];
            _other = new float[largest];
        }

        var current = _one.AsSpan(0, Width);
        current.Clear();
        Pooler.Pool(row, pooling, current);
        var next = _other;
        foreach (var layer in layers)
        {
            layer.Apply(current, next.AsSpan(0, layer.Outputs));
            current = next.AsSpan(0, layer.Outputs);
            next = ReferenceEquals(next, _other) ? _one : _other;
        }

        return current;
    }
}
