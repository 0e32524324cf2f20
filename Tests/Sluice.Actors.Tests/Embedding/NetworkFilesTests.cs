using Sluice.Actors.Embedding;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Tests.Embedding;

public sealed class NetworkFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_SeveralExports_TakesTheOneThatIsAskedFor()
    {
        TinyModel.WriteTokens(_folder.Root);
        Directory.CreateDirectory(_folder["onnx"]);
        File.Copy(_folder["model.onnx"], _folder["onnx/model_fp16.onnx"]);
        File.Copy(_folder["model.onnx"], _folder["onnx/model_quantized.onnx"]);
        Open().NetworkFile.ShouldBe(_folder["model.onnx"]);
        Open("fp16").NetworkFile.ShouldBe(_folder["onnx/model_fp16.onnx"]);
        Open("int8").NetworkFile.ShouldBe(_folder["onnx/model_quantized.onnx"]);
        Open("quantized").NetworkFile.ShouldBe(_folder["onnx/model_quantized.onnx"]);
        Open("fp32").NetworkFile.ShouldBe(_folder["model.onnx"]);
        Open("fp16").Info.Fingerprint.ShouldNotBe(Open("int8").Info.Fingerprint);
        Should.Throw<ModelException>(() => Open("q4")).Message.ShouldContain("there is no variant 'q4' of the model; there is fp32, fp16, quantized.");
        await using var model = EmbeddingModel.Open(Open());
        model.Describe().ShouldContain(new ModelFact("variants", "fp32, fp16, quantized", "files beside it"));
        File.Delete(_folder["model.onnx"]);
        Should.Throw<ModelException>(() => Open()).Message.ShouldContain("there is no model.onnx, and several other exports. Choose one with --variant (sluice.embedding.variant): fp16, quantized.");
        File.Delete(_folder["onnx/model_fp16.onnx"]);
        Open().NetworkFile.ShouldBe(_folder["onnx/model_quantized.onnx"]);
    }

    [Fact]
    public async Task Open_WeightsInAnotherFile_NeedsAndHashesIt()
    {
        WriteExternal("weights.bin");
        Should.Throw<ModelException>(() => Open()).Message.ShouldContain("its weights lie in weights.bin, which is missing beside it");
        var weights = Enumerable.Range(0, TinyModel.Vocabulary).SelectMany(TinyModel.Vector).SelectMany(BitConverter.GetBytes).ToArray();
        File.WriteAllBytes(_folder["weights.bin"], weights[..^1]);
        Should.Throw<ModelException>(() => Open()).Message.ShouldContain("weights.bin: it has 159 bytes; model.onnx wants at least 160");
        File.WriteAllBytes(_folder["weights.bin"], weights);
        var folder = Open();
        await using (var embedder = new OnnxEmbedder(folder, new EmbeddingOptions { Threads = 1 }))
        {
            ((DenseEmbedding)(await embedder.EmbedAsync([new[] { 3 }], CancellationToken.None))[0]).Values.ToArray().ShouldBe(TinyModel.Vector(3));
        }

        weights[0]++;
        File.WriteAllBytes(_folder["weights.bin"], weights);
        Open().Info.Fingerprint.ShouldNotBe(folder.Info.Fingerprint);
    }

    [Theory]
    [InlineData("../weights.bin")]
    [InlineData("/etc/passwd")]
    public void Open_WeightsOutsideTheFolder_AreRefused(string location)
    {
        WriteExternal(location);
        Should.Throw<ModelException>(() => Open()).Message.ShouldContain($"it wants weights from '{location}', outside its folder");
    }

    private ModelFolder Open(string variant = "") => ModelFolder.Open(_folder.Root, null, new EmbeddingOptions { Variant = variant });

    private void WriteExternal(string location)
    {
        var graph = new OnnxGraphBuilder("external");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", TinyModel.Dimension);
        var table = graph.External("table", OnnxGraphBuilder.Float, location, 0, TinyModel.Vocabulary * TinyModel.Dimension * 4, TinyModel.Vocabulary, TinyModel.Dimension);
        graph.Node("Gather", "gather", [table, "input_ids"], ["last_hidden_state"]);
        TinyModel.Save(graph, _folder.Root);
    }
}
