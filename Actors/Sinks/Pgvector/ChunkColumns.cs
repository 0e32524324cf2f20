using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Npgsql;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>A chunk's columns.</summary>
internal static class ChunkColumns
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string? Text(string? text) => text is null ? null : StoredText.Encode(text);

    public static string? TitleWords(Chunk chunk) => chunk.Title is null ? null : FoldedWords.Fold(chunk.Title);

    public static string? HeadingWords(Chunk chunk) => chunk.HeadingPath.Count == 0 ? null : FoldedWords.Fold(string.Join('\n', chunk.HeadingPath));

    /// <summary>Headings as a JSON array; null when there are none.</summary>
    public static string? Headings(Chunk chunk) => chunk.HeadingPath.Count == 0 ? null : Write(chunk.HeadingPath, static (writer, path) =>
    {
        writer.WriteStartArray();
        foreach (var heading in path)
        {
            writer.WriteStringValue(StoredText.Encode(heading));
        }

        writer.WriteEndArray();
    });

    /// <summary>Metadata as a JSON object; null when there is none.</summary>
    public static string? Metadata(IReadOnlyDictionary<string, string>? metadata) => metadata is not { Count: > 0 } ? null : Write(metadata, static (writer, pairs) =>
    {
        writer.WriteStartObject();
        foreach (var (key, value) in pairs)
        {
            writer.WriteString(StoredText.Encode(key), StoredText.Encode(value));
        }

        writer.WriteEndObject();
    });

    /// <summary>Reads a hit from id, uri, text, title, headings, metadata, start, stop, line, page, record, part, anchor.</summary>
    public static SearchHit ReadHit(NpgsqlDataReader row, double score) => new(
        new ChunkId(row.GetGuid(0)),
        StoredText.Decode(row.GetString(1)),
        StoredText.Decode(row.GetString(2)),
        new Place(row.GetInt64(6), row.GetInt64(7))
        {
            Line = row.IsDBNull(8) ? null : row.GetInt32(8),
            Page = row.IsDBNull(9) ? null : row.GetInt32(9),
            Row = row.IsDBNull(10) ? null : row.GetInt64(10),
            Part = NullableText(row, 11),
            Anchor = NullableText(row, 12),
        },
        score)
    {
        Title = NullableText(row, 3),
        HeadingPath = row.IsDBNull(4) ? [] : Array.ConvertAll(JsonSerializer.Deserialize<string[]>(row.GetString(4)) ?? [], StoredText.Decode),
        Metadata = row.IsDBNull(5) ? null : ReadMetadata(row.GetString(5)),
    };

    private static Dictionary<string, string> ReadMetadata(string json)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [])
        {
            metadata[StoredText.Decode(key)] = StoredText.Decode(value);
        }

        return metadata;
    }

    private static string? NullableText(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : StoredText.Decode(row.GetString(column));

    private static string Write<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, s_json);
        write(writer, value);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
