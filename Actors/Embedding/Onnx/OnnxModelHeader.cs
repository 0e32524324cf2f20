using System.Globalization;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>An input or output of a network.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">Element type in ONNX's numbering; 0 when it is no tensor.</param>
/// <param name="Shape">Dimensions; -1 for one that varies. Null when the file does not say.</param>
internal sealed record OnnxValue(string Name, int ElementType, IReadOnlyList<long>? Shape);

/// <summary>A file beside the network that holds weights.</summary>
/// <param name="Location">Its path, relative to the network's folder.</param>
/// <param name="Bytes">Bytes it must have at least.</param>
internal sealed record OnnxExternalFile(string Location, long Bytes);

/// <summary>What an ONNX file says of its network, read without loading its weights: everything else is jumped over.</summary>
internal sealed class OnnxModelHeader
{
    private const string StandardDomain = "";
    private readonly List<OnnxValue> _inputs = [];
    private readonly List<OnnxValue> _outputs = [];
    private readonly Dictionary<string, long[]> _initializers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _external = new(StringComparer.Ordinal);
    private readonly OnnxTokenTable _table = new();

    private OnnxModelHeader()
    {
    }

    /// <summary>Inputs that must be given.</summary>
    public IEnumerable<OnnxValue> Inputs => _inputs.Where(input => !_initializers.ContainsKey(input.Name));

    /// <summary>Outputs.</summary>
    public IReadOnlyList<OnnxValue> Outputs => _outputs;

    /// <summary>Files beside the network that hold weights.</summary>
    public IEnumerable<OnnxExternalFile> ExternalFiles => _external.Select(static file => new OnnxExternalFile(file.Key, file.Value));

    /// <summary>Version of the standard operators; 0 when the file does not say.</summary>
    public int Opset { get; private set; }

    /// <summary>Rows of the table that <c>input_ids</c> picks from; null when it was not recognized.</summary>
    public long? TokenRows => _table.Find(_initializers);

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelException">It is no ONNX model.</exception>
    public static OnnxModelHeader Read(string file)
    {
        var header = new OnnxModelHeader();
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 4096);
            var reader = new ProtoReader(stream);
            var isModel = false;
            foreach (var (field, length) in reader.Fields(reader.Length))
            {
                if (field == 7)
                {
                    isModel = true;
                    header.ReadGraph(reader, length);
                }
                else if (field == 8)
                {
                    header.ReadOpset(reader, length);
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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{file}: it cannot be read ({e.Message}).", e);
        }

        return header;
    }

    private void ReadGraph(ProtoReader reader, long length)
    {
        foreach (var (field, size) in reader.Message(length))
        {
            switch (field)
            {
                case 1:
                    _table.ReadNode(reader, size);
                    break;
                case 5:
                    ReadInitializer(reader, size);
                    break;
                case 11:
                    _inputs.Add(ReadValue(reader, size));
                    break;
                case 12:
                    _outputs.Add(ReadValue(reader, size));
                    break;
                default:
                    break;
            }
        }
    }

    private void ReadOpset(ProtoReader reader, long length)
    {
        var domain = StandardDomain;
        var version = 0;
        foreach (var (field, size) in reader.Message(length))
        {
            if (field == 1)
            {
                domain = reader.Text(size);
            }
            else if (field == 2)
            {
                version = (int)Math.Min(int.MaxValue, reader.Varint());
            }
        }

        if (domain is StandardDomain or "ai.onnx")
        {
            Opset = version;
        }
    }

    private void ReadInitializer(ProtoReader reader, long length)
    {
        var name = "";
        var dimensions = new List<long>();
        string? location = null;
        long offset = 0;
        long bytes = 0;
        foreach (var (field, size) in reader.Message(length))
        {
            if (field == 1)
            {
                ReadDimensions(reader, size, dimensions);
            }
            else if (field == 8)
            {
                name = reader.Text(size);
            }
            else if (field == 13)
            {
                ReadExternal(reader, size, ref location, ref offset, ref bytes);
            }
        }

        _initializers[name] = [.. dimensions];
        if (location is not null)
        {
            _external[location] = Math.Max(_external.GetValueOrDefault(location), offset + bytes);
        }
    }

    /// <summary>A list of numbers is written packed, or one field each.</summary>
    private static void ReadDimensions(ProtoReader reader, long size, List<long> dimensions)
    {
        if (size == 0)
        {
            dimensions.Add((long)reader.Varint());
            return;
        }

        for (var end = reader.Position + size; reader.Position < end;)
        {
            dimensions.Add((long)reader.Varint());
        }
    }

    private static void ReadExternal(ProtoReader reader, long length, ref string? location, ref long offset, ref long bytes)
    {
        var key = "";
        var value = "";
        foreach (var (field, size) in reader.Message(length))
        {
            if (field == 1)
            {
                key = reader.Text(size);
            }
            else if (field == 2)
            {
                value = reader.Text(size);
            }
        }

        switch (key)
        {
            case "location":
                location = value;
                break;
            case "offset":
                offset = Number(value);
                break;
            case "length":
                bytes = Number(value);
                break;
            default:
                break;
        }

        static long Number(string text)
            => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new InvalidDataException("the place of a weight in it is not a number");
    }

    private static OnnxValue ReadValue(ProtoReader reader, long length)
    {
        var name = "";
        var type = 0;
        List<long>? shape = null;
        foreach (var (field, size) in reader.Message(length))
        {
            if (field == 1)
            {
                name = reader.Text(size);
            }
            else if (field == 2)
            {
                (type, shape) = ReadType(reader, size);
            }
        }

        return new OnnxValue(name, type, shape);
    }

    /// <summary>TypeProto, its tensor type, element type and shape.</summary>
    private static (int Type, List<long>? Shape) ReadType(ProtoReader reader, long length)
    {
        var type = 0;
        List<long>? shape = null;
        foreach (var (kind, kindLength) in reader.Message(length))
        {
            if (kind != 1)
            {
                continue;
            }

            foreach (var (part, size) in reader.Message(kindLength))
            {
                if (part == 1)
                {
                    type = (int)reader.Varint();
                }
                else if (part == 2)
                {
                    shape = ReadShape(reader, size);
                }
            }
        }

        return (type, shape);
    }

    private static List<long> ReadShape(ProtoReader reader, long length)
    {
        var shape = new List<long>();
        foreach (var (field, size) in reader.Message(length))
        {
            if (field != 1)
            {
                continue;
            }

            long extent = -1;
            foreach (var (part, _) in reader.Message(size))
            {
                if (part == 1)
                {
                    extent = (long)reader.Varint();
                }
            }

            shape.Add(extent <= 0 ? -1 : extent);
        }

        return shape;
    }
}
