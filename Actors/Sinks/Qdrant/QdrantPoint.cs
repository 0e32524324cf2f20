using System.Numerics.Tensors;
using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Qdrant;

/// <summary>Reads points of answers.</summary>
internal static class QdrantPoint
{
    /// <summary>The chunk a point is of.</summary>
    /// <exception cref="StorageException">Something else than Sluice wrote it.</exception>
    public static ChunkId Id(JsonElement point) => point.GetProperty("id") is { ValueKind: JsonValueKind.String } id && id.TryGetGuid(out var uuid) ? new(uuid) : throw Foreign(point);

    /// <summary>Its document.</summary>
    /// <exception cref="StorageException">Something else than Sluice wrote it.</exception>
    public static DocumentId Document(JsonElement point) =>
        point.TryGetProperty("payload", out var payload) && payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(QdrantNames.Document, out var document)
        && document.ValueKind == JsonValueKind.String && document.TryGetGuid(out var uuid) ? new(uuid) : throw Foreign(point);

    /// <summary>Everything but document and embedding.</summary>
    public static SearchHit Hit(JsonElement point, double score)
    {
        var payload = point.GetProperty("payload");
        return new SearchHit(
            Id(point),
            payload.GetProperty(QdrantNames.Uri).GetString()!,
            payload.GetProperty(QdrantNames.Text).GetString()!,
            new Place(payload.GetProperty("start").GetInt64(), payload.GetProperty("end").GetInt64())
            {
                Line = (int?)Number(payload, "line"),
                Page = (int?)Number(payload, "page"),
                Row = Number(payload, "row"),
                Part = Text(payload, "part"),
                Anchor = Text(payload, "anchor"),
            },
            score)
        {
            Title = Text(payload, QdrantNames.Title),
            HeadingPath = payload.TryGetProperty(QdrantNames.Headings, out var headings) && headings.ValueKind == JsonValueKind.Array
                ? [.. headings.EnumerateArray().Select(static heading => heading.GetString()!)]
                : [],
            Metadata = payload.TryGetProperty(QdrantNames.Metadata, out var metadata) && metadata.ValueKind == JsonValueKind.Object && metadata.EnumerateObject().Any()
                ? metadata.EnumerateObject().ToDictionary(static pair => pair.Name, static pair => pair.Value.ToString(), StringComparer.Ordinal)
                : null,
        };
    }

    /// <summary>Its embedding, with the length that it had before the server made it 1.</summary>
    public static Streams.Vectors.Embedding Embedding(JsonElement point, EmbeddingKind kind)
    {
        var vector = point.GetProperty("vector").GetProperty(QdrantCollection.VectorName(kind));
        var payload = point.GetProperty("payload");
        switch (kind)
        {
            case EmbeddingKind.Dense:
                var values = Floats(vector);
                if (payload.TryGetProperty(QdrantNames.Norm, out var norm))
                {
                    TensorPrimitives.Multiply(values, norm.GetSingle(), values);
                }

                return new DenseEmbedding(values);
            case EmbeddingKind.MultiVector:
                return Rows(vector, payload.TryGetProperty(QdrantNames.Norms, out var norms) ? Floats(norms) : null);
            default:
                int[] indices = [.. vector.GetProperty("indices").EnumerateArray().Select(static index => (int)index.GetUInt32())];
                var weights = Floats(vector.GetProperty("values"));
                Array.Sort(indices, weights);
                return new SparseEmbedding(indices, weights);
        }
    }

    private static StorageException Foreign(JsonElement point) =>
        new($"The point {point.GetProperty("id")} was not written by Sluice. Give Sluice a collection of its own: name another one, or remove that point.");

    private static MultiVectorEmbedding Rows(JsonElement vector, float[]? norms)
    {
        var rows = vector.GetArrayLength();
        var dimension = vector[0].GetArrayLength();
        var values = new float[rows * dimension];
        var at = 0;
        foreach (var row in vector.EnumerateArray())
        {
            foreach (var value in row.EnumerateArray())
            {
                values[at++] = value.GetSingle();
            }
        }

        for (var row = 0; row < rows && norms is not null; row++)
        {
            var span = values.AsSpan(row * dimension, dimension);
            TensorPrimitives.Multiply(span, norms[row], span);
        }

        return new MultiVectorEmbedding(values, rows, dimension);
    }

    private static float[] Floats(JsonElement array)
    {
        var values = new float[array.GetArrayLength()];
        var at = 0;
        foreach (var value in array.EnumerateArray())
        {
            values[at++] = value.GetSingle();
        }

        return values;
    }

    private static string? Text(JsonElement payload, string name) => payload.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static long? Number(JsonElement payload, string name) => payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
