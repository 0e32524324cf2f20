using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Sluice.Actors.Sinks;

/// <summary>Writes vectors of one length as bytes (little endian), row after row, and reads them again. Immutable, safe for concurrent use.</summary>
/// <param name="type">How components are kept.</param>
/// <param name="dimension">Components of a vector.</param>
internal sealed class VectorCodec(ElementType type, int dimension)
{
    private const int Largest = 127;

    /// <summary>Bytes of a vector: of 8 bits with its scale in front.</summary>
    public int RowBytes { get; } = type switch
    {
        ElementType.Float32 => 4 * dimension,
        ElementType.Float16 => 2 * dimension,
        ElementType.Int8 => 4 + dimension,
        _ => (dimension + 7) / 8,
    };

    /// <summary>Writes vectors.</summary>
    /// <param name="values">Their components, a multiple of the dimension.</param>
    /// <returns>Their bytes.</returns>
    public byte[] Encode(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length / dimension * RowBytes];
        for (var row = 0; row * dimension < values.Length; row++)
        {
            EncodeRow(values.Slice(row * dimension, dimension), bytes.AsSpan(row * RowBytes, RowBytes));
        }

        return bytes;
    }

    /// <summary>Reads vectors.</summary>
    /// <param name="bytes">Their bytes, a multiple of <see cref="RowBytes"/>.</param>
    /// <param name="values">Their components.</param>
    public void Decode(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        if (type == ElementType.Float32)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(values));
            return;
        }

        if (type == ElementType.Float16)
        {
            TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), values);
            return;
        }

        for (var row = 0; row * RowBytes < bytes.Length; row++)
        {
            DecodeRow(bytes.Slice(row * RowBytes, RowBytes), values.Slice(row * dimension, dimension));
        }
    }

    private void EncodeRow(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        switch (type)
        {
            case ElementType.Float32:
                MemoryMarshal.AsBytes(values).CopyTo(bytes);
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(bytes));
                break;
            case ElementType.Int8:
                var scale = Math.Abs(TensorPrimitives.MaxMagnitude(values)) / Largest;
                MemoryMarshal.Write(bytes, scale);
                for (var i = 0; i < values.Length; i++)
                {
                    bytes[4 + i] = (byte)(sbyte)(scale > 0 ? Math.Clamp(MathF.Round(values[i] / scale), -Largest, Largest) : 0);
                }

                break;
            default:
                bytes.Clear();
                for (var i = 0; i < values.Length; i++)
                {
                    bytes[i / 8] |= (byte)(values[i] > 0 ? 1 << (i % 8) : 0);
                }

                break;
        }
    }

    private void DecodeRow(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        if (type == ElementType.Int8)
        {
            TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, sbyte>(bytes[4..]), values);
            TensorPrimitives.Multiply(values, MemoryMarshal.Read<float>(bytes), values);
            return;
        }

        // Of unit length, as the vectors were of which only the signs are left.
        var one = 1 / MathF.Sqrt(dimension);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (bytes[i / 8] >> (i % 8) & 1) != 0 ? one : -one;
        }
    }
}
