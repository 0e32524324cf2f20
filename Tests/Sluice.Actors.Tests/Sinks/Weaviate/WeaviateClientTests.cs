using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Clients;
using Sluice.TestKit.Simulators.Weaviate;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Weaviate;

/// <summary>Weaviate's official clients against the simulator, beside the sink: each reads what the other wrote.</summary>
public sealed class WeaviateClientTests : IAsyncLifetime
{
    private const string Name = "Docs";

    private readonly WeaviateSimulator _simulator = new();
    private NodeClient? _client;

    private static CancellationToken None => CancellationToken.None;

    private NodeClient Client => _client ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync()
    {
        await _simulator.StartAsync();
        _client = await NodeClient.StartAsync("weaviate", new { port = _simulator.Port, grpcPort = _simulator.GrpcPort });
    }

    public async Task DisposeAsync()
    {
        await Client.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    private IVectorSink OpenSink(string collection = Name) => WeaviateFixture.Open(WeaviateFixture.Uri(_simulator, collection));

    [Fact]
    public async Task Sink_WhatItWrote_IsReadByTheClient()
    {
        await using var sink = OpenSink();
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var records = Records("file:///a b.md", 30);
        records[0] = Record("file:///a b.md", "A phrase with Grüße and a \"quote\"", 1, static chunk => chunk with
        {
            Title = "Title",
            HeadingPath = ["One", "Two"],
            Place = new Place(5, 38) { Line = 3, Row = 5_000_000_000 },
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["kind"] = "rare" },
        });
        (await sink.UpsertAsync(records, None)).ShouldBeEmpty();

        (await Client.CallAsync("ready")).GetBoolean().ShouldBeTrue();
        (await Client.CallAsync("names")).EnumerateArray().Select(static name => name.GetString()).ShouldBe([Name]);
        var described = await Client.CallAsync("describe", new { name = Name });
        described.GetProperty("distance").GetString().ShouldBe("cosine");
        described.GetProperty("properties").GetProperty("document").GetString().ShouldBe("field");
        (await Client.CallAsync("count", new { name = Name })).GetInt32().ShouldBe(30);

        var read = await Client.CallAsync("read", new { name = Name, id = records[0].Chunk.Id.ToString() });
        var properties = read.GetProperty("properties");
        properties.GetProperty("text").GetString().ShouldBe(records[0].Chunk.Text);
        properties.GetProperty("document").GetString().ShouldBe(records[0].Document.ToString());
        properties.GetProperty("location").GetString().ShouldBe("/a b.md");
        properties.GetProperty("row").GetInt64().ShouldBe(5_000_000_000);
        properties.GetProperty("headings").EnumerateArray().Select(static heading => heading.GetString()).ShouldBe(["One", "Two"]);
        properties.GetProperty("tags").EnumerateArray().Select(static tag => tag.GetString()).ShouldBe(["kind=rare"]);
        properties.GetProperty("metadata").GetString().ShouldBe("""{"kind":"rare"}""");
        read.GetProperty("vector").EnumerateArray().Select(static value => value.GetSingle()).ShouldBe(records[0].Values().ToArray());

        var near = await Client.CallAsync("near", new { name = Name, vector = Vector(7), limit = 5 });
        var ours = await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(7)), SearchMode.Vector, 5), None);
        near.EnumerateArray().Select(static hit => hit.GetProperty("id").GetString()).ShouldBe(ours.Select(static hit => hit.Id.ToString()));
        var words = await Client.CallAsync("words", new { name = Name, text = "gruße phrase", property = "words", limit = 5 });
        words.EnumerateArray().Single().GetProperty("id").GetString().ShouldBe(records[0].Chunk.Id.ToString());
        (await Client.CallAsync("list", new { name = Name })).GetArrayLength().ShouldBe(30);

        (await Client.CallAsync("removeById", new { name = Name, ids = new[] { records[3].Chunk.Id.ToString() } })).GetInt32().ShouldBe(1);
        (await sink.CountAsync(None)).ShouldBe(29);
        (await Client.CallAsync("remove", new { name = Name, property = "document", value = records[0].Document.ToString() })).GetInt32().ShouldBe(29);
        (await sink.CountAsync(None)).ShouldBe(0);
    }

    [Fact]
    public async Task Client_WhatItWroteIntoTheSinksClass_IsReadByTheSink()
    {
        await using var sink = OpenSink();
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var document = DocumentId.FromUri("file:///theirs.md");
        var objects = Enumerable.Range(0, 25).Select(i => new
        {
            id = Guid.NewGuid().ToString(),
            properties = new { document = document.ToString(), uri = "file:///theirs.md", location = "/theirs.md", text = $"their piece {i}", words = $"their piece {i}", start = i, end = i + 5, headings = new[] { "H" } },
            vectors = Vector(100 + i),
        }).ToList();
        var inserted = await Client.CallAsync("insert", new { name = Name, objects });
        (inserted.GetProperty("inserted").GetInt32(), inserted.GetProperty("errors").GetArrayLength()).ShouldBe((25, 0));

        (await sink.CountAsync(None)).ShouldBe(25);
        var hit = (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(103)), SearchMode.Vector, 1), None)).Single();
        (hit.Id.ToString(), hit.Text, hit.Uri, hit.Place.Start, hit.HeadingPath.Single()).ShouldBe((objects[3].id, "their piece 3", "file:///theirs.md", 3L, "H"));
        hit.Score.ShouldBe(1, 1e-5);
        (await sink.SearchAsync(new SearchQuery("piece", null, SearchMode.FullText, 30), None)).Count.ShouldBe(25);
        await sink.DeleteDocumentsAsync([document], None);
        (await Client.CallAsync("count", new { name = Name })).GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Client_ItsOwnClass_BehavesAsTheClientExpectsAndIsNotTakenForOurs()
    {
        await Client.CallAsync("create", new { name = Name });
        var inserted = await Client.CallAsync("insert", new
        {
            name = Name,
            objects = new object[]
            {
                new { id = Guid.NewGuid().ToString(), properties = new { document = "a", text = "first words", number = 1 }, vectors = Vector(1) },
                new { id = Guid.NewGuid().ToString(), properties = new { document = "b", text = "second words", number = 2 }, vectors = Vector(2, 4) },
                new { id = Guid.NewGuid().ToString(), properties = new { document = "b", text = "third words", number = "three" }, vectors = Vector(3) },
            },
        });
        inserted.GetProperty("inserted").GetInt32().ShouldBe(1);
        var errors = inserted.GetProperty("errors").EnumerateArray().Select(static error => error.GetString()!).ToList();
        errors.ShouldContain(static error => error.Contains("Existing nodes have vectors with length 16", StringComparison.Ordinal));
        errors.ShouldContain(static error => error.Contains("integer", StringComparison.Ordinal));

        await using var sink = OpenSink();
        (await Should.ThrowAsync<StorageException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("not made by Sluice");
        (await Should.ThrowAsync<NodeClientException>(() => Client.CallAsync("create", new { name = Name }))).Message.ShouldContain("already exists");
    }

    [Fact]
    public async Task RestClient_BatchAndRead_AgreeWithTheSink()
    {
        await using var rest = await NodeClient.StartAsync("weaviate-rest", new { port = _simulator.Port });
        await using var sink = OpenSink();
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var record = Record("file:///a", "ours", 1);
        (await sink.UpsertAsync([record], None)).ShouldBeEmpty();
        var read = await rest.CallAsync("read", new { name = Name, id = record.Chunk.Id.ToString() });
        read.GetProperty("properties").GetProperty("text").GetString().ShouldBe("ours");

        var (good, bad) = (Guid.NewGuid(), Guid.NewGuid());
        var statuses = await rest.CallAsync("batch", new
        {
            name = Name,
            objects = new object[]
            {
                new { id = good, properties = new { document = record.Document.ToString(), text = "theirs" }, vector = Vector(5) },
                new { id = bad, properties = new { document = record.Document.ToString() }, vector = Vector(5, 3) },
            },
        });
        statuses.EnumerateArray().Select(static status => status.GetString()).ShouldBe(["SUCCESS", "FAILED"]);
        var ids = new List<StoredChunkId>();
        await foreach (var page in sink.ListIdsAsync(record.Document, None))
        {
            ids.AddRange(page);
        }

        ids.Select(static id => id.Chunk).ShouldBe([record.Chunk.Id, new ChunkId(good)], ignoreOrder: true);
        (await rest.CallAsync("describe", new { name = Name })).GetProperty("class").GetString().ShouldBe(Name);
    }
}
