using System.Runtime.InteropServices;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Wire;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// An embedding as it travels, <c>Embedding</c> of sluice.proto. Numbers travel as they lie in memory, which is little-endian on every machine that .NET runs on here.
/// </summary>
internal static class EmbeddingWire
{
    /// <summary>Bytes it takes.</summary>
    public static int Size(Embedding embedding) => embedding switch
    {
        DenseEmbedding dense => WireWriter.FieldSize(dense.Values.Length * sizeof(float)),
        MultiVectorEmbedding multi => WireWriter.FieldSize(InnerSize(multi)),
        SparseEmbedding sparse => WireWriter.FieldSize(InnerSize(sparse)),
        _ => throw new NotSupportedException($"{embedding.GetType().Name} has no form on the wire."),
    };

    /// <summary>Writes it.</summary>
    public static void Write(ref WireWriter to, Embedding embedding)
    {
        switch (embedding)
        {
            case DenseEmbedding dense:
                to.Bytes(1, Raw(dense.Values));
                break;
            case MultiVectorEmbedding multi:
                to.Begin(2, InnerSize(multi));
                Write(ref to, 1, multi.Values);
                WriteInteger(ref to, 2, multi.Rows);
                WriteInteger(ref to, 3, multi.Dimension);
                break;
            case SparseEmbedding sparse:
                to.Begin(3, InnerSize(sparse));
                if (sparse.Indices.Length > 0)
                {
                    to.Begin(1, IndicesSize(sparse));
                    foreach (var index in sparse.Indices.Span)
                    {
                        to.Varint((ulong)index);
                    }
                }

                Write(ref to, 2, sparse.Values);
                break;
            default:
                throw new NotSupportedException($"{embedding.GetType().Name} has no form on the wire.");
        }
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is of no known kind.</exception>
    public static Embedding Read(ReadOnlySpan<byte> from)
    {
        var reader = new WireReader(from);
        Embedding? embedding = null;
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: embedding = new DenseEmbedding(Floats(reader.Bytes())); break;
                case 2: embedding = ReadMulti(reader.Bytes()); break;
                case 3: embedding = ReadSparse(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        return embedding ?? throw new InvalidDataException("An embedding of an unknown kind came from another node: do all nodes run the same release?");
    }

    private static int InnerSize(MultiVectorEmbedding multi) => FloatsSize(multi.Values) + IntegerSize(multi.Rows) + IntegerSize(multi.Dimension);

    private static int InnerSize(SparseEmbedding sparse) =>
        (sparse.Indices.Length > 0 ? WireWriter.FieldSize(IndicesSize(sparse)) : 0) + FloatsSize(sparse.Values);

    private static int IndicesSize(SparseEmbedding sparse)
    {
        var size = 0;
        foreach (var index in sparse.Indices.Span)
        {
            size += WireWriter.VarintSize((ulong)index);
        }

        return size;
    }

    private static int FloatsSize(ReadOnlyMemory<float> values) => values.Length > 0 ? WireWriter.FieldSize(values.Length * sizeof(float)) : 0;

    private static int IntegerSize(int value) => value != 0 ? WireWriter.IntegerSize(value) : 0;

    private static void Write(ref WireWriter to, int field, ReadOnlyMemory<float> values)
    {
        if (values.Length > 0)
        {
            to.Bytes(field, Raw(values));
        }
    }

    private static void WriteInteger(ref WireWriter to, int field, int value)
    {
        if (value != 0)
        {
            to.Integer(field, value);
        }
    }

    private static ReadOnlySpan<byte> Raw(ReadOnlyMemory<float> values) => MemoryMarshal.AsBytes(values.Span);

    private static float[] Floats(ReadOnlySpan<byte> bytes)
    {
        var values = GC.AllocateUninitializedArray<float>(bytes.Length / sizeof(float));
        bytes[..(values.Length * sizeof(float))].CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static MultiVectorEmbedding ReadMulti(ReadOnlySpan<byte> from)
    {
        var reader = new WireReader(from);
        float[] values = [];
        var (rows, dimension) = (0, 0);
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: values = Floats(reader.Bytes()); break;
                case 2: rows = (int)reader.Integer(); break;
                case 3: dimension = (int)reader.Integer(); break;
                default: reader.Skip(); break;
            }
        }

        return new MultiVectorEmbedding(values, rows, dimension);
    }

    private static SparseEmbedding ReadSparse(ReadOnlySpan<byte> from)
    {
        var reader = new WireReader(from);
        List<int> indices = [];
        float[] values = [];
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: reader.Integers(indices); break;
                case 2: values = Floats(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        return new SparseEmbedding(indices.ToArray(), values);
    }
}
