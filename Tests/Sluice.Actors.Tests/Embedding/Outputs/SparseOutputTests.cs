using Sluice.Actors.Embedding;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Tests.Embedding.Outputs;

public sealed class SparseOutputTests : IDisposable
{
    private const string Modules = """[{"path":"","type":"sentence_transformers.sparse_encoder.models.MLMTransformer.MLMTransformer"},{"path":"1_SpladePooling","type":"sentence_transformers.sparse_encoder.models.SpladePooling.SpladePooling"}]""";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The scores of 2 and 3 are (2, 4, 1, -2) and (3, 9, 1, -3).
    [Theory]
    [InlineData("{}", new[] { 1.3862944f, 2.3025851f, 0.6931472f })]
    [InlineData("""{"pooling_strategy":"max","activation_function":"relu"}""", new[] { 1.3862944f, 2.3025851f, 0.6931472f })]
    [InlineData("""{"pooling_strategy":"sum"}""", new[] { 1.0986123f + 1.3862944f, 1.6094379f + 2.3025851f, 2 * 0.6931472f })]
    [InlineData("""{"activation_function":"log1p_relu"}""", new[] { 0.8697417f, 1.1947055f, 0.5265891f })]
    public async Task EmbedAsync_ScoresOfTokens_BecomeWeightsOfTerms(string settings, float[] expected)
    {
        WriteScores();
        TinyModel.Write(_folder.Root, "modules.json", Modules);
        TinyModel.Write(_folder.Root, "1_SpladePooling/config.json", settings);
        await using var model = EmbeddingModel.Open(ModelFolder.Open(_folder.Root), new EmbeddingOptions { Threads = 1 });
        model.Info.Kind.ShouldBe(EmbeddingKind.Sparse);
        model.Info.Dimension.ShouldBe(4);
        model.Info.Distance.ShouldBe(Distance.Dot);
        await using var embedder = model.CreateEmbedder();
        var embedding = (await embedder.EmbedAsync([new[] { 2, 3 }, new[] { 2, 3, 4, 5, 6 }], CancellationToken.None))[0].ShouldBeOfType<SparseEmbedding>();
        embedding.Indices.ToArray().ShouldBe([0, 1, 2]);
        embedding.Values.ToArray().ShouldBe(expected, 1e-5);
        model.Describe().ShouldContain(static fact => fact.Name == "weights" && fact.Source == "1_SpladePooling/config.json");
    }

    [Fact]
    public async Task EmbedAsync_NetworkThatPoolsItself_KeepsWhatIsAboveZero()
    {
        TinyModel.WriteHungry(_folder.Root, 1);
        var options = new EmbeddingOptions { Threads = 1, Output = ModelOutput.Sparse };
        await using var embedder = new OnnxEmbedder(ModelFolder.Open(_folder.Root, null, options), options);
        var embedding = (SparseEmbedding)(await embedder.EmbedAsync([new[] { 2 }, new[] { 0 }], CancellationToken.None))[0];
        embedding.Indices.ToArray().ShouldBe([0, 1, 2]);
        embedding.Values.ToArray().ShouldBe([2, 4, 1], 1e-5);
    }

    [Theory]
    [InlineData("""{"pooling_strategy":"mean"}""", "pooling_strategy = 'mean' is not supported")]
    [InlineData("""{"activation_function":"gelu"}""", "activation_function = 'gelu' is not supported")]
    public void Open_SettingThatIsNotKnown_IsNamed(string settings, string words)
    {
        WriteScores();
        TinyModel.Write(_folder.Root, "modules.json", Modules);
        TinyModel.Write(_folder.Root, "1_SpladePooling/config.json", settings);
        Should.Throw<ModelException>(() => ModelFolder.Open(_folder.Root)).Message.ShouldContain("1_SpladePooling/config.json: " + words);
    }

    private void WriteScores()
    {
        var graph = new OnnxGraphBuilder("scores");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("logits", OnnxGraphBuilder.Float, "batch", "sequence", TinyModel.Dimension);
        graph.Node("Gather", "gather", [TinyModel.Table(graph), "input_ids"], ["logits"]);
        TinyModel.Save(graph, _folder.Root);
    }
}
