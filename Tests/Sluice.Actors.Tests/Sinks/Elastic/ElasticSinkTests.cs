using System.Text;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators.Elastic;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Elastic;

public sealed class ElasticSinkTests
{
    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData("9.3.1", "", true, false)]
    [InlineData("9.2.0", "", false, false)]
    [InlineData("8.18.0", "?gzip=true", false, true)]
    public async Task Upsert_VersionAndAddress_DecideHowVectorsAreSent(string version, string parameters, bool base64, bool gzip)
    {
        await using var harness = await ElasticHarness.StartAsync(new ElasticEdition(false, Version.Parse(version)), parameters);
        harness.Simulator.Requests.KeepBodies = true;
        var record = Record("file:///a", "text", 1);
        (await harness.Sink.UpsertAsync([record], None)).ShouldBeEmpty();
        var request = harness.Simulator.Requests.Of("POST", "/*/_bulk").Single().Request;
        request.Header("Content-Type").ShouldBe("application/x-ndjson");
        (request.Header("Content-Encoding") == "gzip").ShouldBe(gzip);
        request.Text.Contains("\"embedding\":\"", StringComparison.Ordinal).ShouldBe(base64);
        request.Text.Contains("\"embedding\":[", StringComparison.Ordinal).ShouldBe(!base64);
        var fetched = await harness.Sink.FetchEmbeddingsAsync([record.Chunk.Id], None);
        ((DenseEmbedding)fetched[record.Chunk.Id]).Values.ToArray().ShouldBe(record.Values().ToArray());
    }

    [Fact]
    public async Task EncodedBytes_IsNotLessThanWhatIsSent()
    {
        foreach (var version in new[] { "9.3.1", "8.18.0" })
        {
            await using var harness = await ElasticHarness.StartAsync(new ElasticEdition(false, Version.Parse(version)));
            var records = Enumerable.Range(0, 50).Select(static i => Record($"file:///folder/{i}/Grüße.md", string.Concat(Enumerable.Repeat("Grüße, 世界 \"quoted\" text ", i)), i + 1, chunk => chunk with
            {
                Title = "Title",
                HeadingPath = ["One", "Two"],
                Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["author"] = "Ada", ["number"] = $"{i}" },
            })).ToList();
            await harness.Sink.UpsertAsync(records, None);
            var sent = harness.Simulator.Requests.Of("POST", "/*/_bulk").Single().BodyBytes;
            var estimate = records.Sum(harness.Sink.EncodedBytes);
            estimate.ShouldBeInRange(sent, sent * 3);
        }
    }

    [Fact]
    public async Task DeleteDocuments_WrittenByAnotherProcessAndNotRefreshed_AreDeletedToo()
    {
        await using var harness = await ElasticHarness.StartAsync();
        await using var other = harness.Open();
        await other.UpsertAsync(Records("file:///a", 7), None);
        await harness.Sink.DeleteDocumentsAsync([DocumentId.FromUri("file:///a")], None);
        await harness.HoldsAsync([]);
    }

    [Fact]
    public async Task ListIds_PointInTime_IsClosedWhenAllIsListedAndWhenNobodyWantsMore()
    {
        foreach (var edition in new[] { ElasticEdition.Elasticsearch, ElasticEdition.OpenSearch })
        {
            await using var harness = await ElasticHarness.StartAsync(edition);
            await harness.Sink.UpsertAsync(Records("file:///a", 10), None);
            await foreach (var page in harness.Sink.ListIdsAsync(null, None))
            {
                harness.Simulator.OpenPoints.ShouldBe(1);
                break;
            }

            harness.Simulator.OpenPoints.ShouldBe(0);
        }
    }

    [Fact]
    public async Task ListIds_ForeignDocument_IsListedAsNobodys()
    {
        await using var harness = await ElasticHarness.StartAsync();
        var id = Guid.NewGuid();
        using var client = new HttpClient { BaseAddress = new Uri(harness.Simulator.Address) };
        using var body = new StringContent($"{{\"index\":{{\"_id\":\"{id}\"}}}}\n{{\"note\":\"from somewhere else\"}}\n", Encoding.UTF8, "application/x-ndjson");
        (await client.PostAsync(new Uri("/chunks/_bulk", UriKind.Relative), body)).EnsureSuccessStatusCode();
        var listed = new List<StoredChunkId>();
        await foreach (var page in harness.Sink.ListIdsAsync(null, None))
        {
            listed.AddRange(page);
        }

        listed.ShouldBe([new StoredChunkId(default, new ChunkId(id))]);
    }

    [Fact]
    public async Task Ensure_IndexOfSomebodyElse_IsRefusedInWords()
    {
        await using var harness = await ElasticHarness.StartAsync(make: false);
        using var client = new HttpClient { BaseAddress = new Uri(harness.Simulator.Address) };
        using var body = new StringContent("""{"mappings":{"properties":{"title":{"type":"text"}}}}""", Encoding.UTF8, "application/json");
        (await client.PutAsync(new Uri("/chunks", UriKind.Relative), body)).EnsureSuccessStatusCode();
        (await Should.ThrowAsync<CollectionMismatchException>(() => harness.Sink.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("not made by Sluice");
    }

    [Fact]
    public async Task Ensure_AnotherLanguage_IsRefusedAndNoneSaidIsNot()
    {
        await using var harness = await ElasticHarness.StartAsync(parameters: "?language=german");
        await using var french = harness.Open("?language=french");
        (await Should.ThrowAsync<CollectionMismatchException>(() => french.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("german");
        await using var silent = harness.Open();
        await silent.EnsureCollectionAsync(new CollectionSpec(Model()), None);
    }

    [Fact]
    public async Task Ensure_ManyAtOnce_MakeOneIndex()
    {
        await using var harness = await ElasticHarness.StartAsync(make: false);
        var sinks = Enumerable.Range(0, 6).Select(_ => harness.Open()).ToList();
        await Task.WhenAll(sinks.Select(static sink => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None)));
        foreach (var sink in sinks)
        {
            (await sink.CountAsync(None)).ShouldBe(0);
            await sink.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("elasticsearch", true, "3.3.0", "opensearch://")]
    [InlineData("opensearch", false, "9.3.1", "elasticsearch://")]
    [InlineData("elasticsearch", false, "8.6.0", "8.15 or later")]
    [InlineData("opensearch", true, "2.9.0", "2.13 or later")]
    public async Task Describe_OtherServerOrTooOld_SaysSo(string scheme, bool openSearch, string version, string said)
    {
        await using var simulator = new ElasticSimulator(new ElasticEdition(openSearch, Version.Parse(version)));
        await simulator.StartAsync();
        await using var sink = Actors.Sinks.VectorSinks.Open($"{scheme}://127.0.0.1:{simulator.Port}/chunks", new Actors.Sinks.SinkOptions(), TimeProvider.System);
        (await Should.ThrowAsync<StorageException>(() => sink.DescribeAsync(None))).Message.ShouldContain(said);
    }

    [Fact]
    public async Task Ensure_SeveralVectorsOnAnOldServer_SaysWhichVersionHasThem()
    {
        await using var harness = await ElasticHarness.StartAsync(new ElasticEdition(true, new Version(2, 19, 0)), make: false);
        (await Should.ThrowAsync<StorageException>(() => harness.Sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: EmbeddingKind.MultiVector)), None))).Message.ShouldContain("3.3");
        harness.Simulator.Requests.Count("PUT", "/*").ShouldBe(0);
    }

    [Theory]
    [InlineData("", "", "id:key", "ApiKey aWQ6a2V5")]
    [InlineData("", "", "ZW5jb2RlZA==", "ApiKey ZW5jb2RlZA==")]
    [InlineData("", "&auth=bearer", "token-1", "Bearer token-1")]
    [InlineData("elastic@", "", "pass:word", "Basic ZWxhc3RpYzpwYXNzOndvcmQ=")]
    public async Task Requests_Secret_IsSentInItsForm(string user, string parameters, string secret, string header)
    {
        await using var harness = await ElasticHarness.StartAsync(make: false);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, secret + "\n");
            harness.Simulator.Authorization = header;
            await using var sink = harness.Open($"?api-key-file={Uri.EscapeDataString(file)}{parameters}", user);
            (await sink.DescribeAsync(None)).ShouldBeNull();

            harness.Simulator.Authorization = "something else";
            await using var refused = harness.Open($"?api-key-file={Uri.EscapeDataString(file)}{parameters}", user);
            var exception = await Should.ThrowAsync<StorageException>(() => refused.DescribeAsync(None));
            exception.Message.ShouldContain("refused the key (401)");
            exception.ToString().ShouldNotContain(secret);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Upsert_SparseWithWeightsThatCannotBeIndexed_RefusesThemAlone()
    {
        await using var harness = await ElasticHarness.StartAsync(make: false);
        await harness.Sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: EmbeddingKind.Sparse, distance: Distance.Dot)), None);
        var good = Record("file:///a", "good", 1) with { Embedding = new SparseEmbedding(new[] { 1, 5 }, new[] { 0.5f, 0f }) };
        var negative = Record("file:///a", "negative", 1) with { Embedding = new SparseEmbedding(new[] { 1 }, new[] { -0.5f }) };
        var nothing = Record("file:///a", "nothing", 1) with { Embedding = new SparseEmbedding(new[] { 1 }, new[] { 0f }) };
        (await harness.Sink.UpsertAsync([good, negative, nothing], None)).Select(static failure => failure.Chunk.Text).ShouldBe(["negative", "nothing"]);
        await harness.HoldsAsync([good]);
    }

    [Fact]
    public async Task Search_QuantizedIndex_AsksForRescoringWithTheVectorsAsTheyAre()
    {
        await using var harness = await ElasticHarness.StartAsync(change: static options => options.Elasticsearch.ExactBelow = 0);
        var records = Records("file:///a", 40);
        await harness.Sink.UpsertAsync(records, None);
        harness.Simulator.Requests.KeepBodies = true;
        var hits = await harness.Sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(3)), SearchMode.Vector, 3), None);
        hits[0].Id.ShouldBe(records[2].Chunk.Id);
        hits[0].Score.ShouldBe(1, 1e-5);
        harness.Simulator.Requests.Of("POST", "/*/_search")[0].Request.Text.ShouldContain("\"rescore_vector\":{\"oversample\":3}");
    }

    [Fact]
    public async Task Search_LongMetadataValue_IsKeptAndNotSearchedFor()
    {
        await using var harness = await ElasticHarness.StartAsync();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["long"] = new string('x', 40_000), ["short"] = "y", [".odd..key."] = "1", ["100%"] = "2", ["a\0b"] = "3" };
        await harness.Sink.UpsertAsync([Record("file:///a", "text", 1, chunk => chunk with { Metadata = metadata })], None);
        foreach (var (key, value) in metadata)
        {
            var hits = await harness.Sink.SearchAsync(new SearchQuery("text", null, SearchMode.FullText, 1) { Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [key] = value } }, None);
            hits.Count.ShouldBe(key == "long" ? 0 : 1, key);
            hits.ShouldAllBe(hit => hit.Metadata!.Count == metadata.Count && hit.Metadata.All(pair => metadata[pair.Key] == pair.Value));
        }
    }

    [Theory]
    [InlineData("elasticsearch://h/Upper", "lower-case")]
    [InlineData("elasticsearch://h/_x", "lower-case")]
    [InlineData("elasticsearch://h/x?index=hsnw", "hnsw")]
    [InlineData("opensearch://h/x?index=int8_hnsw", "lucene")]
    [InlineData("elasticsearch://h/x?language=klingon", "language")]
    [InlineData("elasticsearch://u@h/x?auth=bearer", "choose one")]
    [InlineData("elasticsearch://h/x?shards=0", "shards")]
    public void Open_WrongAddress_SaysWhatIsLegal(string uri, string said) =>
        Should.Throw<ConfigurationException>(() => Actors.Sinks.VectorSinks.Open(uri, new Actors.Sinks.SinkOptions(), TimeProvider.System)).Message.ShouldContain(said);
}
