using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Sluice.Actors.Sinks.Weaviate.Protocol;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Weaviate;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>Reads chunks from the objects that a search gives.</summary>
internal static class ObjectReader
{
    /// <summary>Reads an object's id.</summary>
    public static ChunkId ReadId(SearchResult found) => new(Guid.Parse(found.Metadata.Id, CultureInfo.InvariantCulture));

    /// <summary>Reads the document of an object; null when it is none of Sluice's.</summary>
    public static DocumentId? ReadDocument(SearchResult found) => Guid.TryParse(Text(found, ObjectProperties.Document), CultureInfo.InvariantCulture, out var id) ? new DocumentId(id) : null;

    /// <summary>Reads a hit.</summary>
    public static SearchHit ReadHit(SearchResult found, double score) => new(ReadId(found), Text(found, ObjectProperties.Uri) ?? "", Text(found, ObjectProperties.Text) ?? "", ReadPlace(found), score)
    {
        Title = Text(found, ObjectProperties.Title),
        HeadingPath = Texts(found, ObjectProperties.Headings),
        Metadata = ChunkJson.ReadMetadata(Text(found, ObjectProperties.Metadata)),
    };

    /// <summary>Reads a whole record; null when its document or its vector is missing: it is none of Sluice's.</summary>
    public static VectorRecord? ReadRecord(SearchResult found) =>
        ReadDocument(found) is { } document && ReadEmbedding(found) is { } embedding ? ReadHit(found, 0).ToRecord(document, embedding) : null;

    /// <summary>Reads an object's embedding; null when it has none.</summary>
    public static Embedding? ReadEmbedding(SearchResult found)
    {
        foreach (var vector in found.Metadata.Vectors)
        {
            if (vector.Name == ObjectProperties.Vector)
            {
                return ReadEmbedding(vector.VectorBytes.Span, vector.Type == Protocol.Vectors.Types.VectorType.MultiFp32);
            }
        }

        return found.Metadata.VectorBytes.IsEmpty ? null : ReadEmbedding(found.Metadata.VectorBytes.Span, several: false);
    }

    private static Embedding ReadEmbedding(ReadOnlySpan<byte> bytes, bool several)
    {
        if (!several)
        {
            return new DenseEmbedding(ReadFloats(bytes));
        }

        var dimension = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        var values = ReadFloats(bytes[sizeof(ushort)..]);
        return new MultiVectorEmbedding(values, dimension == 0 ? 0 : values.Length / dimension, dimension);
    }

    private static float[] ReadFloats(ReadOnlySpan<byte> bytes)
    {
        var values = new float[bytes.Length / sizeof(float)];
        if (BitConverter.IsLittleEndian)
        {
            bytes[..(values.Length * sizeof(float))].CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }

        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        }

        return values;
    }

    private static Place ReadPlace(SearchResult found) => new(Number(found, ObjectProperties.Start) ?? 0, Number(found, ObjectProperties.End) ?? 0)
    {
        Line = (int?)Number(found, ObjectProperties.Line),
        Page = (int?)Number(found, ObjectProperties.Page),
        Row = Number(found, ObjectProperties.Row),
        Part = Text(found, ObjectProperties.Part),
        Anchor = Text(found, ObjectProperties.Anchor),
    };

    private static Value? Find(SearchResult found, string name) => found.Properties?.NonRefProps?.Fields.GetValueOrDefault(name);

    private static string? Text(SearchResult found, string name) =>
        Find(found, name) is { KindCase: Value.KindOneofCase.TextValue or Value.KindOneofCase.UuidValue } value ? (value.HasUuidValue ? value.UuidValue : value.TextValue) : null;

    private static string[] Texts(SearchResult found, string name) => Find(found, name) is { KindCase: Value.KindOneofCase.ListValue } value ? [.. value.ListValue.TextValues?.Values ?? []] : [];

    private static long? Number(SearchResult found, string name) => Find(found, name) switch
    {
        { KindCase: Value.KindOneofCase.IntValue } value => value.IntValue,
        { KindCase: Value.KindOneofCase.NumberValue } value => (long)value.NumberValue,
        _ => null,
    };
}
