using System.Text.Json;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>Conditions on metadata: what stands behind <c>where</c>.</summary>
internal static class ChromaWhere
{
    /// <summary>Records of these documents.</summary>
    public static Action<Utf8JsonWriter> Documents(IReadOnlyList<DocumentId> documents) => json =>
    {
        json.WriteStartObject();
        json.WriteStartObject(ChromaFields.Document);
        json.WriteStartArray("$in");
        foreach (var document in documents)
        {
            json.WriteStringValue(document.Value);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    };

    /// <summary>Records whose own metadata has these values; null for all.</summary>
    public static Action<Utf8JsonWriter>? Metadata(IReadOnlyDictionary<string, string> metadata) => metadata.Count == 0 ? null : All([.. metadata.Select(static pair => Equal(pair.Key, pair.Value))]);

    /// <summary>Records that meet all of some conditions, at least one.</summary>
    public static Action<Utf8JsonWriter> All(params IReadOnlyList<Action<Utf8JsonWriter>> conditions) => conditions.Count == 1 ? conditions[0] : json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("$and");
        foreach (var condition in conditions)
        {
            condition(json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    };

    private static Action<Utf8JsonWriter> Equal(string key, string value) => json =>
    {
        json.WriteStartObject();
        json.WriteStartObject(ChromaFields.MetadataPrefix + WellFormed.Text(key));
        json.WriteString("$eq", WellFormed.Text(value));
        json.WriteEndObject();
        json.WriteEndObject();
    };
}
