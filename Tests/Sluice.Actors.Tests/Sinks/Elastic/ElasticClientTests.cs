using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Clients;
using Sluice.TestKit.Simulators.Elastic;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Elastic;

/// <summary>Elastic's and OpenSearch's own clients against the simulator: what they write the sink reads, what the sink writes they read, and the simulator answers them as their servers do.</summary>
public sealed class ElasticClientTests
{
    private static CancellationToken None => CancellationToken.None;

    public static TheoryData<string> Clients => ["elasticsearch", "opensearch"];

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Client_ReadsWhatTheSinkWrote(string name)
    {
        await using var harness = await StartAsync(name);
        await using var client = await NodeClient.StartAsync(name, new { url = harness.Simulator.Address });
        var records = Records("file:///a", 30);
        records[3] = records[3] with { Chunk = records[3].Chunk with { Title = "Grüße 🦊", Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["author"] = "Ada" } } };
        (await harness.Sink.UpsertAsync(records, None)).ShouldBeEmpty();
        await client.CallAsync("refresh", new { index = ElasticHarness.Index });

        (await client.CallAsync("version")).GetString().ShouldNotBeNullOrEmpty();
        (await client.CallAsync("exists", new { index = ElasticHarness.Index })).GetBoolean().ShouldBeTrue();
        (await client.CallAsync("count", new { index = ElasticHarness.Index })).GetInt64().ShouldBe(30);
        var described = await client.CallAsync("describe", new { index = ElasticHarness.Index });
        described.GetProperty("mappings").GetProperty("properties").GetProperty("embedding").GetProperty(name == "opensearch" ? "dimension" : "dims").GetInt32().ShouldBe(Dimension);
        described.GetProperty("mappings").GetProperty("_meta").GetProperty("sluice").GetProperty("model").GetString().ShouldBe("sample-model");

        object body = name == "opensearch"
            ? new { query = new { knn = new { embedding = new { vector = Vector(8), k = 5 } } }, size = 5 }
            : new { knn = new { field = "embedding", query_vector = Vector(8), k = 5, num_candidates = 50 }, size = 5 };
        var near = await client.CallAsync("search", new { index = ElasticHarness.Index, body });
        var ours = await harness.Sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(8)), SearchMode.Vector, 5), None);
        near.EnumerateArray().Select(static hit => hit.GetProperty("_id").GetString()).ShouldBe(ours.Select(static hit => hit.Id.ToString()));

        var found = (await client.CallAsync("search", new { index = ElasticHarness.Index, body = new { query = new { term = new Dictionary<string, string>(StringComparer.Ordinal) { ["metadata.author"] = "Ada" } } } }))[0].GetProperty("_source");
        (found.GetProperty("uri").GetString(), found.GetProperty("title").GetString(), found.GetProperty("text").GetString()).ShouldBe(("file:///a", "Grüße 🦊", records[3].Chunk.Text));
        (await client.CallAsync("search", new { index = ElasticHarness.Index, body = new { query = new { match = new { text = "PIECES" } }, size = 100 } })).GetArrayLength().ShouldBe(30);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Sink_ReadsWhatTheClientWroteAndDeleted(string name)
    {
        await using var harness = await StartAsync(name);
        await using var client = await NodeClient.StartAsync(name, new { url = harness.Simulator.Address });
        var document = DocumentId.FromUri("file:///other");
        var documents = Enumerable.Range(0, 25).Select(i => new
        {
            chunk = Guid.NewGuid(),
            document = document.ToString(),
            uri = "file:///other",
            path = new[] { "/other" },
            text = $"from elsewhere {i}",
            place = new { start = 0, end = 14, page = 3 },
            metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["from"] = "client" },
            embedding = Vector(100 + i),
        }).ToList();
        var stats = await client.CallAsync("load", new { index = ElasticHarness.Index, documents });
        (stats.GetProperty("successful").GetInt32(), stats.GetProperty("failed").GetInt32()).ShouldBe((25, 0));

        (await harness.Sink.CountAsync(None)).ShouldBe(25);
        var hit = (await harness.Sink.SearchAsync(new SearchQuery("elsewhere", new DenseEmbedding(Vector(107)), SearchMode.Vector, 1) { UriGlob = "/oth*", Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["from"] = "client" } }, None)).Single();
        (hit.Id.Value, hit.Text, hit.Place.Page).ShouldBe((documents[7].chunk, "from elsewhere 7", 3));
        var record = (await harness.Sink.ReadRecordsAsync([new ChunkId(documents[2].chunk)], None)).Single();
        (record.Document, record.Uri).ShouldBe((document, "file:///other"));
        record.Values().ToArray().ShouldBe(Vector(102));

        await client.CallAsync("removeByQuery", new { index = ElasticHarness.Index, query = new { term = new { document = new { value = document.ToString() } } } });
        (await harness.Sink.CountAsync(None)).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Simulator_RefusedItems_AreTriedAgainOrDroppedByTheClientAsItsServerWouldHaveIt(string name)
    {
        await using var harness = await StartAsync(name);
        await using var client = await NodeClient.StartAsync(name, new { url = harness.Simulator.Address });
        var documents = Enumerable.Range(0, 20).Select(static i => new { chunk = Guid.NewGuid().ToString(), text = $"{i}", embedding = Vector(i + 1, i == 4 ? 3 : Dimension) }).ToList();
        var busy = new HashSet<string>(StringComparer.Ordinal) { documents[1].chunk, documents[9].chunk };
        harness.Simulator.RefuseItem = (_, id) => busy.Remove(id) ? (429, "es_rejected_execution_exception") : null;
        var stats = await client.CallAsync("load", new { index = ElasticHarness.Index, documents });
        (stats.GetProperty("successful").GetInt32(), stats.GetProperty("failed").GetInt32()).ShouldBe((19, 1));
        stats.GetProperty("retry").GetInt32().ShouldBeGreaterThanOrEqualTo(2);
        stats.GetProperty("dropped")[0].GetProperty("status").GetInt32().ShouldBe(400);
        harness.Simulator.Ids(ElasticHarness.Index).Count.ShouldBe(19);
    }

    [Fact]
    public async Task Client_OfElastic_RefusesWhatDoesNotSayItIsElasticsearch()
    {
        await using var harness = await StartAsync("opensearch");
        await using var client = await NodeClient.StartAsync("elasticsearch", new { url = harness.Simulator.Address });
        (await Should.ThrowAsync<NodeClientException>(() => client.CallAsync("count", new { index = ElasticHarness.Index }))).Message.ShouldNotBeEmpty();
    }

    private static Task<ElasticHarness> StartAsync(string name) => ElasticHarness.StartAsync(name == "opensearch" ? ElasticEdition.OpenSearch : ElasticEdition.Elasticsearch);
}
