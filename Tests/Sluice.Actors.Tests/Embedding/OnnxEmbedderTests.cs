using System.Numerics.Tensors;
using Sluice.Actors.Embedding;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding;

public sealed class OnnxEmbedderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EmbedAsync_BatchOfDifferentLengths_EqualsEachTextAlone()
    {
        await using var model = await TestModel.OpenAsync();
        await using var embedder = model.CreateEmbedder();
        var random = new Random(5);
        ReadOnlyMemory<int>[] batch = [.. new[] { 3, 128, 0, 17, 1, 64, 5 }.Select(length => (ReadOnlyMemory<int>)Enumerable.Range(0, length).Select(_ => random.Next(6, 8000)).ToArray())];
        var together = await embedder.EmbedAsync(batch, CancellationToken.None);
        together.Count.ShouldBe(batch.Length);
        for (var i = 0; i < batch.Length; i++)
        {
            var alone = Values((await embedder.EmbedAsync([batch[i]], CancellationToken.None))[0]);
            Values(together[i]).Zip(alone, static (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f, $"row {i} of {batch[i].Length} tokens");
        }
    }

    [Fact]
    public async Task EmbedAsync_RowsInAnotherOrder_GivesTheSameVectorsInThatOrder()
    {
        await using var model = await TestModel.OpenAsync();
        await using var embedder = model.CreateEmbedder();
        ReadOnlyMemory<int>[] batch = [new[] { 10, 11 }, new[] { 12, 13 }, new[] { 14, 15 }];
        var forward = await embedder.EmbedAsync(batch, CancellationToken.None);
        var backward = await embedder.EmbedAsync([.. batch.Reverse()], CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            TensorPrimitives.Distance(Values(forward[i]), Values(backward[2 - i])).ShouldBeLessThan(1e-5f);
        }

        TensorPrimitives.Distance(Values(forward[0]), Values(forward[1])).ShouldBeGreaterThan(0.01f);
    }

    [Fact]
    public async Task EmbedAsync_EmptyTexts_GivesTheSameUnitVectorAlways()
    {
        await using var model = await TestModel.OpenAsync();
        await using var embedder = model.CreateEmbedder();
        (await embedder.EmbedAsync([], CancellationToken.None)).ShouldBeEmpty();
        var alone = Values((await embedder.EmbedAsync([ReadOnlyMemory<int>.Empty], CancellationToken.None))[0]);
        TensorPrimitives.Norm<float>(alone).ShouldBe(1, 1e-5f);
        var beside = Values((await embedder.EmbedAsync([new[] { 7, 8, 9 }, ReadOnlyMemory<int>.Empty], CancellationToken.None))[1]);
        TensorPrimitives.Distance(alone, beside).ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public async Task EmbedAsync_LaterBatches_LeaveEarlierResultsAlone()
    {
        await using var model = await TestModel.OpenAsync();
        await using var embedder = model.CreateEmbedder();
        var first = Values((await embedder.EmbedAsync([new[] { 20 }], CancellationToken.None))[0]);
        var copy = first.ToArray();
        await embedder.EmbedAsync([new[] { 30 }], CancellationToken.None);
        first.ShouldBe(copy);
    }

    [Theory]
    [InlineData(8002)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public async Task EmbedAsync_IdTheModelDoesNotHave_IsRefusedAndTheNextBatchWorks(int id)
    {
        await using var model = await TestModel.OpenAsync();
        await using var embedder = model.CreateEmbedder();
        var error = await Should.ThrowAsync<ArgumentException>(async () => await embedder.EmbedAsync([new[] { 7 }, new[] { 7, id }], CancellationToken.None));
        error.Message.ShouldContain($"Text 1 has the token id {id}; the ids of the model use-lite are 0 to 8001");
        (await embedder.EmbedAsync([new[] { 7 }], CancellationToken.None)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task EmbedAsync_TooManyTokens_IsRefused()
    {
        await using var model = await TestModel.OpenAsync();
        await using var embedder = model.CreateEmbedder();
        var error = await Should.ThrowAsync<ArgumentException>(async () => await embedder.EmbedAsync([new int[129]], CancellationToken.None));
        error.Message.ShouldContain("A text has 129 tokens; the model use-lite takes 128");
    }

    [Theory]
    [InlineData("pooling_mode_mean_tokens", PoolingMode.Mean, new[] { 2f, 14f / 3, 1, -2 })]
    [InlineData("pooling_mode_cls_token", PoolingMode.Cls, new[] { 1f, 1, 1, -1 })]
    [InlineData("pooling_mode_lasttoken", PoolingMode.LastToken, new[] { 3f, 9, 1, -3 })]
    [InlineData("pooling_mode_max_tokens", PoolingMode.Max, new[] { 3f, 9, 1, -1 })]
    [InlineData("pooling_mode_weightedmean_tokens", PoolingMode.WeightedMean, new[] { 14f / 6, 36f / 6, 1, -14f / 6 })]
    [InlineData("pooling_mode_mean_sqrt_len_tokens", PoolingMode.MeanSqrtLength, new[] { 3.4641016f, 8.0829038f, 1.7320508f, -3.4641016f })]
    public async Task EmbedAsync_TokenVectors_ArePooledAsTheFolderSays(string mode, PoolingMode expectedMode, float[] expected)
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "1_Pooling/config.json", $$"""{"word_embedding_dimension":4,"{{mode}}":true}""");
        foreach (var side in new[] { "right", "left" })
        {
            TinyModel.Write(_folder.Root, "tokenizer_config.json", $$"""{"padding_side":"{{side}}"}""");
            var folder = ModelFolder.Open(_folder.Root);
            folder.Pooling.ShouldBe(expectedMode);
            await using var embedder = new OnnxEmbedder(folder, new EmbeddingOptions { Threads = 1 });
            var embeddings = await embedder.EmbedAsync([new[] { 1, 2, 3 }, new[] { 1, 2, 3, 4, 5 }], CancellationToken.None);
            Values(embeddings[0]).Zip(expected, static (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f, side);
        }
    }

    [Fact]
    public async Task EmbedAsync_FolderWithNormalize_GivesUnitLength()
    {
        TinyModel.WriteTokens(_folder.Root);
        TinyModel.Write(_folder.Root, "modules.json", """[{"path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]""");
        await using var embedder = new OnnxEmbedder(ModelFolder.Open(_folder.Root), new EmbeddingOptions { Threads = 1 });
        TensorPrimitives.Norm<float>(Values((await embedder.EmbedAsync([new[] { 4, 5 }], CancellationToken.None))[0])).ShouldBe(1, 1e-6f);
    }

    [Fact]
    public async Task EmbedAsync_IdTheNetworkRefuses_IsAModelError()
    {
        var graph = new Sluice.Actors.Embedding.Onnx.OnnxGraphBuilder("shifted");
        graph.Input("input_ids", Sluice.Actors.Embedding.Onnx.OnnxGraphBuilder.Int64, "batch", "sequence");
        graph.Output("last_hidden_state", Sluice.Actors.Embedding.Onnx.OnnxGraphBuilder.Float, "batch", "sequence", TinyModel.Dimension);
        graph.Node("Gather", "gather", [TinyModel.Table(graph), graph.Node("Add", ["input_ids", graph.Integers("one", 1)])], ["last_hidden_state"]);
        TinyModel.Save(graph, _folder.Root);
        await using var embedder = new OnnxEmbedder(ModelFolder.Open(_folder.Root), new EmbeddingOptions { Threads = 1 });
        var error = await Should.ThrowAsync<ModelException>(async () => await embedder.EmbedAsync([new[] { 99 }], CancellationToken.None));
        error.Message.ShouldContain("ONNX Runtime failed on a batch of 1 texts x 1 tokens");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EmbedAsync_BatchBeyondMemory_SaysSoAndASmallerOneWorks(bool arena)
    {
        TinyModel.WriteHungry(_folder["hungry"], copies: 1L << 42);
        var options = new EmbeddingOptions { Threads = 1, Arena = arena };
        await using (var embedder = new OnnxEmbedder(ModelFolder.Open(_folder["hungry"]), options))
        {
            var error = await Should.ThrowAsync<EmbedderOutOfMemoryException>(async () => await embedder.EmbedAsync([new[] { 1, 2 }, new[] { 3 }], CancellationToken.None));
            error.Message.ShouldContain("A batch of 2 texts x 2 tokens does not fit in memory");
        }

        TinyModel.WriteHungry(_folder["modest"], copies: 16);
        await using var modest = new OnnxEmbedder(ModelFolder.Open(_folder["modest"]), options);
        Values((await modest.EmbedAsync([new[] { 1, 3 }], CancellationToken.None))[0]).ShouldBe([2, 5, 1, -2]);
    }

    [Fact]
    public async Task EmbedAsync_CancelledWhileRunning_EndsSoonAndTheNextBatchWorks()
    {
        TinyModel.WriteSlow(_folder.Root, steps: 2000);
        await using var embedder = new OnnxEmbedder(ModelFolder.Open(_folder.Root), new EmbeddingOptions { Threads = 1 });
        await embedder.LoadAsync(CancellationToken.None);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Should.ThrowAsync<OperationCanceledException>(async () => await embedder.EmbedAsync([new[] { 1, 2, 3, 4 }], source.Token)).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task DisposeAsync_WhileABatchRuns_AbandonsItAndRefusesMore()
    {
        TinyModel.WriteSlow(_folder.Root, steps: 2000);
        var embedder = new OnnxEmbedder(ModelFolder.Open(_folder.Root), new EmbeddingOptions { Threads = 1 });
        await embedder.LoadAsync(CancellationToken.None);
        var running = embedder.EmbedAsync([new[] { 1, 2, 3, 4 }], CancellationToken.None).AsTask();
        await embedder.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        await Should.ThrowAsync<ObjectDisposedException>(running);
        await embedder.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(async () => await embedder.EmbedAsync([new[] { 1 }], CancellationToken.None));
    }

    private static float[] Values(Sluice.Streams.Vectors.Embedding embedding) => System.Runtime.InteropServices.MemoryMarshal.TryGetArray(((DenseEmbedding)embedding).Values, out var array) ? array.Array! : [];
}
