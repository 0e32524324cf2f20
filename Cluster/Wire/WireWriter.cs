using System.Numerics;
using System.Text;

namespace Sluice.Cluster.Wire;

/// <summary>Writes Protobuf into a buffer of the right size; and tells what sizes are. Fields that have their default are left out by the caller.</summary>
/// <param name="to">The buffer.</param>
internal ref struct WireWriter(Span<byte> to)
{
    private readonly Span<byte> _to = to;

    /// <summary>Bytes written.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes of a varint.</summary>
    public static int VarintSize(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    /// <summary>Bytes of an integer's field whose tag takes one byte.</summary>
    public static int IntegerSize(long value) => 1 + VarintSize((ulong)value);

    /// <summary>Bytes of a field with so many bytes inside, whose tag takes one byte.</summary>
    public static int FieldSize(int length) => 1 + VarintSize((uint)length) + length;

    /// <summary>Bytes of a text's field whose tag takes one byte.</summary>
    public static int TextSize(string text) => FieldSize(Encoding.UTF8.GetByteCount(text));

    /// <summary>Writes an integer.</summary>
    public void Integer(int field, long value)
    {
        Varint((uint)field << 3);
        Varint((ulong)value);
    }

    /// <summary>Begins a field with so many bytes inside; they follow.</summary>
    public void Begin(int field, int length)
    {
        Varint(((uint)field << 3) | 2);
        Varint((uint)length);
    }

    /// <summary>Writes bytes.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Begin(field, bytes.Length);
        bytes.CopyTo(Take(bytes.Length));
    }

    /// <summary>Writes a text of known length in UTF-8.</summary>
    public void Text(int field, string text, int length)
    {
        Begin(field, length);
        Encoding.UTF8.GetBytes(text, Take(length));
    }

    /// <summary>Writes a text.</summary>
    public void Text(int field, string text) => Text(field, text, Encoding.UTF8.GetByteCount(text));

    /// <summary>Writes a guid: 16 bytes, big-endian.</summary>
    public void Guid(int field, Guid value)
    {
        Begin(field, 16);
        value.TryWriteBytes(Take(16), bigEndian: true, out _);
    }

    /// <summary>The next bytes, for the caller to fill.</summary>
    public Span<byte> Take(int length)
    {
        var taken = _to.Slice(Position, length);
        Position += length;
        return taken;
    }

    /// <summary>Writes a bare varint.</summary>
    public void Varint(ulong value)
    {
        while (value > 0x7F)
        {
            _to[Position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _to[Position++] = (byte)value;
    }
}
