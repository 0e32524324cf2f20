using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Weaviate;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// A collection's class in Weaviate's schema. The schema knows no dimension and no model: they stand in the class's description (<see cref="CollectionMarker"/>).
/// </summary>
internal static class WeaviateClass
{
    /// <summary>Most components of a vector; the server's limit.</summary>
    public const int MaxDimension = 65_535;

    /// <summary>Texts that are compared as a whole in filters. Any other tokenization would match single words: deleting by document would hit others.</summary>
    private static readonly string[] s_filtered = [ObjectProperties.Document, ObjectProperties.Uri, ObjectProperties.Location];

    private static readonly string[] s_stored = [ObjectProperties.Text, ObjectProperties.Title, ObjectProperties.Part, ObjectProperties.Anchor, ObjectProperties.Metadata];
    private static readonly string[] s_numbers = [ObjectProperties.Start, ObjectProperties.End, ObjectProperties.Line, ObjectProperties.Page, ObjectProperties.Row];
    private static readonly string[] s_searched = [ObjectProperties.Words, ObjectProperties.TitleWords, ObjectProperties.HeadingWords];

    /// <summary>Writes the body that creates the class.</summary>
    public static void Write(Utf8JsonWriter writer, string name, CollectionInfo info)
    {
        writer.WriteStartObject();
        writer.WriteString("class", name);
        writer.WriteString("description", CollectionMarker.Write(info));
        writer.WriteStartObject("invertedIndexConfig");
        writer.WriteStartObject("stopwords");
        writer.WriteString("preset", "none"); // The question's are left out by Sluice.
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartObject("vectorConfig");
        writer.WriteStartObject(ObjectProperties.Vector);
        writer.WriteStartObject("vectorizer");
        writer.WriteStartObject("none");
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteString("vectorIndexType", "hnsw");
        writer.WriteStartObject("vectorIndexConfig");
        writer.WriteString("distance", DistanceName(info.Distance));
        if (info.Kind == EmbeddingKind.MultiVector)
        {
            writer.WriteStartObject("multivector");
            writer.WriteBoolean("enabled", true);
            writer.WriteString("aggregation", "maxSim");
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartArray("properties");
        WriteProperties(writer);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Reads what a class holds.</summary>
    /// <param name="body">The class, as the server describes it.</param>
    /// <param name="place">The collection and where it is, for messages.</param>
    /// <exception cref="StorageException">It is none of Sluice's, or was changed.</exception>
    public static CollectionInfo Read(JsonElement body, string place)
    {
        var info = CollectionMarker.Read(body.TryGetProperty("description", out var description) ? description.GetString() : null)
            ?? throw new StorageException($"The class {place} is there and was not made by Sluice (its description does not say what it holds). Name another one, or delete it.");
        var distance = body.TryGetProperty("vectorConfig", out var vectors) && vectors.TryGetProperty(ObjectProperties.Vector, out var vector)
            && vector.TryGetProperty("vectorIndexConfig", out var index) && index.TryGetProperty("distance", out var named) ? named.GetString() : null;
        if (distance != DistanceName(info.Distance))
        {
            throw new StorageException($"The class {place} was changed: it compares its vector '{ObjectProperties.Vector}' by {distance ?? "nothing"}, and its description says {DistanceName(info.Distance)}. Drop it and ingest again, or name another one.");
        }

        return HasWholeDocuments(body)
            ? info
            : throw new StorageException($"The class {place} was changed: its property '{ObjectProperties.Document}' is not of the tokenization 'field', so that deleting a document would delete others. Drop it and ingest again, or name another one.");
    }

    /// <summary>Score of a distance: higher is better. Of several vectors, the distances of each of the question's to its nearest are added up.</summary>
    public static double Score(CollectionInfo info, Embedding question, double distance) => info.Distance switch
    {
        Distance.Cosine => (question is MultiVectorEmbedding several ? several.Rows : 1) - distance,
        Distance.Euclidean when info.Kind == EmbeddingKind.Dense => -Math.Sqrt(Math.Max(distance, 0)),
        _ => -distance,
    };

    private static string DistanceName(Distance distance) => distance switch
    {
        Distance.Cosine => "cosine",
        Distance.Dot => "dot",
        _ => "l2-squared",
    };

    private static bool HasWholeDocuments(JsonElement body)
    {
        if (body.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Array)
        {
            foreach (var property in properties.EnumerateArray())
            {
                if (property.GetProperty("name").GetString() == ObjectProperties.Document)
                {
                    return property.TryGetProperty("tokenization", out var tokenization) && tokenization.GetString() == "field";
                }
            }
        }

        return false;
    }

    private static void WriteProperties(Utf8JsonWriter writer)
    {
        foreach (var name in s_filtered)
        {
            WriteProperty(writer, name, "text", "field", filterable: true, searchable: false);
        }

        WriteProperty(writer, ObjectProperties.Tags, "text[]", "field", filterable: true, searchable: false);
        WriteProperty(writer, ObjectProperties.Headings, "text[]", "field", filterable: false, searchable: false);
        foreach (var name in s_stored)
        {
            WriteProperty(writer, name, "text", "field", filterable: false, searchable: false);
        }

        foreach (var name in s_searched)
        {
            WriteProperty(writer, name, "text", "word", filterable: false, searchable: true);
        }

        foreach (var name in s_numbers)
        {
            WriteProperty(writer, name, "int", null, filterable: false, searchable: false);
        }
    }

    private static void WriteProperty(Utf8JsonWriter writer, string name, string type, string? tokenization, bool filterable, bool searchable)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteStartArray("dataType");
        writer.WriteStringValue(type);
        writer.WriteEndArray();
        if (tokenization is not null)
        {
            writer.WriteString("tokenization", tokenization);
        }

        writer.WriteBoolean("indexFilterable", filterable);
        writer.WriteBoolean("indexSearchable", searchable);
        writer.WriteEndObject();
    }
}
