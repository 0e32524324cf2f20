using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>Writes the bodies of requests, whose parts are columns: ids, embeddings, metadatas, documents.</summary>
internal static class ChromaBodies
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes a body.</summary>
    /// <returns>The body; the caller disposes it.</returns>
    public static PooledBody Write(Action<Utf8JsonWriter> write)
    {
        var body = new PooledBody();
        using var json = new Utf8JsonWriter(body, s_json);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        json.Flush();
        return body;
    }

    /// <summary>Writes the body of an upsert. Chroma merges metadata: what a stored record has and the new one has not is written as null, which removes it.</summary>
    /// <param name="records">The records.</param>
    /// <param name="stored">The keys of metadata that are stored of those that are there already.</param>
    /// <param name="base64">Whether vectors are written as base64 of little-endian floats, which the server must know.</param>
    public static PooledBody Upsert(IReadOnlyList<VectorRecord> records, IReadOnlyDictionary<Guid, List<string>> stored, bool base64) => Write(json =>
    {
        WriteIds(json, records, static record => record.Chunk.Id.Value);
        json.WriteStartArray("embeddings");
        foreach (var record in records)
        {
            WriteVector(json, ((DenseEmbedding)record.Embedding).Values.Span, base64);
        }

        json.WriteEndArray();
        json.WriteStartArray("metadatas");
        foreach (var record in records)
        {
            WriteMetadata(json, record.Chunk, record, stored.GetValueOrDefault(record.Chunk.Id.Value));
        }

        json.WriteEndArray();
        json.WriteStartArray("documents");
        foreach (var record in records)
        {
            json.WriteStringValue(WellFormed.Text(record.Chunk.Text));
        }

        json.WriteEndArray();
    });

    /// <summary>Writes the body of an update of metadata alone.</summary>
    public static PooledBody Update(IReadOnlyList<Chunk> chunks, IReadOnlyDictionary<Guid, List<string>> stored) => Write(json =>
    {
        WriteIds(json, chunks, static chunk => chunk.Id.Value);
        json.WriteStartArray("metadatas");
        foreach (var chunk in chunks)
        {
            WriteMetadata(json, chunk, null, stored.GetValueOrDefault(chunk.Id.Value));
        }

        json.WriteEndArray();
    });

    /// <summary>Writes the property <c>ids</c>.</summary>
    public static void WriteIds<T>(Utf8JsonWriter json, IEnumerable<T> items, Func<T, Guid> id)
    {
        json.WriteStartArray("ids");
        foreach (var item in items)
        {
            json.WriteStringValue(id(item));
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the property <c>include</c>.</summary>
    public static void WriteInclude(Utf8JsonWriter json, params ReadOnlySpan<string> parts)
    {
        json.WriteStartArray("include");
        foreach (var part in parts)
        {
            json.WriteStringValue(part);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes a vector as a value.</summary>
    public static void WriteVector(Utf8JsonWriter json, ReadOnlySpan<float> values, bool base64)
    {
        if (base64 && BitConverter.IsLittleEndian)
        {
            json.WriteBase64StringValue(MemoryMarshal.AsBytes(values));
            return;
        }

        JsonFloats.WriteArray(json, values);
    }

    /// <summary>Bytes that a record takes in an upsert, about.</summary>
    public static long Size(VectorRecord record, bool base64)
    {
        const int Overhead = 320;
        var chunk = record.Chunk;
        long bytes = Overhead + (2L * record.Uri.Length) + Encoding.UTF8.GetByteCount(chunk.Text) + (chunk.Text.Length / 16) + (2L * (chunk.Title?.Length ?? 0));
        foreach (var heading in chunk.HeadingPath)
        {
            bytes += 6 + (2L * heading.Length);
        }

        if (chunk.Metadata is not null)
        {
            foreach (var (key, value) in chunk.Metadata)
            {
                bytes += 12 + (2L * (key.Length + value.Length));
            }
        }

        var dimension = record.Embedding is DenseEmbedding dense ? dense.Values.Length : 0;
        return bytes + (base64 ? 6L * dimension : 13L * dimension);
    }

    private static void WriteMetadata(Utf8JsonWriter json, Chunk chunk, VectorRecord? record, List<string>? stored)
    {
        json.WriteStartObject();
        if (record is not null)
        {
            json.WriteString(ChromaFields.Document, record.Document.Value);
            json.WriteString(ChromaFields.Uri, WellFormed.Text(record.Uri));
        }

        if (chunk.Title is not null)
        {
            json.WriteString(ChromaFields.Title, WellFormed.Text(chunk.Title));
        }

        if (chunk.HeadingPath.Count > 0)
        {
            json.WriteString(ChromaFields.Headings, JsonSerializer.Serialize(chunk.HeadingPath.Select(WellFormed.Text)));
        }

        json.WriteNumber(ChromaFields.Start, chunk.Place.Start);
        json.WriteNumber(ChromaFields.End, chunk.Place.End);
        WriteOptional(json, ChromaFields.Line, chunk.Place.Line);
        WriteOptional(json, ChromaFields.Page, chunk.Place.Page);
        WriteOptional(json, ChromaFields.Row, chunk.Place.Row);
        if (chunk.Place.Part is not null)
        {
            json.WriteString(ChromaFields.Part, WellFormed.Text(chunk.Place.Part));
        }

        if (chunk.Place.Anchor is not null)
        {
            json.WriteString(ChromaFields.Anchor, WellFormed.Text(chunk.Place.Anchor));
        }

        if (chunk.Metadata is not null)
        {
            json.WriteBoolean(ChromaFields.HasMetadata, true);
            foreach (var (key, value) in chunk.Metadata)
            {
                json.WriteString(ChromaFields.MetadataPrefix + WellFormed.Text(key), WellFormed.Text(value));
            }
        }

        foreach (var key in stored ?? [])
        {
            if (IsGone(key, chunk))
            {
                json.WriteNull(key);
            }
        }

        json.WriteEndObject();
    }

    /// <summary>Whether a stored key is one of Sluice's that the chunk does not have any more. Keys that others added are left alone.</summary>
    private static bool IsGone(string key, Chunk chunk) => key switch
    {
        ChromaFields.Title => chunk.Title is null,
        ChromaFields.Headings => chunk.HeadingPath.Count == 0,
        ChromaFields.Line => chunk.Place.Line is null,
        ChromaFields.Page => chunk.Place.Page is null,
        ChromaFields.Row => chunk.Place.Row is null,
        ChromaFields.Part => chunk.Place.Part is null,
        ChromaFields.Anchor => chunk.Place.Anchor is null,
        ChromaFields.HasMetadata => chunk.Metadata is null,
        _ => key.StartsWith(ChromaFields.MetadataPrefix, StringComparison.Ordinal)
            && chunk.Metadata?.ContainsKey(key[ChromaFields.MetadataPrefix.Length..]) != true,
    };

    private static void WriteOptional(Utf8JsonWriter json, string key, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(key, number);
        }
    }
}
