using Sluice.Actors.Embedding.Onnx;

namespace Sluice.Actors.Tests.Embedding;

/// <summary>Writes model folders around small networks: a table of vectors that the token ids pick from.</summary>
internal static class TinyModel
{
    public const int Vocabulary = 10;
    public const int Dimension = 4;

    /// <summary>The vector of a token id.</summary>
    public static float[] Vector(int id) => [id, id * id, 1, -id];

    /// <summary>A network that gives one vector a token.</summary>
    public static void WriteTokens(string folder, params string[] inputs)
    {
        var graph = new OnnxGraphBuilder("tiny");
        foreach (var input in inputs.Length > 0 ? inputs : ["input_ids", "attention_mask", "token_type_ids", "position_ids"])
        {
            graph.Input(input, OnnxGraphBuilder.Int64, "batch", "sequence");
        }

        graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", Dimension);
        graph.Node("Gather", "gather", [Table(graph), "input_ids"], ["last_hidden_state"]);
        Save(graph, folder);
    }

    /// <summary>A network that gives one vector a token from a table of so many rows.</summary>
    public static void WriteTokens(string folder, int rows)
    {
        var graph = new OnnxGraphBuilder("tiny");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Input("attention_mask", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", Dimension);
        graph.Node("Gather", "gather", [Table(graph, rows), "input_ids"], ["last_hidden_state"]);
        Save(graph, folder);
    }

    /// <summary>A network whose token vectors are one of its inputs, in each component.</summary>
    public static void WriteEcho(string folder, string input)
    {
        var graph = new OnnxGraphBuilder("echo");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        if (input != "input_ids")
        {
            graph.Input(input, OnnxGraphBuilder.Int64, "batch", "sequence");
        }

        graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", Dimension);
        var numbers = graph.Node("Unsqueeze", [graph.Node("Cast", [input], ("to", (long)OnnxGraphBuilder.Float)), graph.Integers("axes", 2)]);
        graph.Node("Mul", "spread", [numbers, graph.Tensor("ones", [1, 1, 1, 1], 1, 1, Dimension)], ["last_hidden_state"]);
        Save(graph, folder);
    }

    /// <summary>A network that needs a number of copies of its input, each of 16 bytes a token.</summary>
    public static void WriteHungry(string folder, long copies)
    {
        var graph = new OnnxGraphBuilder("hungry");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("sentence_embedding", OnnxGraphBuilder.Float, "batch", Dimension);
        var vectors = graph.Node("Gather", [Table(graph), "input_ids"]);
        var many = graph.Node("Expand", [vectors, graph.Integers("shape", copies, 1, 1, 1)]);
        graph.Node("ReduceMean", "mean", [many], ["sentence_embedding"], ("axes", new long[] { 0, 2 }), ("keepdims", 0L));
        Save(graph, folder);
    }

    /// <summary>A network that squares its input over and over, so that it takes long.</summary>
    public static void WriteSlow(string folder, int steps)
    {
        var graph = new OnnxGraphBuilder("slow");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("sentence_embedding", OnnxGraphBuilder.Float, "batch", Dimension);
        var vectors = graph.Node("Gather", [Table(graph), "input_ids"]);
        var many = graph.Node("Expand", [vectors, graph.Integers("shape", 1 << 20, 1, 1, 1)]);
        for (var i = 0; i < steps; i++)
        {
            many = graph.Node("Sin", [many]);
        }

        graph.Node("ReduceMean", "mean", [many], ["sentence_embedding"], ("axes", new long[] { 0, 2 }), ("keepdims", 0L));
        Save(graph, folder);
    }

    /// <summary>Writes any graph and a tokenizer beside it.</summary>
    public static void Save(OnnxGraphBuilder graph, string folder, int opset = 17)
    {
        Directory.CreateDirectory(folder);
        using (var stream = File.Create(Path.Combine(folder, "model.onnx")))
        {
            graph.Build("sluice-tests", opset).WriteTo(stream);
        }

        Write(folder, "tokenizer.json", """{"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1],["b",-1],["c",-1]]}}""");
    }

    /// <summary>Writes a file below a folder.</summary>
    public static void Write(string folder, string name, string content)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    /// <summary>The table of vectors, as a weight of a graph.</summary>
    public static string Table(OnnxGraphBuilder graph, int rows = Vocabulary)
        => graph.Tensor("table", [.. Enumerable.Range(0, rows).SelectMany(Vector)], rows, Dimension);
}
