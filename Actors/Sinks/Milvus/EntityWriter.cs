using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Actors.Sinks.Pgvector;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Milvus;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>Writes records as rows of an upsert.</summary>
/// <param name="cut">Counts what full text and filters do not find because a field is full.</param>
internal sealed class EntityWriter(TruncationLog cut)
{
    private const int Overhead = 700;
    private const int BytesPerNumber = 14;
    private const int BytesPerTerm = 24;

    /// <summary>Bytes that a record takes, rather too many.</summary>
    public static long Estimate(VectorRecord record)
    {
        var chunk = record.Chunk;
        long text = Encoding.UTF8.GetByteCount(chunk.Text) + (chunk.Text.Length / 8) + (chunk.Title?.Length * 3L ?? 0);
        foreach (var heading in chunk.HeadingPath)
        {
            text += (heading.Length * 3L) + 8;
        }

        long metadata = 0;
        if (chunk.Metadata is { } pairs)
        {
            foreach (var (key, value) in pairs)
            {
                metadata += (3L * (key.Length + value.Length)) + 16;
            }
        }

        var vector = record.Embedding switch
        {
            DenseEmbedding dense => (long)dense.Values.Length * BytesPerNumber,
            SparseEmbedding sparse => (long)sparse.Values.Length * BytesPerTerm,
            var other => other.Weight,
        };
        return Overhead + (2 * (text + metadata)) + (6L * record.Uri.Length) + vector;
    }

    /// <summary>Says why a record has no room in a row; null when it has.</summary>
    public static Rejection? Refuse(VectorRecord record)
    {
        if (3L * record.Uri.Length > EntityFields.MaxText && Encoding.UTF8.GetByteCount(record.Uri) > EntityFields.MaxText)
        {
            return Refuse($"the URI of its document is longer than {EntityFields.MaxText} bytes");
        }

        return 3L * record.Chunk.Text.Length > (long)EntityFields.MaxText * EntityFields.MaxElements
            ? Refuse("its text is longer than the pieces that Milvus holds")
            : null;

        static Rejection Refuse(string why) => Rejection.Dead(Reasons.RefusedBySink, $"The chunk was not stored: {why}, the most that Milvus stores.");
    }

    /// <summary>Writes a row.</summary>
    public void Write(Utf8JsonWriter writer, VectorRecord record)
    {
        var chunk = record.Chunk;
        writer.WriteStartObject();
        writer.WriteString(EntityFields.Id, chunk.Id.Value);
        writer.WriteString(EntityFields.Document, record.Document.Value);
        writer.WriteString(EntityFields.Uri, StoredText.Encode(record.Uri));
        var (authority, path) = UriGlob.Split(record.Uri);
        WriteCut(writer, EntityFields.Location, StoredText.Encode(authority + path));
        WritePieces(writer, EntityFields.Text, EntityFields.TextRest, StoredText.Encode(chunk.Text));
        WritePieces(writer, EntityFields.Details, EntityFields.DetailsRest, Details(chunk));
        WriteTags(writer, record);
        WriteWords(writer, record);
        writer.WritePropertyName(EntityFields.Vector);
        WriteVector(writer, record.Embedding);
        writer.WriteEndObject();
    }

    /// <summary>Writes an embedding.</summary>
    public static void WriteVector(Utf8JsonWriter writer, Embedding embedding)
    {
        switch (embedding)
        {
            case DenseEmbedding dense:
                JsonFloats.WriteArray(writer, dense.Values.Span);
                break;
            case SparseEmbedding sparse:
                writer.WriteStartObject();
                Span<byte> name = stackalloc byte[11];
                for (var i = 0; i < sparse.Values.Length; i++)
                {
                    sparse.Indices.Span[i].TryFormat(name, out var written, provider: CultureInfo.InvariantCulture);
                    writer.WriteNumber(name[..written], sparse.Values.Span[i]);
                }

                writer.WriteEndObject();
                break;
            default:
                throw new ArgumentException($"Milvus stores no {embedding.GetType().Name} here.", nameof(embedding));
        }
    }

    /// <summary>Place, title, headings and metadata as a JSON object.</summary>
    private static string Details(Chunk chunk)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer, ChunkJson.Options);
        writer.WriteStartObject();
        ChunkJson.WritePlace(writer, chunk.Place);
        if (chunk.Title is { } title)
        {
            writer.WriteString("title", ChunkJson.Whole(title));
        }

        if (chunk.HeadingPath.Count > 0)
        {
            writer.WriteStartArray("headings");
            foreach (var heading in chunk.HeadingPath)
            {
                writer.WriteStringValue(ChunkJson.Whole(heading));
            }

            writer.WriteEndArray();
        }

        if (chunk.Metadata is { Count: > 0 } metadata)
        {
            writer.WritePropertyName("metadata");
            ChunkJson.Write(writer, metadata);
        }

        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteCut(Utf8JsonWriter writer, string field, string text) => writer.WriteString(field, text.AsSpan(0, TextPieces.Length(text, 0, EntityFields.MaxText)));

    private static void WritePieces(Utf8JsonWriter writer, string field, string rest, string text)
    {
        var at = TextPieces.Length(text, 0, EntityFields.MaxText);
        writer.WriteString(field, text.AsSpan(0, at));
        writer.WriteStartArray(rest);
        while (at < text.Length)
        {
            var length = TextPieces.Length(text, at, EntityFields.MaxText);
            writer.WriteStringValue(text.AsSpan(at, length));
            at += length;
        }

        writer.WriteEndArray();
    }

    private void WriteTags(Utf8JsonWriter writer, VectorRecord record)
    {
        writer.WriteStartArray(EntityFields.Tags);
        var count = 0;
        if (record.Chunk.Metadata is { } metadata)
        {
            foreach (var (key, value) in metadata)
            {
                if (++count > EntityFields.MaxElements)
                {
                    cut.Add($"filters find no metadata pairs beyond {EntityFields.MaxElements} of a chunk", record);
                    break;
                }

                writer.WriteStringValue(MetadataTags.Create(key, value));
            }
        }

        writer.WriteEndArray();
    }

    private void WriteWords(Utf8JsonWriter writer, VectorRecord record)
    {
        var chunk = record.Chunk;
        var words = chunk.Title is null && chunk.HeadingPath.Count == 0
            ? FoldedWords.Fold(chunk.Text)
            : FoldedWords.Fold($"{chunk.Title}\n{string.Join('\n', chunk.HeadingPath)}\n{chunk.Text}");
        var length = TextPieces.Length(words, 0, EntityFields.MaxText);
        if (length < words.Length)
        {
            cut.Add($"full text finds no words beyond {EntityFields.MaxText} bytes of a chunk", record);
            length = words.LastIndexOf(' ', length - 1) is var space and > 0 ? space : length;
        }

        writer.WriteString(EntityFields.Words, words.AsSpan(0, length));
    }
}
