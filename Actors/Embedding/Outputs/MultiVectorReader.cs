using System.Collections.Frozen;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding.Outputs;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>One vector a token, of unit length. Those of the tokens to skip are left out of documents, not of queries.</summary>
/// <param name="layers">Linear layers behind the network.</param>
/// <param name="skip">Ids whose vectors are left out of documents.</param>
/// <param name="pooling">Documents keep one of so many vectors, see <see cref="TokenPooling"/>; 1 keeps all.</param>
internal sealed class MultiVectorReader(IReadOnlyList<DenseLayer> layers, FrozenSet<int> skip, int pooling) : OutputReader
{
    private readonly TokenPooling? _pooling = pooling > 1 ? new TokenPooling(pooling) : null;
    private float[] _one = [];
    private float[] _other = [];

    public override Embedding Read(ReadOnlySpan<float> row, ReadOnlySpan<int> ids, bool isQuery)
    {
        var dimension = layers.Count == 0 ? Width : layers[^1].Outputs;
        var rows = 0;
        foreach (var id in ids)
        {
            rows += isQuery || !skip.Contains(id) ? 1 : 0;
        }

        var values = new float[rows * dimension];
        var at = 0;
        for (var token = 0; token < ids.Length; token++)
        {
            if (!isQuery && skip.Contains(ids[token]))
            {
                continue;
            }

            var vector = values.AsSpan(at, dimension);
            Project(row.Slice(token * Width, Width), vector);
            Normalize(vector);
            at += dimension;
        }

        return isQuery || _pooling is null ? new MultiVectorEmbedding(values, rows, dimension) : _pooling.Pool(values, rows, dimension);
    }

    private void Project(ReadOnlySpan<float> token, Span<float> vector)
    {
        if (layers.Count == 0)
        {
            token.CopyTo(vector);
            return;
        }

        var current = token;
        for (var i = 0; i < layers.Count - 1; i++)
        {
            ref var buffer = ref i % 2 == 0 ? ref _one : ref _other;
            if (buffer.Length < layers[i].Outputs)
            {
                buffer = new float[layers[i].Outputs];
            }

            layers[i].Apply(current, buffer.AsSpan(0, layers[i].Outputs));
            current = buffer.AsSpan(0, layers[i].Outputs);
        }

        layers[^1].Apply(current, vector);
    }
}
