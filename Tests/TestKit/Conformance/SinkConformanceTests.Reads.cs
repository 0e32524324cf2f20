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
        await PutAsync(records);

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
            SameValues(((DenseEmbedding)fetched[record.Chunk.Id]).Values.Span, record.Values());
        }
    }

    [Fact]
    public async Task ReadRecordsAsync_KnownAndUnknown_ReturnsTheKnownWhole()
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["author"] = "Ada", ["year"] = "1843" };
        var record = Record("file:///whole.md", "text of the whole record", 7, chunk => chunk with
        {
            Title = "Notes",
            HeadingPath = ["First", "Second"],
            Metadata = metadata,
            Place = new Place(10, 34) { Line = 3, Page = 2, Row = 77, Part = "sheet", Anchor = "top" },
        });
        await FillAsync([record, .. Records("file:///a", 30)]);
        var read = await Sink.ReadRecordsAsync([record.Chunk.Id, new ChunkId(Guid.NewGuid()), Records("file:///a", 1)[0].Chunk.Id], None);

        read.Count.ShouldBe(2);
        var whole = read.Single(found => found.Chunk.Id == record.Chunk.Id);
        (whole.Document, whole.Uri, whole.Chunk.Text, whole.Chunk.Title).ShouldBe((record.Document, record.Uri, record.Chunk.Text, "Notes"));
        whole.Chunk.HeadingPath.ShouldBe(["First", "Second"]);
        whole.Chunk.Place.ShouldBe(record.Chunk.Place);
        whole.Chunk.Metadata.ShouldNotBeNull().OrderBy(static pair => pair.Key, StringComparer.Ordinal).ShouldBe(metadata);
        SameValues(whole.Values(), record.Values());
        (await Sink.ReadRecordsAsync([], None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task ReadRecordsAsync_APageOfThem_ComesBackToBeWrittenElsewhere()
    {
        var records = await FillAsync([.. Records("file:///a", 1_000)]);
        var read = await Sink.ReadRecordsAsync([.. records.Select(static record => record.Chunk.Id)], None);
        read.Select(static record => record.Chunk.Id).ShouldBe(records.Select(static record => record.Chunk.Id), ignoreOrder: true);
        await Sink.DropCollectionAsync(None);
        await Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        await PutAsync(read);
        (await ByVectorAsync(records[5].Values().ToArray(), 1)).Single().Id.ShouldBe(records[5].Chunk.Id);
        (await Sink.CountAsync(None)).ShouldBe(1_000);
    }
}
