using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Clients;
using Sluice.TestKit.Simulators.Qdrant;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Qdrant;

/// <summary>Qdrant's own client against the simulator: what it writes the sink reads, what the sink writes it reads, and the simulator answers it as Qdrant does.</summary>
public sealed class QdrantClientTests : IAsyncLifetime
{
    private const string Collection = "docs";

    private readonly QdrantSimulator _server = new("secret-key");
    private readonly string _keyFile = Path.GetTempFileName();
    private NodeClient _client = null!;
    private IVectorSink _sink = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        await _server.StartAsync();
        await File.WriteAllTextAsync(_keyFile, "secret-key\n");
        _sink = VectorSinks.Open($"qdrant://127.0.0.1:{_server.Port}/{Collection}?api-key-file={Uri.EscapeDataString(_keyFile)}", new SinkOptions(), TimeProvider.System);
        _client = await NodeClient.StartAsync("qdrant", new { url = _server.Address, apiKey = "secret-key" });
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _sink.DisposeAsync();
        File.Delete(_keyFile);
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Client_ReadsWhatTheSinkWrote()
    {
        await _sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var records = Records("file:///a", 30);
        records[3] = records[3] with { Chunk = records[3].Chunk with { Title = "Grüße 🦊", Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["author"] = "Ada" } } };
        (await _sink.UpsertAsync(records, None)).ShouldBeEmpty();

        var described = await _client.CallAsync("describe", new { name = Collection });
        described.GetProperty("config").GetProperty("params").GetProperty("vectors").GetProperty("dense").GetProperty("size").GetInt32().ShouldBe(Dimension);
        described.GetProperty("status").GetString().ShouldBe("green");
        (await CountAsync()).ShouldBe(30);

        var point = (await _client.CallAsync("retrieve", new { name = Collection, ids = new[] { records[3].Chunk.Id.ToString() } }))[0];
        var payload = point.GetProperty("payload");
        (payload.GetProperty("uri").GetString(), payload.GetProperty("text").GetString(), payload.GetProperty("title").GetString(), payload.GetProperty("metadata").GetProperty("author").GetString())
            .ShouldBe(("file:///a", records[3].Chunk.Text, "Grüße 🦊", "Ada"));
        var stored = point.GetProperty("vector").GetProperty("dense").EnumerateArray().Select(static value => value.GetSingle()).ToArray();
        Cosine(stored, records[3].Values()).ShouldBe(1, 1e-6);
        stored.Sum(static value => value * value).ShouldBe(1, 1e-5);

