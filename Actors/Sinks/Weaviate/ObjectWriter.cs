using System.Text;
using Sluice.Actors.Sinks.Pgvector;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Weaviate;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// Writes records as a <c>BatchObjectsRequest</c> of Weaviate's gRPC API (grpc/proto/v1/batch.proto): properties as a <c>google.protobuf.Struct</c>, lists of text as typed
/// arrays, vectors as little-endian bytes.
/// </summary>
internal static class ObjectWriter
{
    private const int SingleVector = 1;
    private const int MultiVector = 2;

    /// <summary>Bytes of an object beside its text and vector: names of properties, ids, numbers.</summary>
    private const int Overhead = 700;

    /// <summary>Writes a whole request.</summary>
    public static void Write(BackwardProtobufWriter writer, IReadOnlyList<VectorRecord> records, string collection, Protocol.ConsistencyLevel consistency)
    {
        writer.Number(2, (ulong)consistency);
        for (var i = records.Count - 1; i >= 0; i--)
        {
            Write(writer, records[i], collection);
        }
    }

    /// <summary>Bytes that a record takes, rather too many.</summary>
    public static long Estimate(VectorRecord record)
    {
        var chunk = record.Chunk;
        long text = Encoding.UTF8.GetByteCount(chunk.Text) + (chunk.Title?.Length * 3L ?? 0);
        foreach (var heading in chunk.HeadingPath)
        {
            text += (heading.Length * 3L) + 4;
        }

        // Metadata stands twice, as JSON and as tags.
        long metadata = 0;
        if (chunk.Metadata is { } pairs)
        {
            foreach (var (key, value) in pairs)
            {
                metadata += (3L * (key.Length + value.Length)) + 8;
            }
        }

        return Overhead + (2 * (text + metadata)) + (6L * record.Uri.Length) + record.Embedding.Weight;
    }

    private static void Write(BackwardProtobufWriter writer, VectorRecord record, string collection)
    {
        var before = writer.Length;
        WriteVector(writer, record.Embedding);
        writer.Text(4, collection);
        var properties = writer.Length;
        WriteLists(writer, record.Chunk);
        var values = writer.Length;
        WriteValues(writer, record);
        writer.End(1, values);
        writer.End(3, properties);
        writer.Uuid(1, record.Chunk.Id.Value);
        writer.End(1, before);
    }

    /// <summary>Writes a vector's bytes; several vectors begin with their dimension in 16 bits.</summary>
    public static void WriteVectorBytes(BackwardProtobufWriter writer, Embedding embedding)
    {
        switch (embedding)
        {
            case DenseEmbedding dense:
                writer.RawFloats(dense.Values.Span);
                break;
            case MultiVectorEmbedding several:
                writer.RawFloats(several.Values.Span);
                writer.RawUInt16(checked((ushort)several.Dimension));
                break;
            default:
                throw new ArgumentException($"Weaviate stores no {embedding.GetType().Name}.", nameof(embedding));
        }
    }

    private static void WriteVector(BackwardProtobufWriter writer, Embedding embedding)
    {
        var vector = writer.Length;
        writer.Number(4, embedding is MultiVectorEmbedding ? MultiVector : (ulong)SingleVector);
        var bytes = writer.Length;
        WriteVectorBytes(writer, embedding);
        writer.End(3, bytes);
        writer.Text(1, ObjectProperties.Vector);
        writer.End(23, vector);
    }

    private static void WriteLists(BackwardProtobufWriter writer, Chunk chunk)
    {
        if (chunk.Metadata is { Count: > 0 } metadata)
        {
            var tags = writer.Length;
            writer.Text(2, ObjectProperties.Tags);
            foreach (var (key, value) in metadata)
            {
                writer.Text(1, MetadataTags.Create(key, value));
            }

            writer.End(6, tags);
        }

        if (chunk.HeadingPath.Count > 0)
        {
            var headings = writer.Length;
            writer.Text(2, ObjectProperties.Headings);
            for (var i = chunk.HeadingPath.Count - 1; i >= 0; i--)
            {
                writer.Text(1, chunk.HeadingPath[i]);
            }

            writer.End(6, headings);
        }
    }

    private static void WriteValues(BackwardProtobufWriter writer, VectorRecord record)
    {
        var (chunk, place) = (record.Chunk, record.Chunk.Place);
        if (chunk.HeadingPath.Count > 0)
        {
            Value(writer, ObjectProperties.HeadingWords, FoldedWords.Fold(string.Join('\n', chunk.HeadingPath)));
        }

        if (chunk.Title is { } title)
        {
            Value(writer, ObjectProperties.TitleWords, FoldedWords.Fold(title));
            Value(writer, ObjectProperties.Title, title);
        }

        Value(writer, ObjectProperties.Words, FoldedWords.Fold(chunk.Text));
        if (chunk.Metadata is { Count: > 0 } metadata)
        {
            Value(writer, ObjectProperties.Metadata, ChunkJson.Metadata(metadata));
        }

        Value(writer, ObjectProperties.Anchor, place.Anchor);
        Value(writer, ObjectProperties.Part, place.Part);
        Value(writer, ObjectProperties.Row, place.Row);
        Value(writer, ObjectProperties.Page, place.Page);
        Value(writer, ObjectProperties.Line, place.Line);
        Value(writer, ObjectProperties.End, place.End);
        Value(writer, ObjectProperties.Start, place.Start);
        Value(writer, ObjectProperties.Text, chunk.Text);
        var (authority, path) = UriGlob.Split(record.Uri);
        Value(writer, ObjectProperties.Location, authority + path);
        Value(writer, ObjectProperties.Uri, record.Uri);
        var entry = writer.Length;
        writer.Uuid(3, record.Document.Value);
        EndEntry(writer, ObjectProperties.Document, entry);
    }

    private static void Value(BackwardProtobufWriter writer, string name, string? text)
    {
        if (text is not null)
        {
            var entry = writer.Length;
            writer.Text(3, text);
            EndEntry(writer, name, entry);
        }
    }

    private static void Value(BackwardProtobufWriter writer, string name, long? number)
    {
        if (number is { } value)
        {
            var entry = writer.Length;
            writer.Double(2, value);
            EndEntry(writer, name, entry);
        }
    }

    /// <summary>Ends an entry of the map of properties: key 1, value 2.</summary>
    private static void EndEntry(BackwardProtobufWriter writer, string name, int entry)
    {
        writer.End(2, entry);
        writer.Text(1, name);
        writer.End(1, entry);
    }
}
