using System.Buffers.Binary;
using System.Text;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>
/// A Protobuf message under construction: a list of byte runs, so that a nested message or a large tensor is referenced and not copied.
/// Fields are written in the order of the calls. Not safe for concurrent use.
/// </summary>
internal sealed class ProtoMessage
{
    private readonly List<ReadOnlyMemory<byte>> _runs = [];

    /// <summary>Bytes of the message.</summary>
    public long Length { get; private set; }

    public ProtoMessage Varint(int field, long value)
    {
        Span<byte> buffer = stackalloc byte[20];
        var length = WriteVarint(buffer, (ulong)field << 3);
        length += WriteVarint(buffer[length..], (ulong)value);
        return Append(buffer[..length].ToArray());
    }

    public ProtoMessage Float(int field, float value)
    {
        Span<byte> buffer = stackalloc byte[14];
        var length = WriteVarint(buffer, ((ulong)field << 3) | 5);
        BinaryPrimitives.WriteSingleLittleEndian(buffer[length..], value);
        return Append(buffer[..(length + 4)].ToArray());
    }

    public ProtoMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Bytes(int field, ReadOnlyMemory<byte> value)
    {
        AppendHeader(field, value.Length);
        return Append(value);
    }

    public ProtoMessage Message(int field, ProtoMessage value)
    {
        AppendHeader(field, value.Length);
        _runs.AddRange(value._runs);
        Length += value.Length;
        return this;
    }

    public void WriteTo(Stream stream)
    {
        foreach (var run in _runs)
        {
            stream.Write(run.Span);
        }
    }

    private static int WriteVarint(Span<byte> buffer, ulong value)
    {
        var length = 0;
        while (value >= 0x80)
        {
            buffer[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        buffer[length++] = (byte)value;
        return length;
    }

    private void AppendHeader(int field, long length)
    {
        Span<byte> buffer = stackalloc byte[20];
        var written = WriteVarint(buffer, ((ulong)field << 3) | 2);
        written += WriteVarint(buffer[written..], (ulong)length);
        Append(buffer[..written].ToArray());
    }

    private ProtoMessage Append(ReadOnlyMemory<byte> run)
    {
        _runs.Add(run);
        Length += run.Length;
        return this;
    }
}
