using Sluice.Actors.Sinks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators.Qdrant;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Qdrant;

public sealed class QdrantAddressTests
{
    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData("qdrant://localhost:6334/docs", "port 6334 is the one for gRPC")]
    [InlineData("qdrant://localhost/do*cs", "1 to 255 characters")]
    [InlineData("qdrant://localhost/docs?storage=float8", "it may be float32, float16")]
    [InlineData("qdrant://localhost/docs?on_disk=true", "did you mean on-disk")]
    [InlineData("qdrant://key@localhost/docs", "a key does not belong into the address")]
    public void Open_WrongAddress_SaysWhatIsWrongAndLegal(string uri, string said) =>
        Should.Throw<ConfigurationException>(() => VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System)).Message.ShouldContain(said);

    [Theory]
    [InlineData("qdrant://localhost", "qdrant://localhost:6333/chunks")]
    [InlineData("qdrant://db.example:7000/my%20docs?storage=float16&full-text=false", "qdrant://db.example:7000/my%20docs")]
    public async Task Open_Address_IsNamedByServerAndCollection(string uri, string name)
    {
        await using var sink = VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System);
        sink.Name.ShouldBe(name);
    }

    [Fact]
    public async Task EnsureCollection_OfAnotherForm_IsRefusedInWords()
    {
        await using var server = await QdrantSimulator.OpenAsync();
        await using var plain = Open(server, "?full-text=false&storage=float16&on-disk=true");
        await plain.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        plain.Capabilities.Modes.ShouldBe([SearchMode.Vector]);
        (await plain.UpsertAsync(Records("file:///a", 5), None)).ShouldBeEmpty();

        await using var other = Open(server, "?storage=float32&full-text=false");
        (await Should.ThrowAsync<CollectionMismatchException>(() => other.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("stores float16");
        await using var words = Open(server, "");
        (await Should.ThrowAsync<CollectionMismatchException>(() => words.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("full-text=false");
    }

    [Fact]
    public async Task EnsureCollection_MadeBySomethingElse_IsLeftAlone()
    {
        await using var server = await QdrantSimulator.OpenAsync();
        using var http = new HttpClient();
        using var body = new StringContent("""{"vectors":{"size":16,"distance":"Cosine"}}""", System.Text.Encoding.UTF8, "application/json");
        using var made = await http.PutAsync(new Uri($"{server.Address}/collections/docs"), body);
        made.EnsureSuccessStatusCode();
        await using var sink = Open(server, "");
        (await Should.ThrowAsync<CollectionMismatchException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("was not made by Sluice");
    }

    [Fact]
    public async Task EnsureCollection_OldServer_SaysWhichIsNeeded()
    {
        await using var server = new QdrantSimulator { Version = "1.12.4" };
        await server.StartAsync();
        await using var sink = Open(server, "");
        (await Should.ThrowAsync<StorageException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("1.16 or later");
    }

    [Fact]
    public async Task EnsureCollection_TenAtOnce_MakeOne()
    {
        await using var server = await QdrantSimulator.OpenAsync();
        var sinks = Enumerable.Range(0, 10).Select(_ => Open(server, "")).ToList();
        await Task.WhenAll(sinks.Select(static sink => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None)));
        (await sinks[0].DescribeAsync(None)).ShouldNotBeNull();
        foreach (var sink in sinks)
        {
            await sink.DisposeAsync();
        }
    }

    private static IVectorSink Open(QdrantSimulator server, string parameters) => VectorSinks.Open($"qdrant://127.0.0.1:{server.Port}/docs{parameters}", new SinkOptions(), TimeProvider.System);
}
