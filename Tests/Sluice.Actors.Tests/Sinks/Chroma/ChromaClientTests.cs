using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Clients;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Chroma;

/// <summary>Chroma's own client beside the sink on a real server: each reads what the other wrote.</summary>
[Collection(ChromaTests.Name)]
public sealed class ChromaClientTests(ChromaFixture fixture) : IAsyncLifetime
{
    private readonly string _name = $"t{Guid.NewGuid():N}";
    private NodeClient _client = null!;
    private IVectorSink _sink = null!;

    private static CancellationToken None => CancellationToken.None;

    public async Task InitializeAsync()
    {
        _sink = ChromaFixture.Open($"chroma://{fixture.Address}/{_name}");
        _client = await NodeClient.StartAsync("chroma", new { host = fixture.Address.Split(':')[0], port = fixture.Port });
    }

    public async Task DisposeAsync()
    {
        await _sink.DropCollectionAsync(None);
        await _client.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Fact]
    public async Task Client_ReadsWhatTheSinkWrote()
    {
        await _sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var records = Records("file:///a", 30);
        records[3] = records[3] with { Chunk = records[3].Chunk with { Title = "Grüße 🦊", Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["author"] = "Ada" } } };
        (await _sink.UpsertAsync(records, None)).ShouldBeEmpty();

        (await _client.CallAsync("count", new { name = _name })).GetInt32().ShouldBe(30);
        var described = await _client.CallAsync("describe", new { name = _name });
        described.GetProperty("configuration").GetProperty("hnsw").GetProperty("space").GetString().ShouldBe("cosine");
        described.GetProperty("metadata").GetProperty("sluice_model").GetString().ShouldBe("sample-model");
        var found = await _client.CallAsync("get", new { name = _name, where = new Dictionary<string, string>(StringComparer.Ordinal) { ["meta.author"] = "Ada" }, include = new[] { "documents", "metadatas" } });
        found.GetProperty("ids")[0].GetString().ShouldBe(records[3].Chunk.Id.ToString());
        found.GetProperty("documents")[0].GetString().ShouldBe(records[3].Chunk.Text);
        (found.GetProperty("metadatas")[0].GetProperty("title").GetString(), found.GetProperty("metadatas")[0].GetProperty("uri").GetString()).ShouldBe(("Grüße 🦊", "file:///a"));
        var near = await _client.CallAsync("query", new { name = _name, queryEmbeddings = new[] { Vector(8) }, nResults = 5 });
        var ours = await _sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(8)), SearchMode.Vector, 5), None);
        near.GetProperty("ids")[0].EnumerateArray().Select(static id => id.GetString()).ShouldBe(ours.Select(static hit => hit.Id.ToString()));
    }

    [Fact]
    public async Task Sink_ReadsWhatTheClientWroteAndDeleted()
    {
        await _sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var document = DocumentId.FromUri("file:///other").ToString();
        var (first, second, foreign) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await _client.CallAsync("upsert", new
        {
            name = _name,
            records = new
            {
                ids = new[] { first, second, foreign },
                embeddings = new[] { Vector(100), Vector(101), Vector(102) },
                documents = new[] { "from elsewhere", "and more", "of nobody" },
                metadatas = new object[] { new { document, uri = "file:///other", start = 0, end = 14, page = 3 }, new { document, uri = "file:///other" }, new { note = "x" } },
            },
        });

        (await _sink.CountAsync(None)).ShouldBe(3);
        var listed = new List<StoredChunkId>();
        await foreach (var page in _sink.ListIdsAsync(null, None))
        {
            listed.AddRange(page);
        }

        listed.ShouldBe([new StoredChunkId(new DocumentId(Guid.Parse(document)), new ChunkId(first)), new StoredChunkId(new DocumentId(Guid.Parse(document)), new ChunkId(second)), new StoredChunkId(default, new ChunkId(foreign))], ignoreOrder: true);
        var hit = (await _sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(100)), SearchMode.Vector, 1) { UriGlob = "other" }, None)).Single();
        (hit.Id.Value, hit.Text, hit.Place.Page).ShouldBe((first, "from elsewhere", 3));

        await _client.CallAsync("remove", new { name = _name, ids = new[] { first } });
        (await _sink.CountAsync(None)).ShouldBe(2);
        await _sink.DeleteDocumentsAsync([new DocumentId(Guid.Parse(document))], None);
        (await _client.CallAsync("count", new { name = _name })).GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Ensure_CollectionThatTheClientMade_IsRefusedInWords()
    {
        await _client.CallAsync("create", new { name = _name });
        (await Should.ThrowAsync<CollectionMismatchException>(() => _sink.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("not made by Sluice");
    }

    [Fact]
    public async Task Upsert_KeysThatOthersAdded_StayAndOwnOnesGo()
    {
        await _sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var record = Record("file:///a", "text", 1, static chunk => chunk with { Title = "Old", Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["old"] = "1", ["kept"] = "1" } });
        await _sink.UpsertAsync([record], None);
        var id = record.Chunk.Id.ToString();
        await _client.CallAsync("upsert", new { name = _name, records = new { ids = new[] { id }, embeddings = new[] { Vector(1) }, documents = new[] { "text" }, metadatas = new[] { new { rating = 5 } } } });
        await _sink.UpsertAsync([record with { Chunk = record.Chunk with { Title = null, Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["kept"] = "2" } } }], None);

        var metadata = (await _client.CallAsync("get", new { name = _name, ids = new[] { id }, include = new[] { "metadatas" } })).GetProperty("metadatas")[0];
        metadata.EnumerateObject().Select(static pair => pair.Name).Order(StringComparer.Ordinal).ShouldBe(["document", "end", "has_meta", "meta.kept", "rating", "start", "uri"]);
        metadata.GetProperty("meta.kept").GetString().ShouldBe("2");
    }
}
