using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Clients;
using Sluice.TestKit.Simulators.Pinecone;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Pinecone;

/// <summary>Pinecone's own client against the simulator: what it writes the sink reads, what the sink writes it reads, and the simulator answers it as Pinecone does.</summary>
public sealed class PineconeClientTests : IAsyncLifetime
{
    private readonly PineconeSimulator _server = new();
    private readonly PineconeKeyFile _key = new();
    private NodeClient _client = null!;
    private IVectorSink _sink = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        await _server.StartAsync();
        _sink = _key.Open(_server, parameters: "&namespace=ns");
        _client = await NodeClient.StartAsync("pinecone", new { url = _server.Address, apiKey = "test-key" });
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _sink.DisposeAsync();
        _key.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Client_ReadsWhatTheSinkWrote()
    {
        await _sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var records = Records("file:///a", 250);
        records[3] = records[3] with { Chunk = records[3].Chunk with { Title = "Grüße 🦊", Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["author"] = "Ada" } } };
        (await _sink.UpsertAsync(records, None)).ShouldBeEmpty();
        await _sink.MakeVisibleAsync(None);

        var fetched = (await _client.CallAsync("fetch", new { @namespace = "ns", ids = new[] { records[3].Chunk.Id.ToString() } })).GetProperty("records").GetProperty(records[3].Chunk.Id.ToString());
        fetched.GetProperty("values").EnumerateArray().Select(static value => value.GetSingle()).ToArray().ShouldBe(records[3].Values().ToArray());
        var metadata = fetched.GetProperty("metadata");
        (metadata.GetProperty("uri").GetString(), metadata.GetProperty("text").GetString(), metadata.GetProperty("title").GetString(), metadata.GetProperty("meta_author").GetString())
            .ShouldBe(("file:///a", records[3].Chunk.Text, "Grüße 🦊", "Ada"));
        var listed = await _client.CallAsync("list", new { @namespace = "ns", limit = 99 });
        listed.EnumerateArray().Select(static id => id.GetString()).ShouldBe(records.Select(static record => record.Chunk.Id.ToString()), ignoreOrder: true);

        var found = await _client.CallAsync("query", new { @namespace = "ns", query = new { vector = Vector(8), topK = 5, filter = new { doc = new Dictionary<string, string> { ["$eq"] = records[0].Document.ToString() } } } });
        var ours = await _sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(8)), SearchMode.Vector, 5), None);
        found.GetProperty("matches").EnumerateArray().Select(static match => match.GetProperty("id").GetString()).ShouldBe(ours.Select(static hit => hit.Id.ToString()));
        (await _client.CallAsync("statistics")).GetProperty("namespaces").GetProperty("ns").GetProperty("recordCount").GetInt32().ShouldBe(250);
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
            @namespace = "ns",
            records = new[]
            {
                new { id = first, values = Vector(100), metadata = new { doc = document.ToString(), uri = "file:///other", text = "from elsewhere", start = 0, end = 14 } },
                new { id = second, values = Vector(101), metadata = new { doc = document.ToString(), uri = "file:///other", text = "from there too", start = 14, end = 28 } },
            },
        });
        (await _sink.CountAsync(None)).ShouldBe(7);
        var hit = (await _sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(100)), SearchMode.Vector, 1), None)).Single();
        (hit.Id.Value, hit.Text, hit.Uri).ShouldBe((first, "from elsewhere", "file:///other"));
        ((DenseEmbedding)(await _sink.FetchEmbeddingsAsync([new ChunkId(second)], None)).Values.Single()).Values.ToArray().ShouldBe(Vector(101));

        await _client.CallAsync("removeMany", new { @namespace = "ns", ids = new[] { first } });
        await _sink.MakeVisibleAsync(None);
        var ids = new List<StoredChunkId>();
        await foreach (var page in _sink.ListIdsAsync(document, None))
        {
            ids.AddRange(page);
        }

        ids.ShouldBe([new StoredChunkId(document, new ChunkId(second))]);
        await _client.CallAsync("removeByFilter", new { @namespace = "ns", filter = new { doc = document.ToString() } });
        (await _sink.CountAsync(None)).ShouldBe(5);
    }

    [Fact]
    public async Task Simulator_AnswersTheClientAsPineconeDoes()
    {
        var settings = new { name = "plain", dimension = 3, metric = "dotproduct", spec = new { serverless = new { cloud = "aws", region = "us-east-1" } } };
        (await _client.CallAsync("create", settings)).GetProperty("name").GetString().ShouldBe("plain");
        (await Should.ThrowAsync<NodeClientException>(() => _client.CallAsync("create", settings))).Message.ShouldContain("PineconeConflictError");
        (await _client.CallAsync("describe", new { name = "plain" })).GetProperty("status").GetProperty("ready").GetBoolean().ShouldBeFalse();
        await _client.CallAsync("describe", new { name = "plain" });
        (await _client.CallAsync("describe", new { name = "plain" })).GetProperty("status").GetProperty("ready").GetBoolean().ShouldBeTrue();

        await _client.CallAsync("upsert", new { records = new object[] { new { id = "a", values = new[] { 1f, 0, 0 }, metadata = new { city = "Oslo" } }, new { id = "b", values = new[] { 0f, 2, 0 } } } });
        var query = new { query = new { vector = new[] { 1f, 1, 0 }, topK = 2, includeMetadata = true } };
        (await _client.CallAsync("query", query)).GetProperty("matches").GetArrayLength().ShouldBe(0, "a write is shown late");
        await _client.CallAsync("query", query);
        (await _client.CallAsync("query", query)).GetProperty("matches").EnumerateArray().Select(static match => (match.GetProperty("id").GetString(), match.GetProperty("score").GetSingle())).ShouldBe([("b", 2f), ("a", 1f)]);
        await _client.CallAsync("update", new { id = "a", metadata = new { year = 2026 } });

        foreach (var records in new object[]
        {
            new[] { new { id = "x", values = new[] { 1f } } }, new[] { new { id = "x", values = new[] { 0f, 0, 0 } } }, new[] { new { id = new string('x', 600), values = new[] { 1f, 0, 0 } } },
            new[] { new { id = "x", values = new[] { 1f, 0, 0 }, metadata = new { nested = new { a = 1 } } } }, new[] { new { id = "x", values = new[] { 1f, 0, 0 }, metadata = new { text = new string('x', 41_000) } } },
        })
        {
            (await Should.ThrowAsync<NodeClientException>(() => _client.CallAsync("upsert", new { records }))).Message.ShouldContain("PineconeBadRequestError");
        }

        await _client.CallAsync("drop", new { name = "plain" });
        (await _client.CallAsync("describe", new { name = "plain" })).GetProperty("status").GetProperty("state").GetString().ShouldBe("Terminating");
        await using var stranger = await NodeClient.StartAsync("pinecone", new { url = _server.Address, apiKey = "wrong" });
        (await Should.ThrowAsync<NodeClientException>(() => stranger.CallAsync("describe", new { name = "plain" }))).Message.ShouldContain("PineconeAuthorizationError");
    }
}
