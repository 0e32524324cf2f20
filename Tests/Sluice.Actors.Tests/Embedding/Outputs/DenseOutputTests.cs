using System.Numerics.Tensors;
using Sluice.Actors.Embedding;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding.Outputs;

public sealed class DenseOutputTests : IDisposable
{
    private const string Modules = """[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},{"path":"2_Dense","type":"sentence_transformers.models.Dense"}]""";
    private static readonly float[] s_weights = [1, 0, 0, 0, 0, 0, 2, 1];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Identity", "F32", new[] { 3.5f, 0.5f })]
    [InlineData("Tanh", "F16", new[] { 0.998178f, 0.462117f })]
    [InlineData("ReLU", "BF16", new[] { 3.5f, 0.5f })]
    [InlineData("GELU", "F32", new[] { 3.499186f, 0.345731f })]
    public async Task EmbedAsync_LinearLayerBehindPooling_IsComputed(string activation, string type, float[] expected)
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "modules.json", Modules);
        TinyModel.Write(_folder.Root, "1_Pooling/config.json", """{"word_embedding_dimension":4,"pooling_mode_mean_tokens":true}""");
        SafeTensors.WriteLayer(_folder["2_Dense"], s_weights, 4, [1, 1], "torch.nn.modules.activation." + activation, type);
        var folder = ModelFolder.Open(_folder.Root);
        folder.Info.Dimension.ShouldBe(2);

        // The mean of 2 and 3 is (2.5, 6.5, 1, -2.5).
        (await EmbedAsync(folder, new[] { 2, 3 })).ShouldBe(expected, 1e-4);
    }

    [Fact]
    public async Task Open_LinearLayerThatIsInTheNetwork_IsNotComputedAgain()
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "modules.json", Modules);
        TinyModel.Write(_folder.Root, "1_Pooling/config.json", """{"word_embedding_dimension":8,"pooling_mode_mean_tokens":true}""");
        SafeTensors.WriteLayer(_folder["2_Dense"], new float[32], 8);
        (await EmbedAsync(ModelFolder.Open(_folder.Root), new[] { 2 })).ShouldBe(TinyModel.Vector(2));
        SafeTensors.WriteLayer(_folder["2_Dense"], new float[15], 5);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("in_features = 5, and what goes in (the output 'last_hidden_state' of model.onnx, or the layer before) has 4 components");
    }

    [Theory]
    [InlineData("mean_tokens", "linear.Identity", ""","use_residual":true""", "use_residual = true is not supported")]
    [InlineData("mean_tokens", "linear.Identity", ""","module_output_name":"scores" """, "module_output_name = 'scores' is not supported")]
    [InlineData("mean_tokens", "linear.Identity", ""","module_input_name":"all_layers" """, "module_input_name = 'all_layers' is not supported")]
    [InlineData("mean_tokens", "activation.Tanh", ""","module_input_name":"token_embeddings" """, "module_input_name = 'token_embeddings' before pooling (Mean) is not supported")]
    [InlineData("max_tokens", "linear.Identity", ""","module_input_name":"token_embeddings" """, "module_input_name = 'token_embeddings' before pooling (Max) is not supported")]
    [InlineData("mean_tokens", "linear.Identity", ""","module_input_name":"token_embeddings","use_residual":false""", null)]
    [InlineData("cls_token", "activation.Tanh", ""","module_input_name":"token_embeddings" """, null)]
    [InlineData("max_tokens", "activation.Tanh", ""","module_input_name":"sentence_embedding","module_output_name":"sentence_embedding" """, null)]
    public void Open_LinearLayerWithASettingThatChangesIt_IsRefusedByName(string pooling, string activation, string settings, string? expected)
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "modules.json", Modules);
        TinyModel.Write(_folder.Root, "1_Pooling/config.json", $$"""{"word_embedding_dimension":4,"pooling_mode_{{pooling}}":true}""");
        SafeTensors.WriteLayer(_folder["2_Dense"], s_weights, 4, activation: "torch.nn.modules." + activation);
        var config = File.ReadAllText(_folder["2_Dense/config.json"]);
        File.WriteAllText(_folder["2_Dense/config.json"], config[..^1] + settings + "}");
        if (expected is null)
        {
            ModelFolder.Open(_folder.Root).Info.Dimension.ShouldBe(2);
            return;
        }

        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("2_Dense/config.json: " + expected);
    }

    [Fact]
    public async Task EmbedAsync_LinearLayerWithoutItsWeights_IsNamed()
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "modules.json", Modules);
        TinyModel.Write(_folder.Root, "1_Pooling/config.json", """{"word_embedding_dimension":4,"pooling_mode_mean_tokens":true}""");
        SafeTensors.WriteLayer(_folder["2_Dense"], s_weights, 4);
        var before = ModelFolder.Open(_folder.Root).Info.Fingerprint;
        var weights = File.ReadAllBytes(_folder["2_Dense/model.safetensors"]);
        weights[^1] ^= 1;
        File.WriteAllBytes(_folder["2_Dense/model.safetensors"], weights);
        ModelFolder.Open(_folder.Root).Info.Fingerprint.ShouldNotBe(before, "its weights decide as well");
        File.WriteAllBytes(_folder["2_Dense/model.safetensors"], weights[..^4]);
        (await FailAsync()).ShouldContain("2_Dense/model.safetensors: it is not a complete safetensors file");
        File.WriteAllBytes(_folder["2_Dense/model.safetensors"], [1, 2, 3]);
        (await FailAsync()).ShouldContain("it ends too early");
        File.Delete(_folder["2_Dense/model.safetensors"]);
        (await FailAsync()).ShouldContain("model.safetensors: it is missing");
        File.WriteAllText(_folder["2_Dense/pytorch_model.bin"], "");
        (await FailAsync()).ShouldContain("its weights are in pytorch_model.bin, which Sluice does not read");
        SafeTensors.WriteLayer(_folder["2_Dense"], s_weights, 4, activation: "torch.nn.Softmax");
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("activation_function = 'torch.nn.Softmax' is not supported");

        async Task<string> FailAsync() => (await Should.ThrowAsync<ModelException>(() => EmbedAsync(ModelFolder.Open(_folder.Root), new[] { 2 }))).Message;
    }

    [Fact]
    public async Task EmbedAsync_FewerDimensionsOfANetworkThatNormalizesItself_AreOfUnitLengthAgain()
    {
        var path = await TestModel.EnsureAsync();
        int[] text = [120, 4, 77, 3];
        var whole = await EmbedAsync(ModelFolder.Open(path, TestModel.CacheFolder), text);
        var cut = await EmbedAsync(ModelFolder.Open(path, TestModel.CacheFolder, new EmbeddingOptions { Dimensions = 64 }), text);
        TensorPrimitives.Norm<float>(whole.AsSpan(0, 64)).ShouldBeLessThan(0.9f);
        TensorPrimitives.Norm<float>(cut).ShouldBe(1, 1e-5f);
        TensorPrimitives.CosineSimilarity<float>(whole.AsSpan(0, 64), cut).ShouldBe(1, 1e-5f);
    }

    [Fact]
    public async Task EmbedAsync_FewerDimensionsOfAModelThatDoesNotNormalize_KeepTheirLength()
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "modules.json", """[{"path":"","type":"sentence_transformers.models.Transformer"},{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}]""");
        TinyModel.Write(_folder.Root, "1_Pooling/config.json", """{"word_embedding_dimension":4,"pooling_mode_mean_tokens":true}""");
        (await EmbedAsync(ModelFolder.Open(_folder.Root, null, new EmbeddingOptions { Dimensions = 2 }), [2])).ShouldBe(TinyModel.Vector(2)[..2]);
    }

    [Fact]
    public async Task EmbedAsync_FewerDimensions_KeepsTheFirstAndNormalizesAgain()
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "modules.json", """[{"path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]""");
        TinyModel.Write(_folder.Root, "config.json", """{"hidden_size":4,"matryoshka_dimensions":[2,4]}""");
        var whole = ModelFolder.Open(_folder.Root);
        var cut = ModelFolder.Open(_folder.Root, null, new EmbeddingOptions { Dimensions = 2 });
        cut.Info.Dimension.ShouldBe(2);
        cut.Info.Fingerprint.ShouldNotBe(whole.Info.Fingerprint, "vectors of other lengths cannot be compared");
        var norm = MathF.Sqrt(4 + 16);
        (await EmbedAsync(cut, new[] { 2 })).ShouldBe([2 / norm, 4 / norm], 1e-6);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root, null, new EmbeddingOptions { Dimensions = 5 })).Message.ShouldContain("its vectors have 4 components; --dimensions (sluice.embedding.dimensions) asks for 5");
        await using var model = EmbeddingModel.Open(cut);
        var facts = model.Describe().ToDictionary(static fact => fact.Name);
        facts["may be cut"].Value.ShouldBe("to 2, 4 dimensions");
        facts["cut"].ShouldBe(new ModelFact("cut", "to the first 2 dimensions", "sluice.embedding.dimensions"));
    }

    [Fact]
    public async Task EmbedAsync_NetworkOfHalfPrecision_GivesWholeOnes()
    {
        var graph = new OnnxGraphBuilder("half");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", OnnxGraphBuilder.Float16, "batch", "sequence", TinyModel.Dimension);
        graph.Node("Cast", "half", [graph.Node("Gather", [TinyModel.Table(graph), "input_ids"])], ["last_hidden_state"], ("to", (long)OnnxGraphBuilder.Float16));
        TinyModel.Save(graph, _folder.Root);
        (await EmbedAsync(ModelFolder.Open(_folder.Root), new[] { 2, 4 }, new[] { 1 })).ShouldBe([3, 10, 1, -3], 1e-3);
    }

    [Theory]
    [InlineData("attention_mask", "right", "{}", new[] { 1f, 1 }, new[] { 1f, 1, 1, 0 })]
    [InlineData("position_ids", "right", "{}", new[] { 0f, 1 }, new[] { 0f, 1, 2, 0 })]
    [InlineData("position_ids", "left", "{}", new[] { 0f, 1 }, new[] { 0f, 1, 2, 0 })]
    [InlineData("position_ids", "right", """{"model_type":"roberta","pad_token_id":1,"max_position_embeddings":514}""", new[] { 2f, 3 }, new[] { 2f, 3, 4, 0 })]
    [InlineData("input_ids", "left", """{"pad_token_id":3}""", new[] { 7f, 8 }, new[] { 7f, 8, 9, 0 })]
    public async Task EmbedAsync_EachInput_IsWhatTheModelWants(string input, string side, string config, float[] shorter, float[] longer)
    {
        TinyModel.WriteEcho(_folder.Root, input);
        TinyModel.Write(_folder.Root, "config.json", config);
        TinyModel.Write(_folder.Root, "tokenizer_config.json", $$"""{"padding_side":"{{side}}"}""");
        TinyModel.Write(_folder.Root, "1_Pooling/config.json", """{"word_embedding_dimension":4,"pooling_mode_mean_tokens":true}""");
        await using var embedder = new OnnxEmbedder(ModelFolder.Open(_folder.Root), new EmbeddingOptions { Threads = 1 });
        var embeddings = await embedder.EmbedAsync([new[] { 7, 8 }, new[] { 7, 8, 9 }], CancellationToken.None);
        ((DenseEmbedding)embeddings[0]).Values.Span[0].ShouldBe(shorter.Average(), 1e-5f);
        ((DenseEmbedding)embeddings[1]).Values.Span[0].ShouldBe(longer[..3].Average(), 1e-5f);
    }

    private static async Task<float[]> EmbedAsync(ModelFolder folder, params int[][] texts)
    {
        await using var embedder = new OnnxEmbedder(folder, new EmbeddingOptions { Threads = 1 });
        return ((DenseEmbedding)(await embedder.EmbedAsync([.. texts.Select(static text => (ReadOnlyMemory<int>)text)], CancellationToken.None))[0]).Values.ToArray();
    }
}
