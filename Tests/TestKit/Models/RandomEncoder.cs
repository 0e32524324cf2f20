using System.Globalization;
using Sluice.Actors.Embedding.Onnx;

namespace Sluice.TestKit.Models;

/// <summary>
/// Writes the network of a small transformer of BERT's shape with random weights: the same for the same numbers, on every machine. Its vectors mean nothing, and every
/// token changes them all, so they show whether text, padding and pooling are right.
/// </summary>
/// <param name="Vocabulary">Rows of the table of tokens.</param>
/// <param name="Hidden">Components of a token's vector; a multiple of <paramref name="Heads"/>.</param>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">Heads of attention.</param>
public sealed record RandomEncoder(int Vocabulary, int Hidden = 64, int Layers = 2, int Heads = 4)
{
    /// <summary>Longest text.</summary>
    public int Positions { get; init; } = 512;

    /// <summary>Whether a token sees only those before it.</summary>
    public bool Causal { get; init; }

    /// <summary>Whether it gives the scores of all terms for each token, as a masked language model does; otherwise the tokens' vectors.</summary>
    public bool Scores { get; init; }

    /// <summary>Where the random numbers begin.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Writes it.</summary>
    /// <param name="file">The file; its folder is made.</param>
    public void Write(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var stream = File.Create(file);
        new Graph(this).Build().WriteTo(stream);
    }

    private sealed class Graph(RandomEncoder shape)
    {
        private readonly OnnxGraphBuilder _graph = new("encoder");
        private ulong _state = (ulong)shape.Seed * 0x9E3779B97F4A7C15;

        public ProtoMessage Build()
        {
            foreach (var input in new[] { "input_ids", "attention_mask", "token_type_ids" })
            {
                _graph.Input(input, OnnxGraphBuilder.Int64, "batch", "sequence");
            }

            var mask = _graph.Node("Cast", ["attention_mask"], ("to", (long)OnnxGraphBuilder.Float));
            var positions = _graph.Node("Sub", [_graph.Node("CumSum", ["attention_mask", _graph.Integers("one", 1)]), "one"]);
            var hidden = Normalize(Add(
                _graph.Node("Gather", [Weights("tokens", 0.5f, shape.Vocabulary, shape.Hidden), "input_ids"]),
                _graph.Node("Gather", [Weights("positions", 0.5f, shape.Positions, shape.Hidden), positions]),
                _graph.Node("Gather", [Weights("types", 0.5f, 2, shape.Hidden), "token_type_ids"])));
            var bias = Bias(mask, positions);
            for (var layer = 0; layer < shape.Layers; layer++)
            {
                hidden = Normalize(Add(hidden, Attend(hidden, bias)));
                hidden = Normalize(Add(hidden, Feed(hidden)));
            }

            if (shape.Scores)
            {
                _graph.Output("logits", OnnxGraphBuilder.Float, "batch", "sequence", shape.Vocabulary);
                _graph.Node("MatMul", "head", [hidden, Weights("terms", 0.25f, shape.Hidden, shape.Vocabulary)], ["logits"]);
            }
            else
            {
                _graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", shape.Hidden);
                _graph.Node("Identity", "out", [hidden], ["last_hidden_state"]);
            }

            return _graph.Build("sluice-tests", 17);
        }

        /// <summary>What is added to the scores of tokens that are not to be seen.</summary>
        private string Bias(string mask, string positions)
        {
            var hidden = _graph.Node("Mul", [_graph.Node("Sub", [_graph.Scalar("whole", 1), mask]), _graph.Scalar("far", -10_000)]);
            var bias = _graph.Node("Unsqueeze", [hidden, _graph.Integers("heads-and-rows", 1, 2)]);
            if (!shape.Causal)
            {
                return bias;
            }

            var later = _graph.Node("Greater", [_graph.Node("Unsqueeze", [positions, "one"]), _graph.Node("Unsqueeze", [positions, _graph.Integers("two", 2)])]);
            var unseen = _graph.Node("Mul", [_graph.Node("Cast", [later], ("to", (long)OnnxGraphBuilder.Float)), "far"]);
            return Add(bias, _graph.Node("Unsqueeze", [unseen, "one"]));
        }

        private string Attend(string hidden, string bias)
        {
            var split = _graph.Integers("split", 0, 0, shape.Heads, shape.Hidden / shape.Heads);
            var query = _graph.Node("Transpose", [_graph.Node("Reshape", [Linear(hidden, shape.Hidden, shape.Hidden), split])], ("perm", new long[] { 0, 2, 1, 3 }));
            var key = _graph.Node("Transpose", [_graph.Node("Reshape", [Linear(hidden, shape.Hidden, shape.Hidden), split])], ("perm", new long[] { 0, 2, 3, 1 }));
            var value = _graph.Node("Transpose", [_graph.Node("Reshape", [Linear(hidden, shape.Hidden, shape.Hidden), split])], ("perm", new long[] { 0, 2, 1, 3 }));
            var scaled = _graph.Node("Div", [_graph.Node("MatMul", [query, key]), _graph.Scalar("scale", MathF.Sqrt(shape.Hidden / shape.Heads))]);
            var shares = _graph.Node("Softmax", [Add(scaled, bias)], ("axis", -1L));
            var joined = _graph.Node("Transpose", [_graph.Node("MatMul", [shares, value])], ("perm", new long[] { 0, 2, 1, 3 }));
            return Linear(_graph.Node("Reshape", [joined, _graph.Integers("join", 0, 0, shape.Hidden)]), shape.Hidden, shape.Hidden);
        }

        private string Feed(string hidden)
        {
            var wide = Linear(hidden, shape.Hidden, 4 * shape.Hidden);
            var erf = _graph.Node("Erf", [_graph.Node("Div", [wide, _graph.Scalar("root", MathF.Sqrt(2))])]);
            var gelu = _graph.Node("Mul", [_graph.Node("Mul", [wide, Add(erf, _graph.Scalar("whole", 1))]), _graph.Scalar("half", 0.5f)]);
            return Linear(gelu, 4 * shape.Hidden, shape.Hidden);
        }

        private string Linear(string vector, int inputs, int outputs)
            => Add(_graph.Node("MatMul", [vector, Weights(Name("weight"), 1.7f / MathF.Sqrt(inputs), inputs, outputs)]), Weights(Name("bias"), 0.1f, outputs));

        private string Normalize(string vector)
        {
            var scale = _graph.Tensor("scale-of-norm", [.. Enumerable.Repeat(1f, shape.Hidden)], shape.Hidden);
            var shift = _graph.Tensor("shift-of-norm", new float[shape.Hidden], shape.Hidden);
            return _graph.Node("LayerNormalization", [vector, scale, shift], ("axis", -1L), ("epsilon", 1e-12f));
        }

        private string Add(params string[] terms) => terms.Aggregate((one, other) => _graph.Node("Add", [one, other]));

        private string Name(string what) => string.Create(CultureInfo.InvariantCulture, $"{what}-{_graph.NodeCount}");

        /// <summary>Evenly distributed numbers (SplitMix64: Steele, Lea and Flood, 2014).</summary>
        private string Weights(string name, float largest, params long[] extents)
        {
            var values = new float[extents.Aggregate(1L, static (product, extent) => product * extent)];
            for (var i = 0; i < values.Length; i++)
            {
                _state += 0x9E3779B97F4A7C15;
                var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
                mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
                values[i] = largest * ((((mixed ^ (mixed >> 31)) >> 40) / (float)(1 << 23)) - 1);
            }

            return _graph.Tensor(name, values, extents);
        }
    }
}
