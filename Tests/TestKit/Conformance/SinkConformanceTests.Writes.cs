using Shouldly;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.TestKit.Conformance;

public abstract partial class SinkConformanceTests
{
    [Fact]
    public async Task UpsertAsync_Empty_DoesNothing()
    {
        await FillAsync();
        (await Sink.UpsertAsync([], None)).ShouldBeEmpty();
        await Sink.DeleteAsync([], None);
        await Sink.DeleteDocumentsAsync([], None);
        await Sink.RelocateAsync([], None);
        (await Sink.FetchEmbeddingsAsync([], None)).ShouldBeEmpty();
        (await Sink.CountAsync(None)).ShouldBe(0);
        (await ByVectorAsync(Vector(1))).ShouldBeEmpty();
        await ExpectByTextAsync("anything", static hits => hits.ShouldBeEmpty());
    }

    [Fact]
    public async Task UpsertAsync_SameTwice_ChangesNothing()
    {
        var records = await FillAsync([.. Records("file:///a", 20)]);
        await PutAsync(records);
        (await Sink.CountAsync(None)).ShouldBe(20);
        (await ListAsync()).Select(static id => id.Chunk).Order(Comparer<ChunkId>.Create(static (a, b) => a.Value.CompareTo(b.Value)))
            .ShouldBe(records.Select(static record => record.Chunk.Id).Order(Comparer<ChunkId>.Create(static (a, b) => a.Value.CompareTo(b.Value))));
        await ExpectByTextAsync("piece", static hits => hits.Count.ShouldBe(20), 100);
        (await ByVectorAsync(Vector(1), 100)).Count.ShouldBe(20);
    }

    [Fact]
    public async Task UpsertAsync_Overwrite_ReplacesAllOfIt()
    {
        var old = Record("file:///a", "first wording", 1, static chunk => chunk with { Title = "Oldtitle" });
        await FillAsync(old);
        var changed = old with
        {
            Chunk = old.Chunk with { Text = "second phrase", Title = "Newtitle", HeadingPath = ["Chapter"], Place = new Place(5, 9) { Page = 3 } },
            Embedding = new DenseEmbedding(Vector(2)),
        };
        await PutAsync([changed]);

        (await Sink.CountAsync(None)).ShouldBe(1);
        await ExpectByTextAsync("wording", static hits => hits.ShouldBeEmpty());
        await ExpectByTextAsync("oldtitle", static hits => hits.ShouldBeEmpty());
        await ExpectByTextAsync("phrase", static hits => hits.Count.ShouldBe(1));
        var hit = (await ByVectorAsync(Vector(2))).Single();
        (hit.Text, hit.Title, hit.Place.Page, hit.HeadingPath.Single()).ShouldBe(("second phrase", "Newtitle", 3, "Chapter"));
        hit.Score.ShouldBe(1, ScoreTolerance);
    }

