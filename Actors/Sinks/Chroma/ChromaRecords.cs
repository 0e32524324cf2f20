using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>Reads records from the columns of an answer.</summary>
internal static class ChromaRecords
{
    /// <summary>Reads a hit.</summary>
    /// <param name="id">The chunk's id.</param>
    /// <param name="text">Its text: an element of <c>documents</c>.</param>
    /// <param name="metadata">Its metadata: an element of <c>metadatas</c>.</param>
    /// <param name="score">Its score.</param>
    public static SearchHit ReadHit(Guid id, JsonElement text, JsonElement metadata, double score)
    {
        var hit = new SearchHit(
            new ChunkId(id),
            Text(metadata, ChromaFields.Uri) ?? "",
            text.ValueKind == JsonValueKind.String ? text.GetString()! : "",
            new Place(Number(metadata, ChromaFields.Start) ?? 0, Number(metadata, ChromaFields.End) ?? 0)
            {
                Line = (int?)Number(metadata, ChromaFields.Line),
                Page = (int?)Number(metadata, ChromaFields.Page),
                Row = Number(metadata, ChromaFields.Row),
                Part = Text(metadata, ChromaFields.Part),
                Anchor = Text(metadata, ChromaFields.Anchor),
            },
            score)
        {
            Title = Text(metadata, ChromaFields.Title),
            HeadingPath = Text(metadata, ChromaFields.Headings) is { } headings ? JsonSerializer.Deserialize<string[]>(headings) ?? [] : [],
            Metadata = ReadMetadata(metadata),
        };
        return hit;
    }

    /// <summary>The document's id; null where the record is not Sluice's.</summary>
    public static DocumentId? ReadDocument(JsonElement metadata) => Guid.TryParse(Text(metadata, ChromaFields.Document), out var id) ? new DocumentId(id) : null;

    /// <summary>The document's URI; null where the record is not Sluice's.</summary>
    public static string? ReadUri(JsonElement metadata) => Text(metadata, ChromaFields.Uri);

    /// <summary>Reads an embedding; null where there is none.</summary>
    public static DenseEmbedding? ReadEmbedding(JsonElement values) =>
        values.ValueKind == JsonValueKind.Array ? new DenseEmbedding(values.EnumerateArray().Select(static value => value.GetSingle()).ToArray()) : null;

    /// <summary>A column of an answer; an undefined element where it was not asked for.</summary>
    public static JsonElement Column(JsonElement answer, string name) => answer.TryGetProperty(name, out var column) && column.ValueKind == JsonValueKind.Array ? column : default;

    private static Dictionary<string, string>? ReadMetadata(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object || !metadata.TryGetProperty(ChromaFields.HasMetadata, out _))
        {
            return null;
        }

        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in metadata.EnumerateObject())
        {
            if (pair.Name.StartsWith(ChromaFields.MetadataPrefix, StringComparison.Ordinal))
            {
                pairs[pair.Name[ChromaFields.MetadataPrefix.Length..]] = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString()! : pair.Value.GetRawText();
            }
        }

        return pairs;
    }

    private static string? Text(JsonElement metadata, string key) =>
        metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonElement metadata, string key) =>
        metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
}
