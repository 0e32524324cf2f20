using System.Globalization;
using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Milvus;

/// <summary>A collection's schema in Milvus: what creates it, and what is read from a description.</summary>
internal static class MilvusSchema
{
    /// <summary>Most components of a vector; the server's limit.</summary>
    public const int MaxDimension = 32_768;

    /// <summary>The property that holds the description where the server keeps none of its own.</summary>
    public const string DescriptionProperty = "collection.description";

    private const string Bm25 = "BM25";

    /// <summary>Fields that have an index, in the order they are made.</summary>
    public static readonly string[] Indexed = [EntityFields.Vector, EntityFields.WordsVector, EntityFields.Document, EntityFields.Tags];

    /// <summary>Writes what creates a collection, behind its name.</summary>
    public static void WriteCreate(Utf8JsonWriter writer, CollectionInfo info)
    {
        writer.WriteString("description", CollectionMarker.Write(info));
        writer.WriteStartObject("schema");
        writer.WriteBoolean("autoID", false);
        writer.WriteBoolean("enableDynamicField", false);
        writer.WriteStartArray("fields");
        WriteText(writer, EntityFields.Id, EntityFields.IdLength, primary: true);
        WriteText(writer, EntityFields.Document, EntityFields.IdLength);
        WriteText(writer, EntityFields.Uri, EntityFields.MaxText);
        WriteText(writer, EntityFields.Location, EntityFields.MaxText);
        WriteText(writer, EntityFields.Text, EntityFields.MaxText);
        WriteTexts(writer, EntityFields.TextRest, EntityFields.MaxText);
        WriteText(writer, EntityFields.Details, EntityFields.MaxText);
        WriteTexts(writer, EntityFields.DetailsRest, EntityFields.MaxText);
        WriteTexts(writer, EntityFields.Tags, MetadataTags.MaxBytes);
        WriteText(writer, EntityFields.Words, EntityFields.MaxText, analyzed: true);
        WriteVector(writer, EntityFields.Vector, info.Kind == EmbeddingKind.Sparse ? null : info.Dimension);
        WriteVector(writer, EntityFields.WordsVector, null);
        writer.WriteEndArray();
        writer.WriteStartArray("functions");
        writer.WriteStartObject();
        writer.WriteString("name", EntityFields.WordsVector);
        writer.WriteString("type", Bm25);
        WriteList(writer, "inputFieldNames", EntityFields.Words);
        WriteList(writer, "outputFieldNames", EntityFields.WordsVector);
        writer.WriteStartObject("params");
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        WriteIndexes(writer, info, Indexed);
        writer.WriteStartObject("params");
        writer.WriteString("consistencyLevel", "Strong"); // Of versions that take no level in a query.
        writer.WriteEndObject();
    }