        var found = await QueryAsync(new { query = Vector(8), @using = "dense", limit = 5, filter = new { must = new[] { new { key = "doc", match = new { value = records[0].Document.ToString() } } } } });
        var ours = await _sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(8)), SearchMode.Vector, 5), None);
        found.Select(static hit => hit.Id).ShouldBe(ours.Select(static hit => hit.Id.ToString()));

        var listed = await _client.CallAsync("scroll", new { name = Collection, limit = 7 });
        listed.EnumerateArray().Select(static one => one.GetProperty("id").GetString()).ShouldBe(records.Select(static record => record.Chunk.Id.ToString()), ignoreOrder: true);
    }

    [Fact]
    public async Task Sink_ReadsWhatTheClientWroteAndDeleted()
    {
        await _sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await _sink.UpsertAsync(Records("file:///a", 5), None)).ShouldBeEmpty();
        var document = DocumentId.FromUri("file:///other");
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        await _client.CallAsync("upsert", new
        {
            name = Collection,
            points = new[]
            {
                new { id = first, vector = new { dense = Vector(100) }, payload = new { doc = document.ToString(), uri = "file:///other", text = "from elsewhere", start = 0, end = 14 } },
                new { id = second, vector = new { dense = Vector(101) }, payload = new { doc = document.ToString(), uri = "file:///other", text = "from there too", start = 14, end = 28 } },
            },
        });
        (await _sink.CountAsync(None)).ShouldBe(7);
        var hit = (await _sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(100)), SearchMode.Vector, 1), None)).Single();
        (hit.Id.Value, hit.Text, hit.Uri).ShouldBe((first, "from elsewhere", "file:///other"));
        Cosine(((DenseEmbedding)(await _sink.FetchEmbeddingsAsync([new ChunkId(second)], None)).Values.Single()).Values.Span, Vector(101)).ShouldBe(1, 1e-6);

        await _client.CallAsync("remove", new { name = Collection, selection = new { points = new[] { first } } });
        var ids = new List<StoredChunkId>();
        await foreach (var page in _sink.ListIdsAsync(document, None))
        {
            ids.AddRange(page);
        }

        ids.ShouldBe([new StoredChunkId(document, new ChunkId(second))]);
        await _sink.DeleteDocumentsAsync([document], None);
        (await CountAsync()).ShouldBe(5);
    }

    [Fact]
    public async Task Simulator_AnswersTheClientAsQdrantDoes()
    {
        (await _client.CallAsync("version")).GetProperty("version").GetString().ShouldBe("1.19.0");
        (await _client.CallAsync("exists", new { name = "plain" })).GetProperty("exists").GetBoolean().ShouldBeFalse();
        var settings = new { vectors = new { size = 3, distance = "Dot" }, sparse_vectors = new { words = new { modifier = "idf" } } };
        (await _client.CallAsync("create", new { name = "plain", settings })).GetBoolean().ShouldBeTrue();
        (await Should.ThrowAsync<NodeClientException>(() => _client.CallAsync("create", new { name = "plain", settings }))).Message.ShouldContain("Conflict");
        await _client.CallAsync("index", new { name = "plain", field = "city", schema = "keyword" });
        await _client.CallAsync("upsertColumns", new
        {
            name = "plain",
            batch = new { ids = new[] { 1, 2, 3 }, vectors = new[] { new[] { 1f, 0, 0 }, new[] { 0f, 1, 0 }, new[] { 0f, 0, 2 } }, payloads = new[] { new { city = "Oslo" }, new { city = "Rome" }, new { city = "Rome" } } },
        });
        await _client.CallAsync("upsert", new { name = "plain", points = new[] { new { id = 4, vector = new { words = new { indices = new[] { 7, 3 }, values = new[] { 1f, 2 } } } } } });

        var hits = await _client.CallAsync("query", new { name = "plain", query = new { query = new[] { 0f, 1, 1 }, limit = 2, with_payload = true } });
        hits.GetProperty("points").EnumerateArray().Select(static hit => (hit.GetProperty("id").GetInt32(), hit.GetProperty("score").GetSingle())).ShouldBe([(3, 2f), (2, 1f)]);
        hits = await _client.CallAsync("query", new { name = "plain", query = new { query = new { indices = new[] { 3 }, values = new[] { 1f } }, @using = "words", limit = 2 } });
        hits.GetProperty("points")[0].GetProperty("id").GetInt32().ShouldBe(4);
        hits = await _client.CallAsync("query", new
        {
            name = "plain",
            query = new
            {
                prefetch = new object[] { new { query = new[] { 0f, 1, 1 }, limit = 5 }, new { query = new { indices = new[] { 7 }, values = new[] { 1f } }, @using = "words", limit = 5 } },
                query = new { fusion = "rrf" },
                limit = 3,
            },
        });
        hits.GetProperty("points").GetArrayLength().ShouldBe(3);
        var facets = await _client.CallAsync("facet", new { name = "plain", request = new { key = "city", exact = true } });
        facets.GetProperty("hits").EnumerateArray().Select(static hit => (hit.GetProperty("value").GetString(), hit.GetProperty("count").GetInt32())).ShouldBe([("Rome", 2), ("Oslo", 1)]);

        foreach (var (command, arguments, reason) in new (string, object, string)[]
        {
            ("upsert", new { name = "plain", points = new[] { new { id = 9, vector = new[] { 1f } } } }, "Bad Request"),
            ("upsert", new { name = "plain", points = new[] { new { id = "nine", vector = new[] { 1f, 2, 3 } } } }, "Bad Request"),
            ("upsert", new { name = "nowhere", points = new[] { new { id = 9, vector = new[] { 1f, 2, 3 } } } }, "Not Found"),
            ("facet", new { name = "plain", request = new { key = "name" } }, "Bad Request"),
        })
        {
            (await Should.ThrowAsync<NodeClientException>(() => _client.CallAsync(command, arguments))).Message.ShouldContain(reason);
        }

        (await _client.CallAsync("count", new { name = "plain" })).GetProperty("count").GetInt32().ShouldBe(4);
        await using var stranger = await NodeClient.StartAsync("qdrant", new { url = _server.Address, apiKey = "wrong" });
        (await Should.ThrowAsync<NodeClientException>(() => stranger.CallAsync("collections"))).Message.ShouldContain("Unauthorized");
        (await _client.CallAsync("drop", new { name = "plain" })).GetBoolean().ShouldBeTrue();
    }

    private async Task<int> CountAsync() => (await _client.CallAsync("count", new { name = Collection })).GetProperty("count").GetInt32();

    private async Task<List<(string Id, double Score)>> QueryAsync(object query) =>
        [.. (await _client.CallAsync("query", new { name = Collection, query })).GetProperty("points").EnumerateArray().Select(static hit => (hit.GetProperty("id").GetString()!, hit.GetProperty("score").GetDouble()))];
}
