using System.Globalization;
using System.Runtime.InteropServices;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>Builds an ONNX model: nodes in order, each initializer once, names by number. The same calls give the same bytes. Not safe for concurrent use.</summary>
/// <param name="name">Name of the graph.</param>
internal sealed class OnnxGraphBuilder(string name)
{
    /// <summary>Element type of 32-bit floats.</summary>
    public const int Float = 1;

    /// <summary>Element type of 16-bit floats.</summary>
    public const int Float16 = 10;

    /// <summary>Element type of 64-bit integers.</summary>
    public const int Int64 = 7;

    private const int FloatAttribute = 1;
    private const int IntAttribute = 2;
    private const int IntsAttribute = 7;

    private readonly List<ProtoMessage> _nodes = [];
    private readonly List<ProtoMessage> _initializers = [];
    private readonly List<ProtoMessage> _inputs = [];
    private readonly List<ProtoMessage> _outputs = [];
    private readonly HashSet<string> _initializerNames = new(StringComparer.Ordinal);

    /// <summary>Number of nodes so far.</summary>
    public int NodeCount => _nodes.Count;

    /// <summary>A tensor of floats; the array must not change until the model is written.</summary>
    public string Tensor(string tensor, float[] values, params ReadOnlySpan<long> shape) => Initializer(tensor, Float, AsBytes(values), shape);

    /// <summary>A list of one float, which goes with any shape.</summary>
    public string Scalar(string tensor, float value) => Tensor(tensor, [value], 1);

    /// <summary>A list of integers.</summary>
    public string Integers(string tensor, params long[] values) => Initializer(tensor, Int64, AsBytes(values), [values.Length]);

    /// <summary>A tensor whose values lie in a file beside the network.</summary>
    public string External(string tensor, int elementType, string location, long offset, long bytes, params ReadOnlySpan<long> shape)
    {
        var message = new ProtoMessage();
        foreach (var dimension in shape)
        {
            message.Varint(1, dimension);
        }

        message.Varint(2, elementType).Text(8, tensor);
        foreach (var (key, value) in new[] { ("location", location), ("offset", offset.ToString(CultureInfo.InvariantCulture)), ("length", bytes.ToString(CultureInfo.InvariantCulture)) })
        {
            message.Message(13, new ProtoMessage().Text(1, key).Text(2, value));
        }

        const int external = 1;
        _initializers.Add(message.Varint(14, external));
        return tensor;
    }

    /// <summary>A node with one output.</summary>
    public string Node(string operation, string[] inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var node = string.Create(CultureInfo.InvariantCulture, $"{operation}_{_nodes.Count + 1}");
        Node(operation, node, inputs, [node], attributes);
        return node;
    }

    /// <summary>A node with several outputs.</summary>
    public string[] Node(string operation, string[] inputs, int outputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var node = string.Create(CultureInfo.InvariantCulture, $"{operation}_{_nodes.Count + 1}");
        var names = new string[outputs];
        for (var i = 0; i < outputs; i++)
        {
            names[i] = string.Create(CultureInfo.InvariantCulture, $"{node}_{i}");
        }

        Node(operation, node, inputs, names, attributes);
        return names;
    }

    /// <summary>A node with given names. Attributes are long, float or long[], in the order of their names.</summary>
    public void Node(string operation, string node, string[] inputs, string[] outputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var message = new ProtoMessage();
        foreach (var input in inputs)
        {
            message.Text(1, input);
        }

        foreach (var output in outputs)
        {
            message.Text(2, output);
        }

        message.Text(3, node).Text(4, operation);
        foreach (var (attribute, value) in attributes)
        {
            message.Message(5, Attribute(attribute, value));
        }

        _nodes.Add(message);
    }

    /// <summary>An input of the graph. A dimension is a name or a number.</summary>
    public void Input(string input, int elementType, params ReadOnlySpan<object> shape) => _inputs.Add(ValueInfo(input, elementType, shape));

    /// <summary>An output of the graph. A dimension is a name or a number.</summary>
    public void Output(string output, int elementType, params ReadOnlySpan<object> shape) => _outputs.Add(ValueInfo(output, elementType, shape));

    /// <summary>The whole model.</summary>
    /// <param name="producer">Name of the program that made it.</param>
    /// <param name="opset">Version of the standard operators.</param>
    public ProtoMessage Build(string producer, int opset)
    {
        const int irVersion = 8;
        return new ProtoMessage()
            .Varint(1, irVersion)
            .Text(2, producer)
            .Message(7, Graph())
            .Message(8, new ProtoMessage().Text(1, "").Varint(2, opset));
    }

    /// <summary>Only what was added, to be appended to a model's bytes: the two graphs become one. Nameless where the builder has no name.</summary>
    public ProtoMessage Extension() => new ProtoMessage().Message(7, Graph());

    private ProtoMessage Graph()
    {
        var graph = new ProtoMessage();
        AddAll(graph, 1, _nodes);
        if (name.Length > 0)
        {
            graph.Text(2, name);
        }

        AddAll(graph, 5, _initializers);
        AddAll(graph, 11, _inputs);
        AddAll(graph, 12, _outputs);
        return graph;
    }

    private static void AddAll(ProtoMessage graph, int field, List<ProtoMessage> messages)
    {
        foreach (var message in messages)
        {
            graph.Message(field, message);
        }
    }

    private static ProtoMessage Attribute(string attribute, object value)
    {
        var message = new ProtoMessage().Text(1, attribute);
        switch (value)
        {
            case float single:
                return message.Float(2, single).Varint(20, FloatAttribute);
            case long integer:
                return message.Varint(3, integer).Varint(20, IntAttribute);
            case long[] integers:
                foreach (var integer in integers)
                {
                    message.Varint(8, integer);
                }

                return message.Varint(20, IntsAttribute);
            default:
                throw new ArgumentException($"Attribute '{attribute}' is a {value.GetType()}; long, float and long[] can be written.", nameof(value));
        }
    }

    private static ProtoMessage ValueInfo(string value, int elementType, ReadOnlySpan<object> shape)
    {
        var dimensions = new ProtoMessage();
        foreach (var dimension in shape)
        {
            dimensions.Message(1, dimension is string symbol ? new ProtoMessage().Text(2, symbol) : new ProtoMessage().Varint(1, Convert.ToInt64(dimension, CultureInfo.InvariantCulture)));
        }

        var tensor = new ProtoMessage().Varint(1, elementType).Message(2, dimensions);
        return new ProtoMessage().Text(1, value).Message(2, new ProtoMessage().Message(1, tensor));
    }

    private static byte[] AsBytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private string Initializer(string tensor, int elementType, byte[] data, ReadOnlySpan<long> shape)
    {
        if (_initializerNames.Add(tensor))
        {
            var message = new ProtoMessage();
            foreach (var dimension in shape)
            {
                message.Varint(1, dimension);
            }

            _initializers.Add(message.Varint(2, elementType).Text(8, tensor).Bytes(9, data));
        }

        return tensor;
    }
}
