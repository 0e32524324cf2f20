using Sluice.Actors.Embedding.Folders;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>
/// Pooling as a part of the network: a few nodes behind its output, so that one vector a text leaves the device and not one a token. Immutable.
/// </summary>
/// <remarks>
/// The nodes are appended to the file's bytes: by Protobuf's rules a message that comes twice is merged, and its lists are joined. An input of its own, texts x tokens, says what
/// each token counts: its share of the mean, or 1 for the one token that is taken, or 1 for every token where the largest counts; 0 for padding.
/// </remarks>
internal sealed class NetworkPooling
{
    /// <summary>The input that says what each token counts.</summary>
    public const string Weights = "sluice_weights";

    /// <summary>The output: one vector a text.</summary>
    public const string Output = "sluice_pooled";

    private const int FirstOpsetWithAxesAsInput = 18;
    private readonly NetworkOutput _output;
    private readonly int _opset;

    private NetworkPooling(NetworkOutput output, int opset)
    {
        _output = output;
        _opset = opset;
    }

    /// <summary>Makes it for a network's output.</summary>
    /// <param name="output">The output.</param>
    /// <param name="sparse">Set for a sparse model.</param>
    /// <param name="opset">Version of the network's standard operators.</param>
    /// <returns>Null where every token's vector is wanted, where the network pools already, or where it cannot be done so.</returns>
    public static NetworkPooling? For(NetworkOutput output, SparseSettings? sparse, int opset) => output switch
    {
        { PerToken: false } or { Kind: EmbeddingKind.MultiVector } or { Pooling: PoolingMode.Max } => null,
        { Kind: EmbeddingKind.Sparse } when sparse is null or { Sums: true } => null,
        _ => new NetworkPooling(output, opset),
    };

    /// <summary>Reads a network and adds the nodes.</summary>
    /// <param name="network">Its file.</param>
    public byte[] Extend(string network)
    {
        var addition = Nodes().Extension();
        using var file = new FileStream(network, FileMode.Open, FileAccess.Read, FileShare.Read, 4096, FileOptions.SequentialScan);
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)(file.Length + addition.Length)));
        file.ReadExactly(bytes.AsSpan(0, (int)file.Length));
        using var rest = new MemoryStream(bytes, (int)file.Length, (int)addition.Length);
        addition.WriteTo(rest);
        return bytes;
    }

    /// <summary>Shape of the input of weights.</summary>
    /// <param name="texts">Texts.</param>
    /// <param name="tokens">Tokens of each, padding included.</param>
    public long[] Shape(int texts, int tokens) => TakesLargest ? [texts, tokens, 1] : [texts, 1, tokens];

    /// <summary>Fills in what the tokens of a text count.</summary>
    /// <param name="weights">One a token of the text; where it has none, one for the padding that stands for it.</param>
    public void Fill(Span<float> weights)
    {
        switch (_output.Pooling)
        {
            case var _ when TakesLargest:
                weights.Fill(1);
                break;
            case PoolingMode.Mean:
                weights.Fill(1f / weights.Length);
                break;
            case PoolingMode.MeanSqrtLength:
                weights.Fill(1 / MathF.Sqrt(weights.Length));
                break;
            case PoolingMode.WeightedMean:
                for (var token = 0; token < weights.Length; token++)
                {
                    weights[token] = (token + 1f) / (weights.Length * (weights.Length + 1f) / 2);
                }

                break;
            case PoolingMode.LastToken:
                weights.Clear();
                weights[^1] = 1;
                break;
            default:
                weights.Clear();
                weights[0] = 1;
                break;
        }
    }

    private bool TakesLargest => _output.Kind == EmbeddingKind.Sparse;

    private OnnxGraphBuilder Nodes()
    {
        var graph = new OnnxGraphBuilder("");
        graph.Node("Cast", "sluice_cast", [_output.Name], ["sluice_values"], ("to", (long)OnnxGraphBuilder.Float));
        if (!TakesLargest)
        {
            graph.Input(Weights, OnnxGraphBuilder.Float, "sluice_texts", 1, "sluice_tokens");
            graph.Node("MatMul", "sluice_pool", [Weights, "sluice_values"], [Output]);
            graph.Output(Output, OnnxGraphBuilder.Float, "sluice_texts", 1, _output.Width);
            return graph;
        }

        // Scores below 0 count nothing in any case, so padding may be 0.
        graph.Input(Weights, OnnxGraphBuilder.Float, "sluice_texts", "sluice_tokens", 1);
        graph.Node("Relu", "sluice_relu", ["sluice_values"], ["sluice_scores"]);
        graph.Node("Mul", "sluice_mask", ["sluice_scores", Weights], ["sluice_masked"]);
        if (_opset >= FirstOpsetWithAxesAsInput)
        {
            graph.Node("ReduceMax", "sluice_pool", ["sluice_masked", graph.Integers("sluice_axes", 1)], [Output], ("keepdims", 0L));
        }
        else
        {
            graph.Node("ReduceMax", "sluice_pool", ["sluice_masked"], [Output], ("axes", new long[] { 1 }), ("keepdims", 0L));
        }

        graph.Output(Output, OnnxGraphBuilder.Float, "sluice_texts", _output.Width);
        return graph;
    }
}
