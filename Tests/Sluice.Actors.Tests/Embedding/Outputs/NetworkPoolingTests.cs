using Sluice.Actors.Embedding;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Actors.Tests.Chunking.Tokenizers;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding.Outputs;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>What a network gives that pools by itself, against pooling after it: on a processor, where both can be done.</summary>
public sealed class NetworkPoolingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, bool> Kinds => new()
    {
        { "mean", true }, { "cls", true }, { "last", true }, { "lastLeft", true }, { "weighted", true }, { "cut", true }, { "sparse", true }, { "max", false }, { "late", false },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task EmbedAsync_PooledInTheNetwork_GivesTheSame(string kind, bool pools)
    {
        ParityModels.Write(_folder.Root, "bert-uncased", HuggingFaceVectors.File("bert-uncased"), kind);
        await using var host = Open(PoolingPlace.Host, kind == "cut" ? ParityModels.Cut : 0);
        await using var network = Open(PoolingPlace.Network, kind == "cut" ? ParityModels.Cut : 0);
        (network.Folder.NetworkPooling is not null).ShouldBe(pools);
        var buffer = new TokenBuffer();
        ReadOnlyMemory<int>[] ids = [default, .. ParityModels.Texts(40, 3).Select(text => (ReadOnlyMemory<int>)host.Encode(text, buffer))];
        await ShouldBeEqualAsync(host, network, ids);
        network.Info.Fingerprint.ShouldBe(host.Info.Fingerprint);
    }

    [Theory]
    [InlineData("pooling_mode_mean_sqrt_len_tokens")]
    [InlineData("pooling_mode_mean_tokens")]
    public async Task EmbedAsync_HalfPrecisionAndLinearLayer_GivesTheSame(string mode)
    {
        WriteHalf(17);
        TinyModel.Write(_folder.Root, "1_Pooling/config.json", $$"""{"word_embedding_dimension":{{TinyModel.Dimension}},"{{mode}}":true}""");
        TinyModel.Write(_folder.Root, "modules.json", """[{"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},{"path":"2_Dense","type":"sentence_transformers.models.Dense"}]""");
        SafeTensors.WriteLayer(Path.Combine(_folder.Root, "2_Dense"), [1, 2, 3, 4, 0, 1, 0, -1], TinyModel.Dimension);
        await ShouldBeEqualAsync(Open(PoolingPlace.Host), Open(PoolingPlace.Network), [new[] { 1, 2, 3 }, new[] { 9 }, default, new[] { 4, 5, 6, 7, 8 }]);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(17)]
    [InlineData(18)] // Here the axes of ReduceMax become an input.
    [InlineData(20)]
    public async Task EmbedAsync_SparseOfAnyOpset_GivesTheSame(int opset)
    {
        var graph = new OnnxGraphBuilder("scores");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Input("attention_mask", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("logits", OnnxGraphBuilder.Float, "batch", "sequence", TinyModel.Dimension);
        graph.Node("Gather", "gather", [TinyModel.Table(graph), "input_ids"], ["logits"]);
        TinyModel.Save(graph, _folder.Root, opset);
        TinyModel.Write(_folder.Root, "modules.json", """[{"path":"","type":"sentence_transformers.sparse_encoder.models.MLMTransformer"},{"path":"1_SpladePooling","type":"sentence_transformers.sparse_encoder.models.SpladePooling"}]""");
        await ShouldBeEqualAsync(Open(PoolingPlace.Host), Open(PoolingPlace.Network), [new[] { 1, 2, 3 }, new[] { 9 }, new[] { 0, 4 }]);
    }

    [Fact]
    public async Task EmbedAsync_WeightsBesideTheNetwork_AreFound()
    {
        var graph = new OnnxGraphBuilder("outside");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", OnnxGraphBuilder.Float, "batch", "sequence", TinyModel.Dimension);
        var values = Enumerable.Range(0, TinyModel.Vocabulary).SelectMany(TinyModel.Vector).ToArray();
        Directory.CreateDirectory(_folder.Root);
        await File.WriteAllBytesAsync(Path.Combine(_folder.Root, "model.onnx_data"), System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        graph.Node("Gather", "gather", [graph.External("table", OnnxGraphBuilder.Float, "model.onnx_data", 0, 4L * values.Length, TinyModel.Vocabulary, TinyModel.Dimension), "input_ids"], ["last_hidden_state"]);
        TinyModel.Save(graph, _folder.Root);
        await ShouldBeEqualAsync(Open(PoolingPlace.Host), Open(PoolingPlace.Network), [new[] { 1, 2, 3 }, new[] { 9 }]);
    }

    [Fact]
    public async Task EmbedAsync_OnAProcessor_PoolsAfterTheNetworkUnlessAsked()
    {
        TinyModel.WriteTokens(_folder.Root);
        await using var model = Open(PoolingPlace.Auto);
        await using var embedder = model.CreateEmbedder();
        var vector = ((DenseEmbedding)(await embedder.EmbedAsync([new[] { 2, 4 }], CancellationToken.None))[0]).Values.ToArray();
        vector.Length.ShouldBe(TinyModel.Dimension);
        embedder.PoolsInNetwork.ShouldBeFalse();
        await using var other = Open(PoolingPlace.Network);
        await using var pooling = other.CreateEmbedder();
        pooling.PoolsInNetwork.ShouldBeTrue();
    }

    private static async Task ShouldBeEqualAsync(EmbeddingModel host, EmbeddingModel network, ReadOnlyMemory<int>[] ids)
    {
        await using var one = host.CreateEmbedder();
        await using var other = network.CreateEmbedder();
        var expected = await one.EmbedAsync(ids, CancellationToken.None);
        var all = await other.EmbedAsync(ids, CancellationToken.None);
        for (var text = 0; text < ids.Length; text++)
        {
            ShouldBeNear(all[text], expected[text], $"text {text}");
            ShouldBeNear((await other.EmbedAsync([ids[text]], CancellationToken.None))[0], expected[text], $"text {text} alone");
        }
    }

    private static void ShouldBeNear(Embedding actual, Embedding expected, string which)
    {
        var (left, right) = (Values(actual), Values(expected));
        left.Length.ShouldBe(right.Length, which);
        for (var i = 0; i < left.Length; i++)
        {
            left[i].ShouldBe(right[i], 1e-5, which);
        }

        if (expected is SparseEmbedding sparse)
        {
            ((SparseEmbedding)actual).Indices.ToArray().ShouldBe(sparse.Indices.ToArray(), which);
        }
    }

    private static float[] Values(Embedding embedding) => embedding switch
    {
        DenseEmbedding dense => dense.Values.ToArray(),
        SparseEmbedding sparse => sparse.Values.ToArray(),
        MultiVectorEmbedding several => several.Values.ToArray(),
        _ => throw new InvalidOperationException($"{embedding.GetType()}"),
    };

    private EmbeddingModel Open(PoolingPlace place, int dimensions = 0)
    {
        var options = new EmbeddingOptions { Threads = 1, PoolIn = place, Dimensions = dimensions };
        return EmbeddingModel.Open(ModelFolder.Open(_folder.Root, null, options), options);
    }

    private void WriteHalf(int opset)
    {
        var graph = new OnnxGraphBuilder("half");
        graph.Input("input_ids", OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", OnnxGraphBuilder.Float16, "batch", "sequence", TinyModel.Dimension);
        var vectors = graph.Node("Gather", [TinyModel.Table(graph), "input_ids"]);
        graph.Node("Cast", "half", [vectors], ["last_hidden_state"], ("to", (long)OnnxGraphBuilder.Float16));
        TinyModel.Save(graph, _folder.Root, opset);
    }
}
