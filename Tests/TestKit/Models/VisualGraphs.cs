using System.Globalization;
using Sluice.Actors.Embedding.Onnx;

namespace Sluice.TestKit.Models;

/// <summary>
/// Small networks with the inputs and outputs of published exports of models that embed images. Those of colours map the mean of each channel to itself, so that what
/// they find is known; the others have random weights, and every pixel and its place change their vectors.
/// </summary>
internal sealed class VisualGraphs
{
    private const int Hidden = 24;
    private readonly OnnxGraphBuilder _graph = new("visual");
    private ulong _state;

    private VisualGraphs(int seed) => _state = (ulong)seed * 0x9E3779B97F4A7C15;

    /// <summary>Image side of colours: <c>pixel_values</c> to the mean of each channel.</summary>
    public static ProtoMessage Colours(string output, int side, int elementType = OnnxGraphBuilder.Float)
    {
        var graph = new VisualGraphs(1);
        graph.AddColours(output, side, elementType);
        return graph._graph.Build("sluice-tests", 17);
    }

    /// <summary>Text side of colours: the sum of the vectors of the tokens.</summary>
    /// <param name="output">Name of the output.</param>
    /// <param name="table">Three components for each token.</param>
    /// <param name="hasMask">Whether it takes an attention mask.</param>
    public static ProtoMessage Words(string output, float[] table, bool hasMask)
    {
        var graph = new VisualGraphs(1);
        graph.AddWords(output, table, hasMask);
        return graph._graph.Build("sluice-tests", 17);
    }

    /// <summary>Both sides of colours in one network, as whole exports of CLIP are: each side needs its own inputs, and an export wants them all.</summary>
    /// <param name="table">Three components for each token.</param>
    /// <param name="side">Side of the image.</param>
    public static ProtoMessage ColoursAndWords(float[] table, int side)
    {
        var graph = new VisualGraphs(1);
        graph.AddWords("text_embeds", table, hasMask: true);
        graph.AddColours("image_embeds", side, OnnxGraphBuilder.Float, batch: "images");
        return graph._graph.Build("sluice-tests", 17);
    }

    /// <summary>Questions alone, for <see cref="ColouredPages"/>: a vector a token from a table.</summary>
    /// <param name="table">Three components for each token.</param>
    public static ProtoMessage Questions(float[] table)
    {
        var graph = new VisualGraphs(1)._graph;
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", 3);
        graph.Node("Gather", "look-up", [graph.Tensor("tokens", table, table.Length / 3, 3), "input_ids"], ["last_hidden_state"]);
        return graph.Build("sluice-tests", 17);
    }

    /// <summary>Image side with random weights: patches, their places, two layers that mix, a projection.</summary>
    public static ProtoMessage RandomImages(string output, int side, int patch, int dimension)
    {
        var graph = new VisualGraphs(3);
        graph._graph.Input("pixel_values", OnnxGraphBuilder.Float, "batch", 3, side, side);
        graph._graph.Output(output, OnnxGraphBuilder.Float, "batch", dimension);
        var mean = graph._graph.Node("ReduceMean", [graph.Mix(graph.Patches(side, patch))], ("axes", new long[] { 1 }), ("keepdims", 0L));
        graph._graph.Node("MatMul", "projection", [mean, graph.Weights("project", 0.5f, Hidden, dimension)], [output]);
        return graph._graph.Build("sluice-tests", 17);
    }

