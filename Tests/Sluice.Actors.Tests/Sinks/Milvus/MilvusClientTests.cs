using System.Text.Json;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Clients;
using Sluice.TestKit.Simulators.Milvus;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Milvus;

/// <summary>Milvus's official HTTP client against the simulator, beside the sink: each reads what the other wrote.</summary>
public sealed class MilvusClientTests : IAsyncLifetime
{
    private const string Name = "docs";

    private readonly MilvusSimulator _simulator = new() { Token = "root:Milvus" };
    private NodeClient? _client;

    private static CancellationToken None => CancellationToken.None;

    private NodeClient Client => _client ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync()
    {
        await _simulator.StartAsync();
        _client = await NodeClient.StartAsync("milvus", new { endpoint = _simulator.Address, token = "root:Milvus" });
    }

    public async Task DisposeAsync()
    {
        await Client.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    private IVectorSink OpenSink() => MilvusFixture.Open($"milvus://root:Milvus@127.0.0.1:{_simulator.Port}/{Name}");

    private async Task<JsonElement> CallAsync(string command, object arguments)
    {
        var answer = await Client.CallAsync(command, arguments);
        answer.GetProperty("code").GetInt32().ShouldBe(0, answer.ToString());
        return answer.GetProperty("data");
    }

    [Fact]
    public async Task Sink_WhatItWrote_IsReadByTheClient()
    {
        (await CallAsync("has", new { collectionName = Name })).GetProperty("has").GetBoolean().ShouldBeFalse();
        await using var sink = OpenSink();
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var records = Records("file:///a b.md", 30);
        records[0] = Record("file:///a b.md", "A phrase with Grüße and a \"quote\"", 1, static chunk => chunk with
        {
            Title = "Title",
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["kind"] = "rare" },
        });
        (await sink.UpsertAsync(records, None)).ShouldBeEmpty();

        (await CallAsync("has", new { collectionName = Name })).GetProperty("has").GetBoolean().ShouldBeTrue();
        var described = await CallAsync("describe", new { collectionName = Name });
        described.GetProperty("indexes").EnumerateArray().Single(static index => index.GetProperty("fieldName").GetString() == "vector").GetProperty("metricType").GetString().ShouldBe("COSINE");
        var read = (await CallAsync("get", new { collectionName = Name, id = new[] { records[0].Chunk.Id.ToString() }, outputFields = new[] { "text", "document", "location", "details", "vector" } }))[0];
        read.GetProperty("text").GetString().ShouldBe(records[0].Chunk.Text);
        read.GetProperty("document").GetString().ShouldBe(records[0].Document.ToString());
        read.GetProperty("location").GetString().ShouldBe("/a b.md");
        JsonSerializer.Deserialize<JsonElement>(read.GetProperty("details").GetString()!).GetProperty("metadata").GetProperty("kind").GetString().ShouldBe("rare");
        read.GetProperty("vector").EnumerateArray().Select(static value => value.GetSingle()).ShouldBe(records[0].Values().ToArray());

        var near = await CallAsync("search", new { collectionName = Name, data = new[] { Vector(7) }, annsField = "vector", limit = 5, outputFields = new[] { "text" } });
        var ours = await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(7)), SearchMode.Vector, 5), None);
        near.EnumerateArray().Select(static hit => hit.GetProperty("id").GetString()).ShouldBe(ours.Select(static hit => hit.Id.ToString()));
        var rare = await CallAsync("query", new { collectionName = Name, filter = "array_contains(tags, \"kind=rare\")", outputFields = new[] { "id" } });
        rare.EnumerateArray().Single().GetProperty("id").GetString().ShouldBe(records[0].Chunk.Id.ToString());

        await CallAsync("remove", new { collectionName = Name, filter = $"id in [\"{records[3].Chunk.Id}\"]" });
        (await sink.CountAsync(None)).ShouldBe(29);
    }

    [Fact]
    public async Task Client_WhatItWroteIntoTheSinksCollection_IsReadByTheSink()
    {
        await using var sink = OpenSink();
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var document = DocumentId.FromUri("file:///theirs.md");
        var data = Enumerable.Range(0, 25).Select(i => new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["id"] = Guid.NewGuid().ToString(),
            ["document"] = document.ToString(),
            ["uri"] = "file:///theirs.md",
            ["location"] = "/theirs.md",
            ["text"] = $"their piece {i}",
            ["text_rest"] = Array.Empty<string>(),
            ["details"] = $$"""{"start":{{i}},"end":9,"headings":["H"]}""",
            ["details_rest"] = Array.Empty<string>(),
            ["tags"] = Array.Empty<string>(),
            ["words"] = $"their piece {i}",
            ["vector"] = Vector(100 + i),
        }).ToList();
        (await CallAsync("upsert", new { collectionName = Name, data })).GetProperty("upsertCount").GetInt32().ShouldBe(25);

        (await sink.CountAsync(None)).ShouldBe(25);
        var hit = (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(103)), SearchMode.Vector, 1), None)).Single();
        (hit.Text, hit.Uri, hit.Place.Start, hit.HeadingPath.Single()).ShouldBe(("their piece 3", "file:///theirs.md", 3L, "H"));
        (await sink.SearchAsync(new SearchQuery("piece", null, SearchMode.FullText, 30), None)).Count.ShouldBe(25);

        // Half a row is refused, and so is one with a field too many.
        data[0].Remove("words");
        (await Client.CallAsync("upsert", new { collectionName = Name, data })).GetProperty("code").GetInt32().ShouldBe(1804);
        await sink.DeleteDocumentsAsync([document], None);
        (await CallAsync("query", new { collectionName = Name, filter = "", outputFields = new[] { "count(*)" } }))[0].GetProperty("count(*)").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Client_ItsOwnCollection_IsNotTakenForOurs()
    {
        await CallAsync("create", new { collectionName = Name, dimension = Dimension, idType = "VarChar", metricType = "COSINE" });
        await CallAsync("create", new { collectionName = Name, dimension = 99 }); // It is there: success, and nothing changes.
        var described = await CallAsync("describe", new { collectionName = Name });
        described.GetProperty("fields")[1].GetProperty("params")[0].GetProperty("value").GetString().ShouldBe("16");
        await CallAsync("insert", new { collectionName = Name, data = new[] { new { id = "a", vector = Vector(1) }, new { id = "a", vector = Vector(2) } } });
        (await CallAsync("query", new { collectionName = Name, filter = "id == \"a\"", outputFields = new[] { "id" } })).GetArrayLength().ShouldBe(2, "an insert does not replace");

        await using var sink = OpenSink();
        (await Should.ThrowAsync<StorageException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("not made by Sluice");
        await CallAsync("drop", new { collectionName = Name });
        (await sink.DescribeAsync(None)).ShouldBeNull();
    }
}
