using System.Collections.Concurrent;
using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Monitoring;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Tests.Core;

public sealed class EmbedderActorTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly PipelineOptions _options = new() { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(5) };
    private readonly ConcurrentQueue<ScriptedEmbedder> _opened = [];

    [Fact]
    public async Task Embed_SeveralBatches_AnswersEachWithItsOwnResults()
    {
        var embedder = Start(static _ => null);
        var answers = await Task.WhenAll(Enumerable.Range(1, 5).Select(count => Embed(embedder, [.. Enumerable.Range(count, count)])));
        for (var count = 1; count <= 5; count++)
        {
            Lengths(answers[count - 1]).ShouldBe([.. Enumerable.Range(count, count)]);
        }
    }

    [Fact]
    public async Task Embed_BatchDoesNotFitInMemory_IsHalvedUntilItDoesWithoutRestart()
    {
        var embedder = Start(static batch => batch.Count > 2 ? new EmbedderOutOfMemoryException("too large") : null);
        Lengths(await Embed(embedder, 1, 2, 3, 4, 5, 6, 7)).ShouldBe([1, 2, 3, 4, 5, 6, 7]);
        _opened.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Embed_OneChunkBreaksTheSession_IsIsolatedAndRejectedAfterThreeTries()
    {
        var embedder = Start(static batch => batch.Any(static tokens => tokens.Length == 13) ? new InvalidOperationException("boom") : null);
        var answer = await Embed(embedder, 1, 2, 13, 4, 5);
        Lengths(answer).ShouldBe([1, 2, null, 4, 5]);
        var rejection = answer.Results[2].Rejection!;
        rejection.Verdict.ShouldBe(Verdict.Dead);
        rejection.Reason.ShouldBe(Reasons.EmbeddingFailed);
        rejection.Message.ShouldBe("the model failed on it 3 times, last with InvalidOperationException: boom");
        _opened.Count.ShouldBeGreaterThan(3);
        Lengths(await Embed(embedder, 8)).ShouldBe([8]);
        AwaitCondition(() => _opened.Count(static session => !session.Disposed) == 1, Soon);
    }

    [Fact]
    public async Task Embed_SessionBreaksOnce_TheBatchStillSucceeds()
    {
        var calls = 0;
        var embedder = Start(_ => Interlocked.Increment(ref calls) == 1 ? new InvalidOperationException("once") : null);
        Lengths(await Embed(embedder, 1, 2, 3)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Open_ModelCannotBeOpened_TheRequestFailsWithTheReason()
    {
        var embedder = Sys.ActorOf(EmbedderActor.Props(static () => throw new ModelException("model.onnx is not there"), _options, new StageMeter(), new NoticeBoard()));
        var exception = await Should.ThrowAsync<ModelException>(Embed(embedder, 1));
        exception.Message.ShouldContain("model.onnx is not there");
    }

    [Fact]
    public async Task Load_ModelCannotBeLoaded_EndsTheRunInsteadOfBlamingTheChunks()
    {
        var embedder = Sys.ActorOf(EmbedderActor.Props(static () => new Unloadable(), _options, new StageMeter(), new NoticeBoard()));
        (await Should.ThrowAsync<ModelException>(Embed(embedder, 1, 2))).Message.ShouldBe("not a network");
    }

    [Fact]
    public async Task Embed_ImagesAndTexts_RunApartAndOutOfMemoryHalvesBoth()
    {
        var largest = new List<int>();
        var embedder = Start(static batch => batch.Count > 2 ? new EmbedderOutOfMemoryException("too large") : null, images =>
        {
            largest.Add(images.Count);
            return images.Count > 1 ? new EmbedderOutOfMemoryException("too large") : null;
        });
        Lengths(await Embed(embedder, 1, 2, -3, -4, -5, 6, 7, 8)).ShouldBe([1, 2, -3, -4, -5, 6, 7, 8]);
        largest.ShouldBe([3, 1, 2, 1, 1]);
        _opened.Count.ShouldBe(1);
    }

    /// <summary>A model that is opened slowly, and an embedder that stops meanwhile.</summary>
    [Fact]
    public async Task Stop_WhileASessionIsOpened_DisposesOfIt()
    {
        var opening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var open = new ManualResetEventSlim();
        var session = new ScriptedEmbedder(static _ => null);
        var embedder = Sys.ActorOf(EmbedderActor.Props(
            () =>
            {
                opening.TrySetResult();
                open.Wait(Soon);
                return session;
            },
            _options,
            new StageMeter(),
            new NoticeBoard()));
        var asked = Embed(embedder, 1);
        await opening.Task.WaitAsync(Soon);
        await embedder.GracefulStop(Soon);
        open.Set();
        AwaitAssert(() => session.Disposed.ShouldBeTrue(), Soon);
        asked.IsCompletedSuccessfully.ShouldBeFalse();
    }

    private static int?[] Lengths(EmbeddedBatch batch) =>
        [.. batch.Results.Select(static result => result.Embedding is DenseEmbedding dense ? (int?)dense.Values.Span[0] : null)];

    private static Task<EmbeddedBatch> Embed(IActorRef embedder, params int[] lengths)
    {
        var document = DocumentId.FromUri("file:///d");
        var chunks = lengths.Select((length, index) => new Chunk(ChunkId.Create(document, $"{index}", 0), "t", new int[Math.Max(0, length)], new Place(0, 1)) { Image = length < 0 ? new PreparedImage(-length, 1, new byte[-3 * length], 1) : null }).ToList();
        var group = new GroupInProgress(new ChunkGroup(new GroupId(document, 1, 0), "file:///d", chunks, ActorRefs.Nobody));
        return embedder.Ask<EmbeddedBatch>(new EmbedBatch(new PackedBatch([.. lengths.Select((_, index) => new PackedItem(group, index))], lengths.Sum(), lengths.Sum())), Soon);
    }

    private IActorRef Start(Func<IReadOnlyList<ReadOnlyMemory<int>>, Exception?> fails, Func<IReadOnlyList<PreparedImage>, Exception?>? failsOnImages = null) =>
        Sys.ActorOf(EmbedderActor.Props(
            () =>
            {
                var session = new ScriptedEmbedder(fails, failsOnImages);
                _opened.Enqueue(session);
                return session;
            },
            _options,
            new StageMeter(),
            new NoticeBoard()));

    private sealed class Unloadable : IEmbedder
    {
        public EmbeddingModelInfo Model => throw new NotSupportedException();

        public Task LoadAsync(CancellationToken cancellationToken) => throw new ModelException("not a network");

        public ValueTask<IReadOnlyList<Sluice.Streams.Vectors.Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
