using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Qdrant;

/// <summary>Reads ids and vectors as Qdrant does, and refuses what it refuses.</summary>
internal static class QdrantReader
{
    public static QdrantId Id(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetUInt64(out var number) => new QdrantId(number, default),
        JsonValueKind.String when Guid.TryParse(value.GetString(), out var uuid) => new QdrantId(null, uuid),
        _ => throw QdrantException.Format($"value {value.GetRawText()} is not a valid point ID, valid values are either an unsigned integer or a UUID"),
    };

    /// <summary>The id in a path.</summary>
    public static QdrantId Id(string value) =>
        ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new QdrantId(number, default)
        : Guid.TryParse(value, out var uuid) ? new QdrantId(null, uuid)
        : throw new QdrantException(400, $"Bad request: Can not recognize \"{value}\" as point id");

    /// <summary>A point's vectors.</summary>
    public static Dictionary<string, QdrantVector> Vectors(JsonElement value, QdrantConfig config)
    {
        var vectors = new Dictionary<string, QdrantVector>(StringComparer.Ordinal);
        if (value.ValueKind == JsonValueKind.Array)
        {
            vectors.Add("", Check("", Vector(value), config));
            return vectors;
        }

        foreach (var named in value.EnumerateObject())
        {
            vectors.Add(named.Name, Check(named.Name, Vector(named.Value), config));
        }

        return vectors;
    }

    /// <summary>A vector as it is given: numbers, arrays of numbers, or indices with values.</summary>
    public static QdrantVector Vector(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            var terms = value.GetProperty("indices").EnumerateArray().Select(static index => index.GetUInt32()).Zip(Floats(value.GetProperty("values"))).OrderBy(static pair => pair.First).ToList();
            if (value.GetProperty("indices").GetArrayLength() != value.GetProperty("values").GetArrayLength())
            {
                throw new QdrantException(422, "Validation error in JSON body: [points[0].vector.values: must be the same length as indices]");
            }

            return terms.Zip(terms.Skip(1)).Any(static pair => pair.First.First == pair.Second.First)
                ? throw new QdrantException(422, "Validation error in JSON body: [points[0].vector.indices: must be unique]")
                : new QdrantVector([.. terms.Select(static pair => pair.Second)], 0, [.. terms.Select(static pair => pair.First)], IsMany: false);
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw QdrantException.Format("data did not match any variant of untagged enum VectorStruct");
        }

        var many = value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Array;
        if (!many)
        {
            return new QdrantVector([.. Floats(value)], 1, null, IsMany: false);
        }

        var rows = value.EnumerateArray().Select(static row => Floats(row).ToArray()).ToList();
        return rows.Any(row => row.Length != rows[0].Length || row.Length == 0)
            ? throw new QdrantException(422, "Validation error in JSON body: [vectors: all vectors must have the same dimension]")
            : new QdrantVector([.. rows.SelectMany(static row => row)], rows.Count, null, IsMany: true);
    }

    public static JsonNode ToJson(QdrantVector vector)
    {
        if (vector.Indices is { } indices)
        {
            return new JsonObject { ["indices"] = new JsonArray([.. indices.Select(static index => (JsonNode)index)]), ["values"] = Numbers(vector.Values) };
        }

        return vector.IsMany ? new JsonArray([.. Enumerable.Range(0, vector.Rows).Select(row => (JsonNode)Numbers(vector.Row(row)))]) : Numbers(vector.Values);
    }

    private static QdrantVector Check(string name, QdrantVector vector, QdrantConfig config)
    {
        if (vector.Indices is not null)
        {
            return config.Sparse.ContainsKey(name) ? vector : throw QdrantException.Wrong($"Not existing vector name error: {name}");
        }

        if (!config.Dense.TryGetValue(name, out var parameters))
        {
            throw QdrantException.Wrong($"Not existing vector name error: {name}");
        }

        if (vector.IsMany && !parameters.IsMulti)
        {
            throw QdrantException.Wrong($"Conversion between multi and regular vectors failed");
        }

        if (vector.Dimension != parameters.Size)
        {
            throw QdrantException.Wrong($"Vector dimension error: expected dim: {parameters.Size}, got {vector.Dimension}");
        }

        if (vector.Values.Length >= 1_048_576)
        {
            throw new QdrantException(422, "Validation error in JSON body: [vectors: multivector is too large]");
        }

        return parameters.Distance == "Cosine" ? Normalize(vector) : vector;
    }

    private static QdrantVector Normalize(QdrantVector vector)
    {
        var values = vector.Values.ToArray();
        for (var row = 0; row < vector.Rows; row++)
        {
            var span = values.AsSpan(row * vector.Dimension, vector.Dimension);
            var norm = TensorPrimitives.Norm(span);
            if (norm > 0 && Math.Abs(norm - 1) > 1e-6)
            {
                TensorPrimitives.Divide(span, norm, span);
            }
        }

        return vector with { Values = values };
    }

    private static IEnumerable<float> Floats(JsonElement array) => array.EnumerateArray().Select(static value =>
        value.ValueKind == JsonValueKind.Number && float.IsFinite(value.GetSingle()) ? value.GetSingle() : throw QdrantException.Format("invalid type, expected f32"));

    private static JsonArray Numbers(ReadOnlySpan<float> values)
    {
        var array = new JsonArray();
        foreach (var value in values)
        {
            array.Add(value);
        }

        return array;
    }
}
