using Shouldly;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.TestKit.Conformance;

/// <summary>What every sink must do. A database's tests derive from this and say how to open it.</summary>
public abstract class SinkConformanceTests : IAsyncLifetime
{
    private IVectorSink? _sink;

    protected static CancellationToken None => CancellationToken.None;

    protected IVectorSink Sink => _sink ?? throw new InvalidOperationException("not open");

    /// <summary>Opens the same empty, unique collection each time it is called within one test.</summary>
    protected abstract Task<IVectorSink> OpenAsync();

    /// <summary>Ways of comparing that the database is expected to support.</summary>
    protected virtual IReadOnlyList<Distance> Distances => [Distance.Cosine, Distance.Dot, Distance.Euclidean];

    public virtual async Task InitializeAsync() => _sink = await OpenAsync();

    public virtual async Task DisposeAsync() => await Sink.DisposeAsync();

    protected async Task ReopenAsync()
    {
        await Sink.DisposeAsync();
        _sink = await OpenAsync();
    }

    protected async Task<List<VectorRecord>> FillAsync(params VectorRecord[] records)
    {
        await Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await Sink.UpsertAsync(records, None)).ShouldBeEmpty();
        return [.. records];
    }

    protected async Task<List<StoredChunkId>> ListAsync(DocumentId? document = null)
    {
        var ids = new List<StoredChunkId>();
        await foreach (var page in Sink.ListIdsAsync(document, None))
        {
            page.Count.ShouldBeInRange(1, 10_000);
            ids.AddRange(page);
        }

        return ids;
    }

    protected Task<IReadOnlyList<SearchHit>> ByTextAsync(string text, int limit = 10, string? glob = null, Dictionary<string, string>? metadata = null) =>
        Sink.SearchAsync(new SearchQuery(text, null, SearchMode.FullText, limit) { UriGlob = glob, Metadata = metadata ?? [] }, None);

    protected Task<IReadOnlyList<SearchHit>> ByVectorAsync(float[] vector, int limit = 10, string? glob = null, Dictionary<string, string>? metadata = null) =>
        Sink.SearchAsync(new SearchQuery("", new DenseEmbedding(vector), SearchMode.Vector, limit) { UriGlob = glob, Metadata = metadata ?? [] }, None);

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
        var exception = await Should.ThrowAsync<StorageException>(() => ByTextAsync("anything"));
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
        (await Sink.UpsertAsync([Record("file:///b", "words", Vector(1, 8))], None)).ShouldBeEmpty();
        (await ByVectorAsync(Vector(1, 8))).Single().Uri.ShouldBe("file:///b");
        (await ByTextAsync("words")).Single().Uri.ShouldBe("file:///b");
    }

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
        (await ByTextAsync("anything")).ShouldBeEmpty();
    }

    [Fact]
    public async Task UpsertAsync_SameTwice_ChangesNothing()
    {
        var records = await FillAsync([.. Records("file:///a", 20)]);
        (await Sink.UpsertAsync(records, None)).ShouldBeEmpty();
        (await Sink.CountAsync(None)).ShouldBe(20);
        (await ListAsync()).Select(static id => id.Chunk).Order(Comparer<ChunkId>.Create(static (a, b) => a.Value.CompareTo(b.Value)))
            .ShouldBe(records.Select(static record => record.Chunk.Id).Order(Comparer<ChunkId>.Create(static (a, b) => a.Value.CompareTo(b.Value))));
        (await ByTextAsync("piece", 100)).Count.ShouldBe(20);
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
        (await Sink.UpsertAsync([changed], None)).ShouldBeEmpty();

        (await Sink.CountAsync(None)).ShouldBe(1);
        (await ByTextAsync("wording")).ShouldBeEmpty();
        (await ByTextAsync("oldtitle")).ShouldBeEmpty();
        var hit = (await ByTextAsync("phrase")).Single();
        (hit.Title, hit.Place.Page, hit.HeadingPath.Single()).ShouldBe(("Newtitle", 3, "Chapter"));
        (await ByVectorAsync(Vector(2))).Single().Score.ShouldBe(1, 1e-5);
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
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [text] = text, ["a.b[\"c\"]$"] = "dotted", [""] = "" };
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
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(static i => $"word{i} "));
        var metadata = Enumerable.Range(0, 500).ToDictionary(static i => $"key{i}", static i => new string('v', 200) + i, StringComparer.Ordinal);
        await FillAsync(Record("file:///long", text, 1, chunk => chunk with { Metadata = metadata }));
        var hit = (await ByTextAsync("word49999")).Single();
        hit.Text.ShouldBe(text);
        hit.Metadata!.Count.ShouldBe(500);
        (await ByTextAsync("word7", metadata: new() { ["key499"] = metadata["key499"] })).Count.ShouldBe(1);
    }

    [Fact]
    public async Task DeleteAsync_SomeIds_LeavesTheRest()
    {
        var records = await FillAsync([.. Records("file:///a", 10), .. Records("file:///b", 10, 50)]);
        await Sink.DeleteAsync([records[0].Chunk.Id, records[15].Chunk.Id, new ChunkId(Guid.NewGuid())], None);
        await Sink.DeleteAsync([records[0].Chunk.Id], None);

        (await Sink.CountAsync(None)).ShouldBe(18);
        (await ListAsync()).Select(static id => id.Chunk).ShouldNotContain(records[0].Chunk.Id);
        (await ByVectorAsync(Vector(1), 50)).ShouldNotContain(hit => hit.Id == records[0].Chunk.Id);
        (await ByTextAsync("piece", 50)).Count.ShouldBe(18);
        (await ListAsync(records[0].Document)).Count.ShouldBe(9);
    }

    [Fact]
    public async Task DeleteDocumentsAsync_MoreChunksThanAPage_RemovesThatDocumentOnly()
    {
        await FillAsync([.. Records("file:///keep", 5)]);
        foreach (var page in Records("file:///big", 4_500, 100).Chunk(900))
        {
            (await Sink.UpsertAsync(page, None)).ShouldBeEmpty();
        }

        await Sink.DeleteDocumentsAsync([DocumentId.FromUri("file:///big"), DocumentId.FromUri("file:///unknown")], None);
        (await Sink.CountAsync(None)).ShouldBe(5);
        (await ListAsync()).ShouldAllBe(static id => id.Document == DocumentId.FromUri("file:///keep"));
        (await ByVectorAsync(Vector(200), 20)).Count.ShouldBe(5);
        (await ByTextAsync("piece", 20)).Count.ShouldBe(5);
    }

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
        await Sink.RelocateAsync([moved, moved with { Id = new ChunkId(Guid.NewGuid()) }], None);

        (await Sink.CountAsync(None)).ShouldBe(2);
        var hit = (await ByTextAsync("unmoved", metadata: new() { ["k"] = "v" })).Single();
        (hit.Title, hit.Place.Start, hit.Place.Line, hit.HeadingPath.Single(), hit.Text).ShouldBe(("After", 100, 7, "Newchapter", "unmoved words"));
        (await ByTextAsync("newchapter")).Count.ShouldBe(1);
        (await ByTextAsync("oldchapter")).ShouldBeEmpty();
        (await ByVectorAsync(Vector(1), 1)).Single().Id.ShouldBe(record.Chunk.Id);
    }

    [Fact]
    public async Task SearchAsync_Vector_OrdersAsExactCosine()
    {
        var records = await FillAsync([.. Records("file:///a", 300)]);
        for (var question = 1000; question < 1010; question++)
        {
            var vector = Vector(question);
            var hits = await ByVectorAsync(vector, 25);
            var expected = records.OrderByDescending(record => Cosine(vector, record.Values())).Take(25).ToList();
            hits.Select(static hit => hit.Id).ShouldBe(expected.Select(static record => record.Chunk.Id));
            for (var i = 0; i < hits.Count; i++)
            {
                hits[i].Score.ShouldBe(Cosine(vector, expected[i].Values()), 1e-5);
            }
        }
    }

    [Theory]
    [InlineData(Distance.Dot)]
    [InlineData(Distance.Euclidean)]
    public async Task SearchAsync_OtherDistances_OrderExactly(Distance distance)
    {
        if (!Distances.Contains(distance))
        {
            await Should.ThrowAsync<CollectionMismatchException>(() => Sink.EnsureCollectionAsync(new CollectionSpec(Model(distance: distance)), None));
            return;
        }

        await Sink.EnsureCollectionAsync(new CollectionSpec(Model(distance: distance)), None);
        var records = Records("file:///a", 200);
        (await Sink.UpsertAsync(records, None)).ShouldBeEmpty();
        var question = Vector(999);
        var expected = records.OrderByDescending(record => Score(record.Values())).Take(100).Select(static record => record.Chunk.Id);
        (await ByVectorAsync(question, 100)).Select(static hit => hit.Id).ShouldBe(expected);

        double Score(ReadOnlySpan<float> values)
        {
            double score = 0;
            for (var i = 0; i < values.Length; i++)
            {
                score += distance == Distance.Dot ? question[i] * (double)values[i] : -Math.Pow(question[i] - (double)values[i], 2);
            }

            return score;
        }
    }

    [Fact]
    public async Task SearchAsync_EqualScores_OrderedByIdWhateverWasWrittenFirst()
    {
        var twins = Enumerable.Range(0, 40).Select(static i => Record($"file:///{i:00}", "the same words", 1)).ToArray();
        await FillAsync(twins);
        var expected = twins.Select(static record => record.Chunk.Id).OrderBy(static id => id.Value).ToList();
        (await ByVectorAsync(Vector(1), 40)).Select(static hit => hit.Id).ShouldBe(expected);
        (await ByVectorAsync(Vector(1), 7)).Select(static hit => hit.Id).ShouldBe(expected.Take(7));
        (await ByTextAsync("same", 7)).Select(static hit => hit.Id).ShouldBe(expected.Take(7));
    }

    [Fact]
    public async Task SearchAsync_LargestLimit_ReturnsThatMany()
    {
        await FillAsync();
        foreach (var page in Records("file:///a", 1_200).Chunk(600))
        {
            await Sink.UpsertAsync(page, None);
        }

        (await ByVectorAsync(Vector(1), 1_000)).Count.ShouldBe(1_000);
        (await ByTextAsync("piece", 1_000)).Count.ShouldBe(1_000);
        (await Sink.SearchAsync(new SearchQuery("piece", new DenseEmbedding(Vector(1)), SearchMode.Hybrid, 1_000), None)).Count.ShouldBe(1_000);
        await Should.ThrowAsync<ArgumentException>(() => ByVectorAsync(Vector(1), 1_001));
        await Should.ThrowAsync<ArgumentException>(() => ByVectorAsync(Vector(1), 0));
    }

    [Fact]
    public async Task SearchAsync_WrongDimension_Throws()
    {
        await FillAsync([.. Records("file:///a", 2)]);
        await Should.ThrowAsync<CollectionMismatchException>(() => ByVectorAsync(Vector(1, 3)));
    }

    [Fact]
    public async Task SearchAsync_FullText_RanksMoreMatchesHigher()
    {
        await FillAsync(
            Record("file:///1", "memory stays flat while the corpus grows", 1),
            Record("file:///2", "the corpus is large", 2),
            Record("file:///3", "nothing in common", 3));
        var hits = await ByTextAsync("is memory flat?");
        hits[0].Uri.ShouldBe("file:///1");
        hits.ShouldNotContain(static hit => hit.Uri == "file:///3");
        hits.ShouldAllBe(static hit => hit.Score > 0);
        hits.Select(static hit => hit.Score).ShouldBeInOrder(SortDirection.Descending);
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("\"unclosed quote")]
    [InlineData("AND OR NOT NEAR(")]
    [InlineData("col:value ^start *star -minus +plus")]
    [InlineData("( { [ ] } )")]
    [InlineData("text : \"\" words")]
    [InlineData("' OR 1=1 --")]
    [InlineData("\0 \u0001 🦊 ***")]
    [InlineData("\"\"\"\"\"")]
    [InlineData("   ")]
    public async Task SearchAsync_HostileText_IsOnlyText(string text)
    {
        await FillAsync(Record("file:///1", "plain words", 1));
        (await ByTextAsync(text)).Count.ShouldBeInRange(0, 1);
        (await ByTextAsync(text + " plain")).Single().Uri.ShouldBe("file:///1");
        (await Sink.SearchAsync(new SearchQuery(text, new DenseEmbedding(Vector(1)), SearchMode.Hybrid, 5), None)).Single().Uri.ShouldBe("file:///1");
    }

    [Fact]
    public async Task SearchAsync_QuotedPhrase_MatchesInThatOrderOnly()
    {
        await FillAsync(Record("file:///1", "back pressure flows upstream", 1), Record("file:///2", "pressure on the back", 2));
        (await ByTextAsync("\"back pressure\"")).Single().Uri.ShouldBe("file:///1");
        (await ByTextAsync("back pressure")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task SearchAsync_AccentsAndCase_DoNotMatter()
    {
        await FillAsync(Record("file:///1", "Über den Gebrauch des CAFÉS", 1));
        (await ByTextAsync("uber")).Count.ShouldBe(1);
        (await ByTextAsync("cafés")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task SearchAsync_Hybrid_FusesRanks()
    {
        await FillAsync(
            Record("file:///both", "quartz", 1),
            Record("file:///vector", "nothing alike", Vector(1)[..^1].Append(Vector(1)[^1] * 0.9f).ToArray()),
            Record("file:///text", "quartz and much more besides that dilutes it", Vector(1).Select(static value => -value).ToArray()));
        var hits = await Sink.SearchAsync(new SearchQuery("quartz", new DenseEmbedding(Vector(1)), SearchMode.Hybrid, 3), None);
        hits[0].Uri.ShouldBe("file:///both");
        hits[0].Score.ShouldBe(2.0 / 61, 1e-9);
        hits.Single(static hit => hit.Uri == "file:///text").Score.ShouldBe((1.0 / 62) + (1.0 / 63), 1e-9);
        hits.Single(static hit => hit.Uri == "file:///vector").Score.ShouldBe(1.0 / 62, 1e-9);
    }

    [Fact]
    public async Task SearchAsync_FilterThatFewMatch_StillFindsThem()
    {
        await FillAsync();
        var question = Vector(1);
        var near = Enumerable.Range(0, 900).Select(i => Record($"file:///near/{i}.md", $"common words {i}", Near(i))).ToList();
        var far = Enumerable.Range(0, 3).Select(i => Record($"file:///far/{i}.md", $"common words far {i}", Vector(1).Select(static value => -value).ToArray(),
            static chunk => chunk with { Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["kind"] = "rare", ["x"] = "1" } })).ToList();
        (await Sink.UpsertAsync(near, None)).ShouldBeEmpty();
        (await Sink.UpsertAsync(far, None)).ShouldBeEmpty();

        (await ByVectorAsync(question, 10, "file:///far/*")).Count.ShouldBe(3);
        (await ByTextAsync("common", 10, "far/*.md")).Count.ShouldBe(3);
        (await ByVectorAsync(question, 10, metadata: new() { ["kind"] = "rare" })).Count.ShouldBe(3);
        (await ByTextAsync("common", 10, metadata: new() { ["kind"] = "rare", ["x"] = "1" })).Count.ShouldBe(3);
        (await ByTextAsync("common", 10, metadata: new() { ["kind"] = "rare", ["x"] = "2" })).ShouldBeEmpty();
        (await ByVectorAsync(question, 10, metadata: new() { ["kind"] = "rar" })).ShouldBeEmpty();
        (await ByVectorAsync(question, 10, "far/2.md", new() { ["kind"] = "rare" })).Single().Uri.ShouldBe("file:///far/2.md");
        (await Sink.SearchAsync(new SearchQuery("common", new DenseEmbedding(question), SearchMode.Hybrid, 10) { UriGlob = "**/far/*.md" }, None)).Count.ShouldBe(3);
        (await ByVectorAsync(question, 10, "nowhere/**")).ShouldBeEmpty();

        float[] Near(int i)
        {
            var vector = Vector(1);
            vector[i % Dimension] += 0.001f * i;
            return vector;
        }
    }

    [Fact]
    public async Task UpsertAsync_AfterReopen_GoesOn()
    {
        var records = Records("file:///a", 40);
        await FillAsync([.. records.Take(25)]);
        await ReopenAsync();
        (await Sink.CountAsync(None)).ShouldBe(25);
        await Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await Sink.UpsertAsync(records, None)).ShouldBeEmpty();
        await ReopenAsync();
        (await Sink.CountAsync(None)).ShouldBe(40);
        (await ByVectorAsync(Vector(1), 1)).Single().Id.ShouldBe(records[0].Chunk.Id);
    }

    [Fact]
    public async Task UpsertAsync_ManyAtOnce_StoresEachOnce()
    {
        await FillAsync();
        var records = Enumerable.Range(0, 40).Select(static i => Records($"file:///{i}", 25, i * 100)).ToList();
        await Task.WhenAll(records.Select(async (page, i) =>
        {
            (await Sink.UpsertAsync(page, None)).ShouldBeEmpty();
            if (i % 4 == 0)
            {
                await Sink.DeleteDocumentsAsync([page[0].Document], None);
            }
        }));
        (await Sink.CountAsync(None)).ShouldBe(30 * 25);
        (await ListAsync()).Distinct().Count().ShouldBe(30 * 25);
    }

    [Fact]
    public async Task UpsertAsync_Cancelled_ThrowsAndTheSinkGoesOn()
    {
        await FillAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Sink.UpsertAsync(Records("file:///a", 3), cancelled.Token));
        (await Sink.UpsertAsync(Records("file:///a", 3), None)).ShouldBeEmpty();
        (await Sink.CountAsync(None)).ShouldBe(3);
    }

    [Fact]
    public async Task DisposeAsync_Twice_ThenEveryCallThrows()
    {
        await FillAsync();
        var sink = await OpenAsync();
        await sink.DisposeAsync();
        await sink.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => sink.CountAsync(None));
        await Should.ThrowAsync<ObjectDisposedException>(() => sink.UpsertAsync(Records("file:///a", 1), None));
        (await Sink.CountAsync(None)).ShouldBe(0);
    }
}
