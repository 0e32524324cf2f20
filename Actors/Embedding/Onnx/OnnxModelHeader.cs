using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>An input or output of a network.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">Element type in ONNX's numbering; 0 when it is no tensor.</param>
/// <param name="Shape">Dimensions; -1 for one that varies. Null when the file does not say.</param>
internal sealed record OnnxValue(string Name, int ElementType, IReadOnlyList<long>? Shape);

/// <summary>The inputs and outputs of an ONNX file, read without loading its weights: everything else is jumped over.</summary>
internal sealed class OnnxModelHeader
{
    private readonly List<OnnxValue> _inputs = [];
    private readonly List<OnnxValue> _outputs = [];
    private readonly HashSet<string> _initializers = new(StringComparer.Ordinal);

    private OnnxModelHeader()
    {
    }

    /// <summary>Inputs that must be given.</summary>
    public IEnumerable<OnnxValue> Inputs => _inputs.Where(input => !_initializers.Contains(input.Name));

    /// <summary>Outputs.</summary>
    public IReadOnlyList<OnnxValue> Outputs => _outputs;

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelException">It is no ONNX model.</exception>
    public static OnnxModelHeader Read(string file)
    {
        var header = new OnnxModelHeader();
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 4096);
        try
        {
            var isModel = false;
            foreach (var (field, length) in Fields(stream, stream.Length))
            {
                if (field == 7)
                {
                    isModel = true;
                    header.ReadGraph(stream, stream.Position + length);
                }
            }

            if (!isModel)
            {
                throw new InvalidDataException("there is no graph in it");
            }
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw new ModelException($"{file}: it is not a complete ONNX model ({e.Message}). Download it again.", e);
        }

        return header;
    }

    /// <summary>The fields of a message. After each the stream stands at the field's end, whatever was read of it.</summary>
    private static IEnumerable<(int Field, long Length)> Fields(FileStream stream, long end)
    {
        while (stream.Position < end)
        {
            var tag = Varint(stream);
            var length = (tag & 7) switch
            {
                0 => 0,
                1 => 8,
                2 => (long)Varint(stream),
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
                    Varint(stream);
                }
            }
            else if (stream.Position != start + length)
            {
                stream.Position = start + length;
            }
        }
    }

    private static ulong Varint(FileStream stream)
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

    private static string Text(FileStream stream, long length)
    {
        if (length > 1 << 16)
        {
            throw new InvalidDataException("a name in it is far too long");
        }

        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private void ReadGraph(FileStream stream, long end)
    {
        foreach (var (field, length) in Fields(stream, end))
        {
            switch (field)
            {
                case 5:
                    ReadInitializer(stream, stream.Position + length);
                    break;
                case 11:
                    _inputs.Add(ReadValue(stream, stream.Position + length));
                    break;
                case 12:
                    _outputs.Add(ReadValue(stream, stream.Position + length));
                    break;
                default:
                    break;
            }
        }
    }

    private void ReadInitializer(FileStream stream, long end)
    {
        foreach (var (field, length) in Fields(stream, end))
        {
            if (field == 8)
            {
                _initializers.Add(Text(stream, length));
            }
        }
    }

    private static OnnxValue ReadValue(FileStream stream, long end)
    {
        var name = "";
        var type = 0;
        List<long>? shape = null;
        foreach (var (field, length) in Fields(stream, end))
        {
            if (field == 1)
            {
                name = Text(stream, length);
            }
            else if (field == 2)
            {
                // TypeProto, its tensor type, element type and shape.
                foreach (var (kind, kindLength) in Fields(stream, stream.Position + length))
                {
                    if (kind != 1)
                    {
                        continue;
                    }

                    foreach (var (part, partLength) in Fields(stream, stream.Position + kindLength))
                    {
                        if (part == 1)
                        {
                            type = (int)Varint(stream);
                        }
                        else if (part == 2)
                        {
                            shape = ReadShape(stream, stream.Position + partLength);
                        }
                    }
                }
            }
        }

        return new OnnxValue(name, type, shape);
    }

    private static List<long> ReadShape(FileStream stream, long end)
    {
        var shape = new List<long>();
        foreach (var (field, length) in Fields(stream, end))
        {
            if (field != 1)
            {
                continue;
            }

            long size = -1;
            foreach (var (part, _) in Fields(stream, stream.Position + length))
            {
                if (part == 1)
                {
                    size = (long)Varint(stream);
                }
            }

            shape.Add(size <= 0 ? -1 : size);
        }

        return shape;
    }
}
