using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

/// <summary>A chunk's columns.</summary>
internal static class ChunkRow
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Headings as a JSON array; null when there are none.</summary>
    public static string? Headings(Chunk chunk) => chunk.HeadingPath.Count == 0 ? null : Write(chunk.HeadingPath, static (writer, path) =>
    {
        writer.WriteStartArray();
        foreach (var heading in path)
        {
            writer.WriteStringValue(heading);
        }

        writer.WriteEndArray();
    });

    /// <summary>Headings as text to search in.</summary>
    public static string? HeadingWords(Chunk chunk) => chunk.HeadingPath.Count == 0 ? null : string.Join('\n', chunk.HeadingPath);

    /// <summary>Binds title, headings, metadata and the place's columns, in this order.</summary>
    public static SqliteStatement BindPlace(this SqliteStatement statement, Chunk chunk, string? headings)
    {
        var place = chunk.Place;
        return statement.Bind(chunk.Title).Bind(headings).Bind(Metadata(chunk.Metadata))
            .Bind(place.Start).Bind(place.End).Bind(place.Line).Bind(place.Page).Bind(place.Row).Bind(place.Part).Bind(place.Anchor);
    }

    /// <summary>Reads a row of <see cref="CollectionSql.ReadChunk"/>.</summary>
    public static SearchHit ReadHit(SqliteStatement row, double score) => new(
        new ChunkId(row.Guid(0)),
        row.Text(1),
        row.Text(2),
        new Place(row.Int64(6), row.Int64(7))
        {
            Line = (int?)row.NullableInt64(8),
            Page = (int?)row.NullableInt64(9),
            Row = row.NullableInt64(10),
            Part = row.NullableText(11),
            Anchor = row.NullableText(12),
        },
        score)
    {
        Title = row.NullableText(3),
        HeadingPath = row.IsNull(4) ? [] : JsonSerializer.Deserialize<string[]>(row.Bytes(4)) ?? [],
        Metadata = row.IsNull(5) ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(row.Bytes(5)),
    };

    private static string? Metadata(IReadOnlyDictionary<string, string>? metadata) => metadata is not { Count: > 0 } ? null : Write(metadata, static (writer, pairs) =>
    {
        writer.WriteStartObject();
        foreach (var (key, value) in pairs)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    });

    private static string Write<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, s_json);
        write(writer, value);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
