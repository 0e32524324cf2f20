using System.Numerics.Tensors;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Qdrant;

/// <summary>Writes points straight into a request's body. Used by one request at a time.</summary>
/// <param name="cosine">Whether the server makes every vector's length 1, so that the length it had is kept beside it.</param>
/// <param name="fullText">Whether words are written.</param>
internal sealed class QdrantPointWriter(bool cosine, bool fullText) : IDisposable
{
    /// <summary>How far from 1 a length may be and count as 1: what a model that normalizes makes.</summary>
    private const float Unit = 1e-6f;

    private readonly JsonVector _numbers = new();
    private readonly QdrantTerms _terms = new();

    /// <summary>How bodies are written: text as it is, in UTF-8; what the code writes is right by construction.</summary>
    public static JsonWriterOptions Json { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Bytes that a record takes, rather too many than too few.</summary>
    public static long Estimate(VectorRecord record, bool fullText)
    {
        var chunk = record.Chunk;
        long bytes = 400 + Bytes(record.Uri) + (Bytes(chunk.Text) * (fullText ? 4 : 1)) + Bytes(chunk.Title);
        foreach (var heading in chunk.HeadingPath)
        {
            bytes += 4 + Bytes(heading);
        }

        foreach (var (key, value) in chunk.Metadata ?? System.Collections.Frozen.FrozenDictionary<string, string>.Empty)
        {
            bytes += 8 + Bytes(key) + Bytes(value);
        }

        return bytes + record.Embedding switch
        {
            DenseEmbedding dense => 13L * dense.Values.Length,
            MultiVectorEmbedding several => (13L * several.Values.Length) + (16L * several.Rows),
            SparseEmbedding sparse => 24L * sparse.Values.Length,
            _ => record.Embedding.Weight * 4,
        };
    }

    /// <summary>Writes a point.</summary>
    public void Write(Utf8JsonWriter writer, VectorRecord record)
    {
        writer.WriteStartObject();
        writer.WriteString("id", record.Chunk.Id.Value);
        writer.WriteStartObject("vector");
        WriteEmbedding(writer, record.Embedding);
        if (fullText)
        {
            WriteTerms(writer, record.Chunk);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("payload");
        writer.WriteString(QdrantNames.Document, record.Document.Value);
        writer.WriteString(QdrantNames.Uri, record.Uri);
        writer.WriteString(QdrantNames.Text, record.Chunk.Text);
        WriteNorms(writer, record.Embedding);
        WritePlace(writer, record.Chunk, all: false);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Writes the words of a chunk as a vector.</summary>
    /// <returns>Whether it has any.</returns>
    public bool WriteTerms(Utf8JsonWriter writer, Chunk chunk) => _terms.Write(writer, chunk);

    /// <summary>Writes what may change while a chunk's text stays.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="all">Whether to write null for what it has not, so that it replaces what is stored.</param>
    public static void WritePlace(Utf8JsonWriter writer, Chunk chunk, bool all)
    {
        var place = chunk.Place;
        Text(QdrantNames.Title, chunk.Title);
        if (chunk.HeadingPath.Count > 0 || all)
        {
            writer.WriteStartArray(QdrantNames.Headings);
            foreach (var heading in chunk.HeadingPath)
            {
                writer.WriteStringValue(heading);
            }

            writer.WriteEndArray();
        }

        if (chunk.Metadata is { Count: > 0 } || all)
        {
            writer.WriteStartObject(QdrantNames.Metadata);
            foreach (var (key, value) in chunk.Metadata ?? System.Collections.Frozen.FrozenDictionary<string, string>.Empty)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        writer.WriteNumber("start", place.Start);
        writer.WriteNumber("end", place.End);
        Number("line", place.Line);
        Number("page", place.Page);
        Number("row", place.Row);
        Text("part", place.Part);
        Text("anchor", place.Anchor);

        void Text(string name, string? value)
        {
            if (value is not null)
            {
                writer.WriteString(name, value);
            }
            else if (all)
            {
                writer.WriteNull(name);
            }
        }

        void Number(string name, long? value)
        {
            if (value is { } number)
            {
                writer.WriteNumber(name, number);
            }
            else if (all)
            {
                writer.WriteNull(name);
            }
        }
    }

    /// <summary>Writes an embedding as a query takes it.</summary>
    public void WriteQuery(Utf8JsonWriter writer, Streams.Vectors.Embedding embedding)
    {
        switch (embedding)
        {
            case DenseEmbedding dense:
                _numbers.Write(writer, dense.Values.Span);
                break;
            case MultiVectorEmbedding several:
                WriteRows(writer, several);
                break;
            case SparseEmbedding sparse:
                WriteSparse(writer, sparse);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(embedding), embedding.GetType().Name, "unknown embedding");
        }
    }

    public void Dispose() => _numbers.Dispose();

    private void WriteEmbedding(Utf8JsonWriter writer, Streams.Vectors.Embedding embedding)
    {
        writer.WritePropertyName(embedding switch { DenseEmbedding => QdrantNames.Dense, MultiVectorEmbedding => QdrantNames.MultiVector, _ => QdrantNames.Sparse });
        WriteQuery(writer, embedding);
    }

    private void WriteRows(Utf8JsonWriter writer, MultiVectorEmbedding several)
    {
        writer.WriteStartArray();
        for (var row = 0; row < several.Rows; row++)
        {
            _numbers.Write(writer, several.Values.Span.Slice(row * several.Dimension, several.Dimension));
        }

        writer.WriteEndArray();
    }

    private void WriteSparse(Utf8JsonWriter writer, SparseEmbedding sparse)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("indices");
        foreach (var index in sparse.Indices.Span)
        {
            writer.WriteNumberValue(index);
        }

        writer.WriteEndArray();
        writer.WritePropertyName("values");
        _numbers.Write(writer, sparse.Values.Span);
        writer.WriteEndObject();
    }

    private void WriteNorms(Utf8JsonWriter writer, Streams.Vectors.Embedding embedding)
    {
        if (!cosine)
        {
            return;
        }

        if (embedding is DenseEmbedding dense && TensorPrimitives.Norm(dense.Values.Span) is var norm && MathF.Abs(norm - 1) > Unit)
        {
            writer.WriteNumber(QdrantNames.Norm, norm);
        }
        else if (embedding is MultiVectorEmbedding several)
        {
            var norms = new float[several.Rows];
            for (var row = 0; row < norms.Length; row++)
            {
                norms[row] = TensorPrimitives.Norm(several.Values.Span.Slice(row * several.Dimension, several.Dimension));
            }

            if (norms.Any(static norm => MathF.Abs(norm - 1) > Unit))
            {
                writer.WritePropertyName(QdrantNames.Norms);
                _numbers.Write(writer, norms);
            }
        }
    }

    private static long Bytes(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text) + (text.Length / 8);
}