    [Fact]
    public async Task UpsertAsync_IdTwiceInABatch_KeepsTheLast()
    {
        await FillAsync();
        var first = Record("file:///a", "twice", 1, static chunk => chunk with { Title = "First" });
        var last = first with { Chunk = first.Chunk with { Title = "Last" }, Embedding = new DenseEmbedding(Vector(2)) };
        (await Sink.UpsertAsync([first, Record("file:///a", "other", 3), last], None)).ShouldBeEmpty();
        await Sink.MakeVisibleAsync(None);
        (await Sink.CountAsync(None)).ShouldBe(2);
        (await ByVectorAsync(Vector(2), 1)).Single().Title.ShouldBe("Last");
        (await ListAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task UpsertAsync_BadVectors_RefusesThemAlone()
    {
        await FillAsync();
        float[] withNaN = Vector(1), withInfinity = Vector(2);
        withNaN[3] = float.NaN;
        withInfinity[3] = float.NegativeInfinity;
        var bad = new[]
        {
            Record("file:///a", "short", Vector(1, Dimension - 1)), Record("file:///a", "nan", withNaN), Record("file:///a", "infinite", withInfinity),
            Record("file:///a", "zero", new float[Dimension]),
        };
        var failures = await Sink.UpsertAsync([Record("file:///a", "good", 3), .. bad, Record("file:///a", "fine", 4)], None);

        await Sink.MakeVisibleAsync(None);
        failures.Select(static failure => failure.Chunk.Text).ShouldBe(["short", "nan", "infinite", "zero"], ignoreOrder: true);
        failures.ShouldAllBe(static failure => failure.Rejection.Reason == Reasons.RefusedBySink && failure.Rejection.Verdict == Verdict.Dead && failure.Rejection.Message.Length > 20);
        (await Sink.CountAsync(None)).ShouldBe(2);
        (await ByVectorAsync(Vector(3), 10)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("Grüße, 世界! Привет мир — naïve café 🦊 \u0301")]
    [InlineData("quotes \" ' ` ; DROP TABLE chunks; -- \\ % _ \t tab \r\n line")]
    [InlineData("before\0after")]
    public async Task UpsertAsync_AnyText_ComesBackAsItWas(string text)
    {
        if (!KeepsAnyCharacter && text.Contains('\0', StringComparison.Ordinal))
        {
            return;
        }

        var metadata = KeepsAnyCharacter
            ? new Dictionary<string, string>(StringComparer.Ordinal) { [text] = text, ["a.b[\"c\"]$"] = "dotted", [""] = "" }
            : new Dictionary<string, string>(StringComparer.Ordinal) { ["kind"] = text, ["Größe"] = "umlaut" };
        await FillAsync(Record("file:///" + Uri.EscapeDataString(text), text, 1, chunk => chunk with
        {
            Title = text,
            HeadingPath = [text, "", "third"],
            Metadata = metadata,
            Place = new Place(1, 2) { Line = 3, Page = 4, Row = 5_000_000_000, Part = text, Anchor = text },
        }));

        var hit = (await ByVectorAsync(Vector(1))).Single();
        hit.Text.ShouldBe(text);
        hit.Title.ShouldBe(text);
        hit.HeadingPath.ShouldBe([text, "", "third"]);
        hit.Metadata.ShouldNotBeNull().OrderBy(static pair => pair.Key, StringComparer.Ordinal).ShouldBe(metadata.OrderBy(static pair => pair.Key, StringComparer.Ordinal));
        hit.Place.ShouldBe(new Place(1, 2) { Line = 3, Page = 4, Row = 5_000_000_000, Part = text, Anchor = text });
        hit.Uri.ShouldBe("file:///" + Uri.EscapeDataString(text));
    }

    [Fact]
    public async Task UpsertAsync_LongTextAndLargeMetadata_AreKeptWhole()
    {
        var text = string.Concat(Enumerable.Range(0, Large.Words).Select(static i => $"word{i} "));
        var metadata = Enumerable.Range(0, Large.Pairs).ToDictionary(static i => $"key{i}", i => new string('v', Large.ValueLength) + i, StringComparer.Ordinal);
        await FillAsync(Record("file:///long", text, 1, chunk => chunk with { Metadata = metadata }));
        var key = $"key{Large.Pairs - 1}";
        var hit = (await ByVectorAsync(Vector(1), metadata: new() { [key] = metadata[key] })).Single();
        hit.Text.ShouldBe(text);
        hit.Metadata!.Count.ShouldBe(Large.Pairs);
        await ExpectByTextAsync($"word{Large.Words - 1}", static hits => hits.Count.ShouldBe(1));
    }

    [Fact]
    public async Task DeleteAsync_SomeIds_LeavesTheRest()
    {
        var records = await FillAsync([.. Records("file:///a", 10), .. Records("file:///b", 10, 50)]);
        await DeleteAsync(records[0].Chunk.Id, records[15].Chunk.Id, new ChunkId(Guid.NewGuid()));
        await DeleteAsync(records[0].Chunk.Id);

        (await Sink.CountAsync(None)).ShouldBe(18);
        (await ListAsync()).Select(static id => id.Chunk).ShouldNotContain(records[0].Chunk.Id);
        (await ByVectorAsync(Vector(1), 50)).ShouldNotContain(hit => hit.Id == records[0].Chunk.Id);
        await ExpectByTextAsync("piece", static hits => hits.Count.ShouldBe(18), 50);
        (await ListAsync(records[0].Document)).Count.ShouldBe(9);
    }

    [Fact]
    public async Task DeleteDocumentsAsync_MoreChunksThanAPage_RemovesThatDocumentOnly()
    {
        await FillAsync([.. Records("file:///keep", 5)]);
        await PutAsync(Records("file:///big", 4_500, 100));
        await DeleteDocumentsAsync(DocumentId.FromUri("file:///big"), DocumentId.FromUri("file:///unknown"));
        (await Sink.CountAsync(None)).ShouldBe(5);
        (await ListAsync()).ShouldAllBe(static id => id.Document == DocumentId.FromUri("file:///keep"));
        (await ByVectorAsync(Vector(200), 20)).Count.ShouldBe(5);
        await ExpectByTextAsync("piece", static hits => hits.Count.ShouldBe(5), 20);
    }

    [Fact]
    public async Task RelocateAsync_NewPlaceAndTitle_KeepsTextAndVector()
    {
        var record = Record("file:///a", "unmoved words", 1, static chunk => chunk with { Title = "Before", HeadingPath = ["Oldchapter"] });
        await FillAsync(record, Record("file:///b", "other words", 2));
        var moved = record.Chunk with
        {
            Title = "After",
            HeadingPath = ["Newchapter"],
            Place = new Place(100, 113) { Line = 7 },
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = "v" },
        };
        await RelocateAsync(moved, moved with { Id = new ChunkId(Guid.NewGuid()) });

        (await Sink.CountAsync(None)).ShouldBe(2);
        var hit = (await ByVectorAsync(Vector(1), metadata: new() { ["k"] = "v" })).Single();
        (hit.Title, hit.Place.Start, hit.Place.Line, hit.HeadingPath.Single(), hit.Text).ShouldBe(("After", 100, 7, "Newchapter", "unmoved words"));
        await ExpectByTextAsync("unmoved", static hits => hits.Count.ShouldBe(1));
        await ExpectByTextAsync("newchapter", static hits => hits.Count.ShouldBe(1));
        await ExpectByTextAsync("oldchapter", static hits => hits.ShouldBeEmpty());
        (await ByVectorAsync(Vector(1), 1)).Single().Id.ShouldBe(record.Chunk.Id);
    }
}
