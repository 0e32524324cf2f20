using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>
/// Rows in PostgreSQL's binary form of COPY, in a pooled buffer: every value is its length in 4 bytes (-1 for NULL) and its bytes, numbers with the highest byte
/// first. Not safe for concurrent use; the bytes belong to the buffer until it is disposed.
/// </summary>
internal sealed class CopyBuffer(int capacity) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 256));

    /// <summary>What was written since the last <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Bytes of it.</summary>
    public int Length { get; private set; }

    public void Clear() => Length = 0;

    /// <summary>Begins the data: signature, no flags, no extension.</summary>
    public void Begin()
    {
        ReadOnlySpan<byte> signature = [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0];
        var header = Take(signature.Length + 8);
        signature.CopyTo(header);
        header[signature.Length..].Clear();
    }

    /// <summary>Begins a row.</summary>
    public void Row(int columns) => BinaryPrimitives.WriteInt16BigEndian(Take(2), (short)columns);

    /// <summary>Ends the data.</summary>
    public void End() => BinaryPrimitives.WriteInt16BigEndian(Take(2), -1);

    public void Null() => BinaryPrimitives.WriteInt32BigEndian(Take(4), -1);

    public void Int32(int? value)
    {
        if (value is not { } number)
        {
            Null();
            return;
        }

        BinaryPrimitives.WriteInt32BigEndian(Value(4), number);
    }

    public void Int64(long? value)
    {
        if (value is not { } number)
        {
            Null();
            return;
        }

        BinaryPrimitives.WriteInt64BigEndian(Value(8), number);
    }

    public void Uuid(Guid value) => value.TryWriteBytes(Value(16), bigEndian: true, out _);

    public void Text(string? value) => Text(value, json: false);

    /// <summary>A jsonb value: its version, then its text.</summary>
    public void Json(string? value) => Text(value, json: true);

    /// <summary>A pgvector value: dimensions, an unused number, components.</summary>
    public void Vector(ReadOnlySpan<float> values)
    {
        var bytes = Value(4 + (4 * values.Length));
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)values.Length);
        BinaryPrimitives.WriteInt16BigEndian(bytes[2..], 0);
        bytes = bytes[4..];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleBigEndian(bytes[(4 * i)..], values[i]);
        }
    }

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        Length = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Text(string? value, bool json)
    {
        if (value is null)
        {
            Null();
            return;
        }

        var start = Length;
        var header = json ? 5 : 4;
        var span = Reserve(header + Encoding.UTF8.GetMaxByteCount(value.Length));
        var written = Encoding.UTF8.GetBytes(value, span[header..]);
        BinaryPrimitives.WriteInt32BigEndian(span, written + header - 4);
        if (json)
        {
            span[4] = 1;
        }

        Length = start + header + written;
    }

    private Span<byte> Value(int length)
    {
        var span = Take(4 + length);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        return span[4..];
    }

    private Span<byte> Take(int count)
    {
        var span = Reserve(count)[..count];
        Length += count;
        return span;
    }

    /// <summary>Room for at least <paramref name="count"/> bytes behind what is written.</summary>
    private Span<byte> Reserve(int count)
    {
        if (_bytes.Length - Length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Length + count), _bytes.Length * 2));
            Written.Span.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(Length);
    }
}
