using Shouldly;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.TestKit.Conformance;

public abstract partial class SinkConformanceTests
{
    [Fact]
    public async Task ListIdsAsync_ManyPages_ListsEachOnceWithItsDocument()
    {
        await FillAsync();
        var records = Records("file:///a", 1_500).Concat(Records("file:///b", 1_000, 5_000)).ToList();
        foreach (var page in records.Chunk(500))
        {
            (await Sink.UpsertAsync(page, None)).ShouldBeEmpty();
        }

        var ids = await ListAsync();
        ids.ShouldBe(records.Select(static record => new StoredChunkId(record.Document, record.Chunk.Id)), ignoreOrder: true);
        (await ListAsync(DocumentId.FromUri("file:///b"))).Count.ShouldBe(1_000);
        (await ListAsync(DocumentId.FromUri("file:///none"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task FetchEmbeddingsAsync_KnownAndUnknown_ReturnsTheKnownExactly()
    {
        var records = await FillAsync([.. Records("file:///a", 30)]);
        var fetched = await Sink.FetchEmbeddingsAsync([.. records.Take(10).Select(static record => record.Chunk.Id), new ChunkId(Guid.NewGuid())], None);
        fetched.Count.ShouldBe(10);
        foreach (var record in records.Take(10))
        {
            ((DenseEmbedding)fetched[record.Chunk.Id]).Values.ToArray().ShouldBe(record.Values().ToArray());
        }
    }
}
