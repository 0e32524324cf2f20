using System.Text;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>Walks the fields of a Protobuf message in a file; what is not asked for is jumped over. Not safe for concurrent use.</summary>
/// <param name="stream">The file.</param>
internal sealed class ProtoReader(FileStream stream)
{
    private const int LongestText = 1 << 16;

    /// <summary>Bytes of the file.</summary>
    public long Length { get; } = stream.Length;

    /// <summary>Where it stands.</summary>
    public long Position => stream.Position;

    /// <summary>The fields of a message that ends at <paramref name="end"/>. After each the reader stands at the field's end, whatever was read of it.</summary>
    /// <exception cref="EndOfStreamException">A field reaches beyond the end.</exception>
    /// <exception cref="InvalidDataException">It is no message.</exception>
    public IEnumerable<(int Field, long Length)> Fields(long end)
    {
        while (stream.Position < end)
        {
            var tag = Varint();
            var length = (tag & 7) switch
            {
                0 => 0,
                1 => 8,
                2 => (long)Varint(),
                5 => 4,
                _ => throw new InvalidDataException("its structure is broken"),
            };
            var start = stream.Position;
            if (length < 0 || start + length > end)
            {
                throw new EndOfStreamException("it ends too early");
            }

            yield return ((int)(tag >> 3), length);
            if ((tag & 7) == 0)
            {
                if (stream.Position == start)
                {
                    Varint();
                }
            }
            else if (stream.Position != start + length)
            {
                stream.Position = start + length;
            }
        }
    }

    /// <summary>The fields of a message of <paramref name="length"/> bytes that begins here.</summary>
    public IEnumerable<(int Field, long Length)> Message(long length) => Fields(stream.Position + length);

    /// <summary>A whole number.</summary>
    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = stream.ReadByte();
            if (next < 0)
            {
                throw new EndOfStreamException("it ends too early");
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("its structure is broken");
    }

    /// <summary>A text of <paramref name="length"/> bytes.</summary>
    public string Text(long length)
    {
        if (length > LongestText)
        {
            throw new InvalidDataException("a name in it is far too long");
        }

        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }
}