    /// <summary>Text side with random weights.</summary>
    public static ProtoMessage RandomTexts(string output, int vocabulary, int dimension)
    {
        var graph = new VisualGraphs(5);
        graph._graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph._graph.Input("attention_mask", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph._graph.Output(output, OnnxGraphBuilder.Float, "batch", dimension);
        var mixed = graph.Mix(graph._graph.Node("Gather", [graph.Weights("tokens", 0.8f, vocabulary, Hidden), "input_ids"]), masked: true);
        graph._graph.Node("MatMul", "projection", [graph._graph.Node("ReduceSum", [mixed, graph._graph.Integers("axis", 1)], ("keepdims", 0L)), graph.Weights("project", 0.5f, Hidden, dimension)], [output]);
        return graph._graph.Build("sluice-tests", 17);
    }

    /// <summary>The same signature as <see cref="Pages"/>; the vector of a patch is its mean colour, and a token's comes from a table.</summary>
    public static ProtoMessage ColouredPages(float[] table, int imageToken, int side, int patch)
    {
        var graph = new VisualGraphs(1);
        var means = graph._graph.Node("AveragePool", [graph.BeginPages(3, side)], ("kernel_shape", new long[] { patch, patch }), ("strides", new long[] { patch, patch }));
        var patches = graph._graph.Node("Transpose", [graph._graph.Node("Reshape", [means, graph._graph.Integers("columns", 0, 3, -1)])], ("perm", new long[] { 0, 2, 1 }));
        var placed = graph.Place(patches, graph._graph.Tensor("tokens", table, table.Length / 3, 3), 3, side / patch * (side / patch), imageToken);
        graph._graph.Node("Identity", "out", [placed], ["last_hidden_state"]);
        return graph._graph.Build("sluice-tests", 17);
    }

    /// <summary>
    /// Pages and questions in one network, as exports of ColPali are: <c>input_ids</c>, <c>attention_mask</c> and <c>pixel_values</c> to a vector a token, where the
    /// vectors of the patches take the places of the image tokens.
    /// </summary>
    /// <param name="vocabulary">Rows of the table of tokens.</param>
    /// <param name="imageToken">Id of the image token.</param>
    /// <param name="side">Side of the page's picture.</param>
    /// <param name="patch">Side of a patch.</param>
    /// <param name="dimension">Components of a vector.</param>
    public static ProtoMessage Pages(int vocabulary, int imageToken, int side, int patch, int dimension)
    {
        var graph = new VisualGraphs(7);
        graph.BeginPages(dimension, side);
        var hidden = graph.Place(graph.Patches(side, patch), graph.Weights("tokens", 0.8f, vocabulary, Hidden), Hidden, side / patch * (side / patch), imageToken);
        graph._graph.Node("MatMul", "projection", [graph.Mix(hidden, masked: true), graph.Weights("project", 0.5f, Hidden, dimension)], ["last_hidden_state"]);
        return graph._graph.Build("sluice-tests", 17);
    }

    private void AddColours(string output, int side, int elementType, string batch = "batch")
    {
        _graph.Input("pixel_values", elementType, batch, 3, side, side);
        _graph.Output(output, elementType, batch, 3);
        var pixels = _graph.Node("Cast", ["pixel_values"], ("to", (long)OnnxGraphBuilder.Float));
        var mean = _graph.Node("ReduceMean", [pixels], ("axes", new long[] { 2, 3 }), ("keepdims", 0L));
        _graph.Node("Cast", "out", [mean], [output], ("to", (long)elementType));
    }

    private void AddWords(string output, float[] table, bool hasMask)
    {
        _graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        if (hasMask)
        {
            _graph.Input("attention_mask", OnnxGraphBuilder.Int64, "batch", "sequence");
        }

        _graph.Output(output, OnnxGraphBuilder.Float, "batch", 3);
        var vectors = _graph.Node("Gather", [_graph.Tensor("tokens", table, table.Length / 3, 3), "input_ids"]);
        if (hasMask)
        {
            vectors = _graph.Node("Mul", [vectors, _graph.Node("Unsqueeze", [_graph.Node("Cast", ["attention_mask"], ("to", (long)OnnxGraphBuilder.Float)), _graph.Integers("last", 2)])]);
        }

        _graph.Node("ReduceSum", "sum", [vectors, _graph.Integers("axis", 1)], [output], ("keepdims", 0L));
    }

    private string BeginPages(int dimension, int side)
    {
        _graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        _graph.Input("pixel_values", OnnxGraphBuilder.Float, "images", 3, side, side);
        _graph.Input("attention_mask", OnnxGraphBuilder.Int64, "batch", "sequence");
        _graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", dimension);
        return "pixel_values";
    }

    /// <summary>Vectors of the tokens, those of image tokens replaced by the patches in order.</summary>
    private string Place(string patches, string table, int width, int count, int imageToken)
    {
        var flat = _graph.Node("Reshape", [patches, _graph.Integers("flat", -1, width)]);

        // The place of each image token among those of its row, behind the patches of the rows before.
        var isImage = _graph.Node("Equal", ["input_ids", _graph.Integers("image", imageToken)]);
        var place = _graph.Node("Sub", [_graph.Node("CumSum", [_graph.Node("Cast", [isImage], ("to", (long)OnnxGraphBuilder.Int64)), _graph.Integers("one", 1)]), "one"]);
        place = _graph.Node("Max", [_graph.Node("Min", [place, _graph.Integers("most", count - 1)]), _graph.Integers("zero", 0)]);
        var ones = _graph.Node("ReduceMax", ["attention_mask"], ("axes", new long[] { 1 }), ("keepdims", 1L));
        var row = _graph.Node("Mul", [_graph.Node("Sub", [_graph.Node("CumSum", [ones, "zero"]), "one"]), _graph.Integers("patches", count)]);
        var images = _graph.Node("Gather", [flat, _graph.Node("Add", [row, place])]);
        return _graph.Node("Where", [_graph.Node("Unsqueeze", [isImage, _graph.Integers("last", 2)]), images, _graph.Node("Gather", [table, "input_ids"])]);
    }

    /// <summary>Vectors of the patches, with their places added: batch x patches x hidden.</summary>
    private string Patches(int side, int patch)
    {
        var kernel = _graph.Node("Conv", ["pixel_values", Weights("patch", 0.3f, Hidden, 3, patch, patch)], ("kernel_shape", new long[] { patch, patch }), ("strides", new long[] { patch, patch }));
        var flat = _graph.Node("Reshape", [kernel, _graph.Integers("columns", 0, Hidden, -1)]);
        return _graph.Node("Add", [_graph.Node("Transpose", [flat], ("perm", new long[] { 0, 2, 1 })), Weights("places", 0.8f, side / patch * (side / patch), Hidden)]);
    }

    /// <summary>Two layers in which each vector sees the mean of all, padding left out.</summary>
    private string Mix(string vectors, bool masked = false)
    {
        string? mask = null;
        for (var layer = 0; layer < 2; layer++)
        {
            var own = _graph.Node("MatMul", [vectors, Weights(string.Create(CultureInfo.InvariantCulture, $"own-{layer}"), 0.4f, Hidden, Hidden)]);
            string all;
            if (masked)
            {
                mask ??= _graph.Node("Unsqueeze", [_graph.Node("Cast", ["attention_mask"], ("to", (long)OnnxGraphBuilder.Float)), _graph.Integers("behind", 2)]);
                var sum = _graph.Node("ReduceSum", [_graph.Node("Mul", [vectors, mask]), _graph.Integers("rows", 1)], ("keepdims", 1L));
                all = _graph.Node("Div", [sum, _graph.Node("ReduceSum", [mask, "rows"], ("keepdims", 1L))]);
            }
            else
            {
                all = _graph.Node("ReduceMean", [vectors], ("axes", new long[] { 1 }), ("keepdims", 1L));
            }

            all = _graph.Node("MatMul", [all, Weights(string.Create(CultureInfo.InvariantCulture, $"all-{layer}"), 0.4f, Hidden, Hidden)]);
            vectors = _graph.Node("Tanh", [_graph.Node("Add", [own, all])]);
            vectors = mask is null ? vectors : _graph.Node("Mul", [vectors, mask]);
        }

        return vectors;
    }

    /// <summary>Evenly distributed numbers (SplitMix64: Steele, Lea and Flood, 2014).</summary>
    private string Weights(string name, float largest, params long[] extents)
    {
        var values = new float[extents.Aggregate(1L, static (product, extent) => product * extent)];
        for (var at = 0; at < values.Length; at++)
        {
            _state += 0x9E3779B97F4A7C15;
            var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            values[at] = largest * ((((mixed ^ (mixed >> 31)) >> 40) / (float)(1 << 23)) - 1);
        }

        return _graph.Tensor(name, values, extents);
    }
}
