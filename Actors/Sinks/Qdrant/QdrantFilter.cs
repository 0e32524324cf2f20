using System.Text.Json;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Qdrant;

/// <summary>Writes the conditions of a search.</summary>
internal static class QdrantFilter
{
    /// <summary>Writes the property <c>filter</c>, when there is anything to filter by.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="uris">The only URIs that may be found; null for all.</param>
    /// <param name="metadata">Values that a chunk's metadata must have.</param>
    /// <param name="words">Words and phrases of which one must be there; null where any word of the query will do.</param>
    public static void Write(Utf8JsonWriter writer, IReadOnlyCollection<string>? uris, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<string>? words)
    {
        if (uris is null && metadata.Count == 0 && words is null)
        {
            return;
        }

        writer.WriteStartObject("filter");
        writer.WriteStartArray("must");
        if (uris is not null)
        {
            WriteAny(writer, QdrantNames.Uri, uris);
        }

        foreach (var (key, value) in metadata)
        {
            WriteMatch(writer, Path(key), "value", value);
        }

        if (words is not null)
        {
            writer.WriteStartObject();
            writer.WriteStartArray("should");
            foreach (var term in words)
            {
                foreach (var field in (ReadOnlySpan<string>)[QdrantNames.Text, QdrantNames.Title, QdrantNames.Headings])
                {
                    WriteMatch(writer, field, term.Contains(' ', StringComparison.Ordinal) ? "phrase" : "text", term);
                }
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Writes the condition that a field has one of some values.</summary>
    public static void WriteAny(Utf8JsonWriter writer, string key, IEnumerable<string> values)
    {
        writer.WriteStartObject();
        writer.WriteString("key", key);
        writer.WriteStartObject("match");
        writer.WriteStartArray("any");
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteMatch(Utf8JsonWriter writer, string key, string kind, string value)
    {
        writer.WriteStartObject();
        writer.WriteString("key", key);
        writer.WriteStartObject("match");
        writer.WriteString(kind, value);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>The path of a metadata value: what is more than a plain word stands in quotes.</summary>
    private static string Path(string key)
    {
        if (key.Length == 0 || key.Contains('"', StringComparison.Ordinal))
        {
            throw new ConfigurationException("Qdrant cannot filter by a metadata key that is empty or holds a quotation mark.");
        }

        var plain = key.All(static character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-');
        return plain ? $"{QdrantNames.Metadata}.{key}" : $"{QdrantNames.Metadata}.\"{key}\"";
    }
}
