using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Files;

/// <summary>Records as JSON.</summary>
internal static class RecordText
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes a record as an object: id, document, uri, text, title, headings, metadata, place, and embedding, or embeddings, or terms with weights.</summary>
    public static void Write(Utf8JsonWriter json, VectorRecord record)
    {
        var chunk = record.Chunk;
        json.WriteStartObject();
        json.WriteString("id", chunk.Id.Value);
        json.WriteString("document", record.Document.Value);
        json.WriteString("uri", record.Uri);
        json.WriteString("text", chunk.Text);
        if (chunk.Title is { } title)
        {
            json.WriteString("title", title);
        }

        if (chunk.HeadingPath.Count > 0)
        {
            json.WriteStartArray("headings");
            foreach (var heading in chunk.HeadingPath)
            {
                json.WriteStringValue(heading);
            }

            json.WriteEndArray();
        }

        if (chunk.Metadata is { Count: > 0 } metadata)
        {
            json.WritePropertyName("metadata");
            WriteMetadata(json, metadata);
        }

        WritePlace(json, chunk);
        WriteEmbedding(json, record.Embedding);
        json.WriteEndObject();
    }

    /// <summary>Headings as a JSON array; null when there are none.</summary>
    public static string? Headings(Chunk chunk) => chunk.HeadingPath.Count == 0 ? null : Text(chunk.HeadingPath, static (json, path) =>
    {
        json.WriteStartArray();
        foreach (var heading in path)
        {
            json.WriteStringValue(heading);
        }

        json.WriteEndArray();
    });

    /// <summary>Metadata as a JSON object; null when there is none.</summary>
    public static string? Metadata(Chunk chunk) => chunk.Metadata is not { Count: > 0 } metadata ? null : Text(metadata, WriteMetadata);

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject();
        foreach (var (key, value) in metadata)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WritePlace(Utf8JsonWriter json, Chunk chunk)
    {
        var place = chunk.Place;
        json.WriteStartObject("place");
        json.WriteNumber("start", place.Start);
        json.WriteNumber("end", place.End);
        Number("line", place.Line);
        Number("page", place.Page);
        Number("row", place.Row);
        if (place.Part is { } part)
        {
            json.WriteString("part", part);
        }

        if (place.Anchor is { } anchor)
        {
            json.WriteString("anchor", anchor);
        }

        json.WriteEndObject();

        void Number(string name, long? value)
        {
            if (value is { } number)
            {
                json.WriteNumber(name, number);
            }
        }
    }

    private static void WriteEmbedding(Utf8JsonWriter json, Streams.Vectors.Embedding embedding)
    {
        switch (embedding)
        {
            case DenseEmbedding dense:
                json.WritePropertyName("embedding");
                WriteNumbers(json, dense.Values.Span);
                break;
            case MultiVectorEmbedding several:
                json.WriteStartArray("embeddings");
                for (var row = 0; row < several.Rows; row++)
                {
                    WriteNumbers(json, several.Values.Span.Slice(row * several.Dimension, several.Dimension));
                }

                json.WriteEndArray();
                break;
            case SparseEmbedding sparse:
                json.WriteStartArray("terms");
                foreach (var term in sparse.Indices.Span)
                {
                    json.WriteNumberValue(term);
                }

                json.WriteEndArray();
                json.WritePropertyName("weights");
                WriteNumbers(json, sparse.Values.Span);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(embedding), embedding, "of a shape that is not known");
        }
    }

    private static void WriteNumbers(Utf8JsonWriter json, ReadOnlySpan<float> values)
    {
        json.WriteStartArray();
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static string Text<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, Options);
        write(json, value);
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
