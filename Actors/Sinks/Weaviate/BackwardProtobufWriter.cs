using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>
/// Writes a protobuf message (https://protobuf.dev/programming-guides/encoding) from its last byte to its first into one pooled buffer: when the length of an inner message
/// is due, it is known, so nothing is measured beforehand and no object stands for it. Fields are therefore written in reverse order. Not safe for concurrent use.
/// </summary>
internal sealed class BackwardProtobufWriter : IDisposable
{
    private const int MaxVarint = 10;
    private const int LengthDelimited = 2;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _start;

    public BackwardProtobufWriter() => _start = _buffer.Length;

    /// <summary>Bytes written so far.</summary>
    public int Length => _buffer.Length - _start;

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(_start);

    /// <summary>Writes a field whose value is an enumeration or an unsigned number.</summary>
    public void Number(int field, ulong value)
    {
        Varint(value);
        Tag(field, 0);
    }

    /// <summary>Writes a field whose value is a 64-bit floating-point number.</summary>
    public void Double(int field, double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(Take(sizeof(double)), value);
        Tag(field, 1);
    }

    /// <summary>Writes a field of text; half surrogate pairs become U+FFFD.</summary>
    public void Text(int field, ReadOnlySpan<char> value)
    {
        var count = Encoding.UTF8.GetByteCount(value);
        Encoding.UTF8.GetBytes(value, Take(count));
        EndBytes(field, count);
    }

    /// <summary>Writes a field of text that is encoded already, or of bytes.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Take(value.Length));
        EndBytes(field, value.Length);
    }

    /// <summary>Writes a UUID as text.</summary>
    public void Uuid(int field, Guid value)
    {
        const int TextLength = 36;
        value.TryFormat(Take(TextLength), out _, "D");
        EndBytes(field, TextLength);
    }

    /// <summary>Writes 32-bit floating-point numbers, little-endian, without a tag: the end of a field of bytes.</summary>
    public void RawFloats(ReadOnlySpan<float> values)
    {
        var target = Take(values.Length * sizeof(float));
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(values).CopyTo(target);
            return;
        }

        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(target[(i * sizeof(float))..], values[i]);
        }
    }

    /// <summary>Writes a 16-bit number, little-endian, without a tag.</summary>
    public void RawUInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), value);

    /// <summary>Ends (in the order of writing) an inner message or a field of bytes whose contents were written since <see cref="Length"/> was <paramref name="before"/>.</summary>
    public void End(int field, int before) => EndBytes(field, Length - before);

    /// <summary>Empties it; the buffer stays.</summary>
    public void Clear() => _start = _buffer.Length;

    public void Dispose()
    {
        var buffer = _buffer;
        (_buffer, _start) = ([], 0);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void EndBytes(int field, int count)
    {
        Varint((ulong)count);
        Tag(field, LengthDelimited);
    }

    private void Tag(int field, int type) => Varint(((ulong)field << 3) | (uint)type);

    private void Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[MaxVarint];
        var count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[count++] = (byte)(value | 0x80);
        }

        bytes[count++] = (byte)value;
        bytes[..count].CopyTo(Take(count));
    }

    private Span<byte> Take(int count)
    {
        if (_start < count)
        {
            Grow(count);
        }

        _start -= count;
        return _buffer.AsSpan(_start, count);
    }

    private void Grow(int count)
    {
        var length = Length;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_buffer.Length * 2), checked(length + count)));
        Written.CopyTo(larger.AsMemory(larger.Length - length));
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start) = (larger, larger.Length - length);
    }
}
