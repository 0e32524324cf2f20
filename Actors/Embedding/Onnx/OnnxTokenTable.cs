namespace Sluice.Actors.Embedding.Onnx;

/// <summary>Finds the table of token vectors in a graph: what <c>input_ids</c> picks rows from, itself or after a change of its type. Not safe for concurrent use.</summary>
internal sealed class OnnxTokenTable
{
    private const int LongestChain = 8;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal) { "input_ids" };
    private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);
    private readonly List<string> _tables = [];

    /// <summary>Reads a node; nodes come in the order in which they run.</summary>
    public void ReadNode(ProtoReader reader, long length)
    {
        var operation = "";
        var inputs = new List<string>(4);
        var outputs = new List<string>(1);
        foreach (var (field, size) in reader.Message(length))
        {
            switch (field)
            {
                case 1:
                    inputs.Add(reader.Text(size));
                    break;
                case 2:
                    outputs.Add(reader.Text(size));
                    break;
                case 4:
                    operation = reader.Text(size);
                    break;
                default:
                    break;
            }
        }

        if (inputs.Count == 0 || outputs.Count == 0)
        {
            return;
        }

        switch (operation)
        {
            case "Cast" or "Identity" or "Reshape" or "Flatten" when _ids.Contains(inputs[0]):
                _ids.Add(outputs[0]);
                break;
            case "Cast" or "Identity" or "DequantizeLinear":
                _sources[outputs[0]] = inputs[0];
                break;
            case "Gather" when inputs.Count > 1 && _ids.Contains(inputs[1]):
                _tables.Add(inputs[0]);
                break;
            default:
                break;
        }
    }

    /// <summary>Rows of the table; null when it was not recognized.</summary>
    /// <param name="initializers">Shapes of the weights by name.</param>
    public long? Find(IReadOnlyDictionary<string, long[]> initializers)
    {
        foreach (var table in _tables)
        {
            var name = table;
            for (var step = 0; step < LongestChain && _sources.TryGetValue(name, out var source); step++)
            {
                name = source;
            }

            if (initializers.TryGetValue(name, out var shape) && shape.Length == 2)
            {
                return shape[0];
            }
        }

        return null;
    }
}