    /// <summary>Writes indexes of fields.</summary>
    public static void WriteIndexes(Utf8JsonWriter writer, CollectionInfo info, IEnumerable<string> fields)
    {
        writer.WriteStartArray("indexParams");
        foreach (var field in fields)
        {
            writer.WriteStartObject();
            writer.WriteString("fieldName", field);
            writer.WriteString("indexName", field);
            switch (field)
            {
                case EntityFields.Vector:
                    writer.WriteString("metricType", Metric(info));
                    writer.WriteString("indexType", "AUTOINDEX");
                    break;
                case EntityFields.WordsVector:
                    writer.WriteString("metricType", Bm25);
                    writer.WriteString("indexType", "AUTOINDEX");
                    break;
                default:
                    writer.WriteString("indexType", "INVERTED");
                    break;
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Reads what a description says of the model; null when it says nothing.</summary>
    public static CollectionInfo? ReadInfo(JsonElement data)
    {
        if (data.TryGetProperty("description", out var description) && CollectionMarker.Read(description.GetString()) is { } info)
        {
            return info;
        }

        if (data.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Array)
        {
            foreach (var property in properties.EnumerateArray())
            {
                if (property.GetProperty("key").GetString() == DescriptionProperty)
                {
                    return CollectionMarker.Read(property.GetProperty("value").GetString());
                }
            }
        }

        return null;
    }

    /// <summary>Compares the fields and indexes that a collection has with those that hold what it is said to.</summary>
    /// <param name="data">The server's description.</param>
    /// <param name="info">What is said.</param>
    /// <returns>What differs; null when nothing does. An index that is missing is no difference.</returns>
    public static string? Difference(JsonElement data, CollectionInfo info)
    {
        var fields = data.GetProperty("fields").EnumerateArray().ToDictionary(static field => field.GetProperty("name").GetString()!, StringComparer.Ordinal);
        foreach (var name in new[] { EntityFields.Id, EntityFields.Document, EntityFields.Text, EntityFields.Details, EntityFields.Words, EntityFields.Vector })
        {
            if (!fields.ContainsKey(name))
            {
                return $"it has no field '{name}'";
            }
        }

        var vector = fields[EntityFields.Vector];
        var type = vector.GetProperty("type").GetString();
        var wanted = info.Kind == EmbeddingKind.Sparse ? "SparseFloatVector" : "FloatVector";
        if (type != wanted)
        {
            return $"its field '{EntityFields.Vector}' is a {type}, not a {wanted}";
        }

        if (info.Kind == EmbeddingKind.Dense && Parameter(vector, "dim") is { } dimension && dimension != info.Dimension.ToString(CultureInfo.InvariantCulture))
        {
            return $"its vectors have {dimension} dimensions, not {info.Dimension}";
        }

        foreach (var index in Indexes(data))
        {
            if (index.GetProperty("fieldName").GetString() == EntityFields.Vector && index.TryGetProperty("metricType", out var metric) && metric.GetString() != Metric(info))
            {
                return $"it compares by {metric.GetString()}, not by {Metric(info)}";
            }
        }

        return null;
    }

    /// <summary>Fields whose index is not there.</summary>
    public static List<string> MissingIndexes(JsonElement data)
    {
        var there = Indexes(data).Select(static index => index.GetProperty("fieldName").GetString()).ToHashSet(StringComparer.Ordinal);
        return [.. Indexed.Where(field => !there.Contains(field))];
    }

    /// <summary>Score of a distance as the server gives it: higher is better.</summary>
    public static double Score(CollectionInfo info, double distance) => info is { Kind: EmbeddingKind.Dense, Distance: Distance.Euclidean } ? -Math.Sqrt(Math.Max(distance, 0)) : distance;

    /// <summary>Weighted terms are compared by their dot product alone.</summary>
    private static string Metric(CollectionInfo info) => info switch
    {
        { Kind: EmbeddingKind.Sparse } or { Distance: Distance.Dot } => "IP",
        { Distance: Distance.Cosine } => "COSINE",
        { Distance: Distance.Euclidean } => "L2",
        _ => throw new CollectionMismatchException($"Milvus does not compare by {info.Distance}."),
    };

    private static JsonElement.ArrayEnumerator Indexes(JsonElement data) =>
        data.TryGetProperty("indexes", out var indexes) && indexes.ValueKind == JsonValueKind.Array ? indexes.EnumerateArray() : default;

    /// <summary>A parameter of a field: a list of keys and values, or an object in later versions.</summary>
    private static string? Parameter(JsonElement field, string name)
    {
        if (!field.TryGetProperty("params", out var parameters))
        {
            return null;
        }

        if (parameters.ValueKind == JsonValueKind.Object)
        {
            return parameters.TryGetProperty(name, out var value) ? value.ToString() : null;
        }

        foreach (var parameter in parameters.ValueKind == JsonValueKind.Array ? parameters.EnumerateArray() : default)
        {
            if (parameter.GetProperty("key").GetString() == name)
            {
                return parameter.GetProperty("value").ToString();
            }
        }

        return null;
    }

    private static void WriteText(Utf8JsonWriter writer, string name, int maxLength, bool primary = false, bool analyzed = false)
    {
        writer.WriteStartObject();
        writer.WriteString("fieldName", name);
        writer.WriteString("dataType", "VarChar");
        if (primary)
        {
            writer.WriteBoolean("isPrimary", true);
        }

        writer.WriteStartObject("elementTypeParams");
        writer.WriteNumber("max_length", maxLength);
        if (analyzed)
        {
            // The words are folded already: all there is to do is to take them apart.
            writer.WriteBoolean("enable_analyzer", true);
            writer.WriteStartObject("analyzer_params");
            writer.WriteString("tokenizer", "whitespace");
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, int maxLength)
    {
        writer.WriteStartObject();
        writer.WriteString("fieldName", name);
        writer.WriteString("dataType", "Array");
        writer.WriteString("elementDataType", "VarChar");
        writer.WriteStartObject("elementTypeParams");
        writer.WriteNumber("max_length", maxLength);
        writer.WriteNumber("max_capacity", EntityFields.MaxElements);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteVector(Utf8JsonWriter writer, string name, int? dimension)
    {
        writer.WriteStartObject();
        writer.WriteString("fieldName", name);
        writer.WriteString("dataType", dimension is null ? "SparseFloatVector" : "FloatVector");
        if (dimension is { } components)
        {
            writer.WriteStartObject("elementTypeParams");
            writer.WriteNumber("dim", components);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, string name, string value)
    {
        writer.WriteStartArray(name);
        writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
