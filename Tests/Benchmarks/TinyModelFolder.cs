using Sluice.Actors.Embedding.Onnx;

namespace Sluice.Benchmarks;

/// <summary>
/// Writes a model folder whose network costs next to nothing (a table of 8-dimensional vectors, averaged), with the default model's tokenizer: what is measured with
/// it is everything but the model.
/// </summary>
internal static class TinyModelFolder
{
    private const int Vocabulary = 8002;
    private const int Dimension = 8;

    public static void Write(string folder, string defaultModel)
    {
        Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
        var random = new Random(5);
        var graph = new OnnxGraphBuilder("tiny");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Input("attention_mask", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", Dimension);
        var table = graph.Tensor("table", [.. Enumerable.Range(0, Vocabulary * Dimension).Select(_ => random.NextSingle() - 0.5f)], Vocabulary, Dimension);
        graph.Node("Gather", "gather", [table, "input_ids"], ["last_hidden_state"]);
        using (var stream = File.Create(Path.Combine(folder, "model.onnx")))
        {
            graph.Build("sluice-benchmarks", 17).WriteTo(stream);
        }

        foreach (var name in new[] { "tokenizer.json", "tokenizer_config.json" })
        {
            File.Copy(Path.Combine(defaultModel, name), Path.Combine(folder, name), overwrite: true);
        }

        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""{"model_type":"tiny","hidden_size":{{Dimension}},"vocab_size":{{Vocabulary}},"max_position_embeddings":256}""");
        File.WriteAllText(Path.Combine(folder, "sentence_bert_config.json"), """{"max_seq_length":256}""");
        File.WriteAllText(Path.Combine(folder, "1_Pooling", "config.json"), $$"""{"word_embedding_dimension":{{Dimension}},"pooling_mode_mean_tokens":true}""");
        File.WriteAllText(Path.Combine(folder, "modules.json"), """
            [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
             {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
             {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]
            """);
    }
}
