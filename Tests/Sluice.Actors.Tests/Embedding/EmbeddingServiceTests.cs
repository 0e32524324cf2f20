using Sluice.Actors.Embedding;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Tests.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding;

public sealed class EmbeddingServiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EmbedAsync_ManyCallers_EachGetsItsOwnInOrder()
    {
        TinyModel.WriteTokens(_folder.Root);
        await using var model = Open();
        await using var service = new EmbeddingService(model, batchTokens: 16, maxWaitingTokens: 1 << 20);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
        {
            string[] texts = [new string('a', 1 + (number % 7)), new string('b', 1 + (number % 5)), "c"];
            return (texts, await service.EmbedAsync(texts, number % 2 == 0, CancellationToken.None));
        }));
        foreach (var (texts, (embeddings, tokens)) in answers)
        {
            tokens.ShouldBe(texts.Sum(static text => text.Length));
            embeddings.Select(First).ShouldBe([1f, 2, 3]);
        }

        service.WaitingTokens.ShouldBe(0);
    }

    [Fact]
    public async Task EmbedAsync_CallerGivesUpOrModelFails_OthersGoOn()
    {
        TinyModel.WriteTokens(_folder.Root);
        await using var model = Open();
        var service = new EmbeddingService(model, batchTokens: 64, maxWaitingTokens: 1 << 20);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => service.EmbedAsync(["a"], false, gone.Token));
        (await service.EmbedAsync(["b"], false, CancellationToken.None)).Embeddings.Select(First).ShouldBe([2f]);
        service.WaitingTokens.ShouldBe(0, "what its caller gave up makes room too");
        await service.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => service.EmbedAsync(["a"], false, CancellationToken.None));
    }

    [Fact]
    public async Task EmbedAsync_ModelThatCannotBeLoaded_IsToldToEveryCaller()
    {
        TinyModel.WriteTokens(_folder.Root);
        await using var model = Open();
        _ = model.Tokenizer;
        File.WriteAllBytes(_folder["model.onnx"], [0]);
        await using var service = new EmbeddingService(model, batchTokens: 64, maxWaitingTokens: 1 << 20);
        await Should.ThrowAsync<ModelException>(() => service.EmbedAsync(["a"], false, CancellationToken.None));
        await Should.ThrowAsync<ModelException>(() => service.EmbedAsync(["b", "c"], false, CancellationToken.None));
        service.WaitingTokens.ShouldBe(0);
    }

    [Fact]
    public async Task EmbedQuestionAsync_MuchWaits_IsInTheNextBatch()
    {
        TinyModel.WriteTokens(_folder.Root);
        await using var model = Open();
        var batches = new List<bool>();
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var service = new EmbeddingService(model, batchTokens: 1, maxWaitingTokens: 1, async (ids, areQueries, _) =>
        {
            batches.Add(areQueries); // One batch at a time.
            begun.TrySetResult();
            await goOn.Task;
            return Array.ConvertAll(ids, static _ => (Embedding)new DenseEmbedding(new float[4]));
        });
        var bulk = service.EmbedAsync([.. Enumerable.Repeat("a", 6)], false, CancellationToken.None);
        await begun.Task;
        await Should.ThrowAsync<TransientException>(() => service.EmbedAsync(["b"], false, CancellationToken.None));
        var question = service.EmbedQuestionAsync("c", CancellationToken.None);
        goOn.SetResult();
        await question;
        (await bulk).Embeddings.Count.ShouldBe(6);
        batches.ShouldBe([false, true, false, false, false, false, false]);
        service.WaitingTokens.ShouldBe(0);
    }

    private static float First(Embedding embedding) => ((DenseEmbedding)embedding).Values.Span[0];

    private EmbeddingModel Open() => EmbeddingModel.Open(ModelFolder.Open(_folder.Root), new EmbeddingOptions { Threads = 1 });
}
