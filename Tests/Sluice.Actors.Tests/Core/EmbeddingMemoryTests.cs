using Sluice.Actors.Core.Embedding;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Tests.Core;

public sealed class EmbeddingMemoryTests
{
    [Fact]
    public async Task Claim_SecondOne_WaitsForTheFirst()
    {
        var memory = new EmbeddingMemory(1 << 20);
        var key = EmbeddingMemory.KeyOf(ChunkOf(1, 2, 3));
        memory.Claim(key).ShouldBe(default);
        var (found, making) = memory.Claim(key);
        found.ShouldBeNull();
        var embedding = new DenseEmbedding(new float[] { 1 });
        memory.Made(key, new EmbeddingResult(embedding, null));
        (await making!).Embedding.ShouldBeSameAs(embedding);
        memory.Claim(key).Embedding.ShouldBeSameAs(embedding);
        memory.Find(ChunkOf(1, 2, 3)).ShouldBeSameAs(embedding);
        memory.Find(ChunkOf(1, 2, 4)).ShouldBeNull();
    }

    [Fact]
    public async Task Failed_WhoWaits_IsToldAndTheNextMayTry()
    {
        var memory = new EmbeddingMemory(1 << 20);
        memory.Claim(7);
        var (_, making) = memory.Claim(7);
        memory.Failed(7, new InvalidOperationException("broke"));
        (await Should.ThrowAsync<InvalidOperationException>(making!)).Message.ShouldBe("broke");
        memory.Claim(7).ShouldBe(default);
    }

    [Fact]
    public void Made_MoreThanTheBound_ForgetsTheLeastRecentlyUsed()
    {
        var memory = new EmbeddingMemory(10_000);
        for (var i = 0; i < 100; i++)
        {
            var key = EmbeddingMemory.KeyOf(ChunkOf(i));
            memory.Claim(key);
            memory.Made(key, new EmbeddingResult(new DenseEmbedding(new float[100]), null));
            memory.Find(ChunkOf(0)).ShouldNotBeNull("it is used all the time");
            memory.Bytes.ShouldBeLessThanOrEqualTo(10_000);
        }

        memory.Find(ChunkOf(50)).ShouldBeNull();
        memory.Find(ChunkOf(99)).ShouldNotBeNull();
    }

    private static Chunk ChunkOf(params int[] tokens) => new(new ChunkId(Guid.NewGuid()), "text", tokens, new Place(0, 4));
}
