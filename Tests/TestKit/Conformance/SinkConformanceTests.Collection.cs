using Shouldly;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.TestKit.Conformance;

public abstract partial class SinkConformanceTests
{
    [Fact]
    public async Task DescribeAsync_NoCollection_ReturnsNull() => (await Sink.DescribeAsync(None)).ShouldBeNull();

    [Fact]
    public async Task CountAsync_NoCollection_IsZero()
    {
        (await Sink.CountAsync(None)).ShouldBe(0);
        (await ListAsync()).ShouldBeEmpty();
        (await Sink.FetchEmbeddingsAsync([new ChunkId(Guid.NewGuid())], None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task SearchAsync_NoCollection_SaysSo()
    {
        var exception = await Should.ThrowAsync<StorageException>(() => HasFullText ? ByTextAsync("anything") : ByVectorAsync(Vector(1)));
        exception.Message.ShouldContain("Ingest");
    }

    [Fact]
    public async Task EnsureCollectionAsync_Twice_KeepsWhatIsThere()
    {
        var records = await FillAsync([.. Records("file:///a", 3)]);
        await Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await Sink.CountAsync(None)).ShouldBe(records.Count);
        (await Sink.DescribeAsync(None)).ShouldBe(new CollectionInfo("sample-model", "fp-1", EmbeddingKind.Dense, Dimension, Distance.Cosine));
    }

    [Theory]
    [InlineData(Dimension + 1, Distance.Cosine, "fp-1", "dimensions")]
    [InlineData(Dimension, Distance.Euclidean, "fp-1", "Euclidean")]
    [InlineData(Dimension, Distance.Cosine, "fp-2", "fp-2")]
    public async Task EnsureCollectionAsync_Different_Throws(int dimension, Distance distance, string fingerprint, string named)
    {
        await FillAsync([.. Records("file:///a", 2)]);
        var exception = await Should.ThrowAsync<CollectionMismatchException>(
            () => Sink.EnsureCollectionAsync(new CollectionSpec(Model(dimension, distance, fingerprint)), None));
        exception.Message.ShouldContain(named);
        (await Sink.CountAsync(None)).ShouldBe(2);
    }

    [Fact]
    public async Task DropCollectionAsync_ThenEnsure_StartsEmptyWithAnotherShape()
    {
        await FillAsync([.. Records("file:///a", 5)]);
        await Sink.DropCollectionAsync(None);
        (await Sink.DescribeAsync(None)).ShouldBeNull();
        await Sink.DropCollectionAsync(None);

        await Sink.EnsureCollectionAsync(new CollectionSpec(Model(8)), None);
        (await Sink.CountAsync(None)).ShouldBe(0);
        await PutAsync([Record("file:///b", "words", Vector(1, 8))]);
        (await ByVectorAsync(Vector(1, 8))).Single().Uri.ShouldBe("file:///b");
        await ExpectByTextAsync("words", static hits => hits.Single().Uri.ShouldBe("file:///b"));
    }

    [Theory]
    [InlineData(EmbeddingKind.MultiVector)]
    [InlineData(EmbeddingKind.Sparse)]
    public async Task EnsureCollectionAsync_KindItDoesNotStore_IsRefusedInWords(EmbeddingKind kind)
    {
        if (Sink.Capabilities.Kinds.Contains(kind))
        {
            await Sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: kind)), None);
            (await Sink.DescribeAsync(None)).ShouldBe(new CollectionInfo("sample-model", "fp-1", kind, Dimension, Distance.Cosine));
            return;
        }

        var exception = await Should.ThrowAsync<CollectionMismatchException>(() => Sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: kind)), None));
        exception.Message.ShouldContain(kind == EmbeddingKind.Sparse ? "sparse" : "several");
        (await Sink.DescribeAsync(None)).ShouldBeNull("a refused collection is not left behind");
    }
}
