using Sluice.Actors.Sinks;
using Sluice.Actors.Sinks.Pinecone;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators.Pinecone;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Pinecone;

public sealed class PineconeIndexTests : IDisposable
{
    private readonly PineconeKeyFile _key = new();

    private static CancellationToken None => CancellationToken.None;

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("pinecone://api.pinecone.io/My_Docs", "lower-case letters, digits and hyphens")]
    [InlineData("pinecone://api.pinecone.io/docs?cloud=azur", "did you mean azure")]
    [InlineData("pinecone://api.pinecone.io/docs?namespace=", "1 to 512 printable")]
    [InlineData("pinecone://api.pinecone.io/docs?environment=x", "is no parameter of it")]
    public void Open_WrongAddress_SaysWhatIsWrongAndLegal(string uri, string said) =>
        Should.Throw<ConfigurationException>(() => VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System)).Message.ShouldContain(said);

    [Theory]
    [InlineData("pinecone://api.pinecone.io/docs", "pinecone://api.pinecone.io:443/docs")]
    [InlineData("pinecone://api.pinecone.io/docs?namespace=tenant%201&region=eu-west-1", "pinecone://api.pinecone.io:443/docs?namespace=tenant%201")]
    public async Task Open_Address_IsNamedByIndexAndNamespace(string uri, string name)
    {
        await using var sink = VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System);
        sink.Name.ShouldBe(name);
    }

    [Theory]
    [InlineData("intfloat/multilingual-e5-small")]
    [InlineData("Grüße + 100 %")]
    [InlineData("")]
    public void Encode_ModelName_ComesBack(string name) => PineconeIndex.Decode(PineconeIndex.Encode(name)).ShouldBe(name);

    [Fact]
    public void Encode_LongName_StaysWithinATag() => PineconeIndex.Encode(new string('/', 500)).Length.ShouldBeLessThanOrEqualTo(120);

    [Theory]
    [InlineData("file:///srv/docs/**/*.md", "srv docs")]
    [InlineData("https://example.org/a%20b/x?.html", "example.org a b")]
    [InlineData("docs/a/", "docs a")]
    [InlineData("**/*.md", "")]
    public void SegmentsOfGlob_PlainParts_AreKept(string glob, string segments) => string.Join(' ', PineconeMetadata.SegmentsOfGlob(glob)).ShouldBe(segments);

    [Theory]
    [InlineData("docs/*.md", "file:///srv/docs/a.md")]
    [InlineData("https://example.org/**", "https://example.org/a%20b/c.html?x=1#y")]
    [InlineData("example.org/a b/*", "https://example.org/a%20b/c.html")]
    [InlineData("/srv/docs/", "file:///srv/docs/x/y.md")]
    [InlineData("s3://bucket/deep/**/z.pdf", "s3://bucket/deep/er/z.pdf")]
    [InlineData("./a.md", "file:///x/a.md")]
    public void SegmentsOfGlob_AnyMatchingUri_HasThemAll(string glob, string uri)
    {
        new UriGlob(glob).IsMatch(uri).ShouldBeTrue();
        PineconeMetadata.SegmentsOfGlob(glob).ShouldBeSubsetOf(PineconeMetadata.SegmentsOf(uri));
    }

    [Fact]
    public async Task EnsureCollection_NewIndex_IsWaitedForUntilReady()
    {
        await using var server = new PineconeSimulator { Slowness = 4 };
        await server.StartAsync();
        await using var sink = _key.Open(server);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        server.Requests.Count("GET", "/indexes/docs").ShouldBeGreaterThanOrEqualTo(5);
        (await sink.UpsertAsync(Records("file:///a", 2), None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task EnsureCollection_ComesToNothing_SaysSo()
    {
        await using var server = new PineconeSimulator { FailsToInitialize = true };
        await server.StartAsync();
        await using var sink = _key.Open(server);
        (await Should.ThrowAsync<StorageException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("InitializationFailed");
    }

    [Fact]
    public async Task EnsureCollection_TooManyIndexes_SaysWhatToDo()
    {
        await using var server = new PineconeSimulator { MaxIndexes = 0 };
        await server.StartAsync();
        await using var sink = _key.Open(server);
        (await Should.ThrowAsync<StorageException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message.ShouldContain("max serverless indexes");
    }

    [Fact]
    public async Task EnsureCollection_WrongKey_NamesWhereItIsFrom()
    {
        await using var server = new PineconeSimulator("another-key");
        await server.StartAsync();
        await using var sink = _key.Open(server);
        var message = (await Should.ThrowAsync<StorageException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None))).Message;
        message.ShouldContain("the file ");
        message.ShouldNotContain("test-key");
    }

    [Fact]
    public async Task Drop_OtherNamespaceHoldsRecords_LeavesIt()
    {
        await using var server = await PineconeSimulator.OpenAsync();
        await using var one = _key.Open(server, parameters: "&namespace=one");
        await using var two = _key.Open(server, parameters: "&namespace=two");
        await one.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        await two.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await one.UpsertAsync(Records("file:///a", 3), None)).ShouldBeEmpty();
        (await two.UpsertAsync(Records("file:///a", 4), None)).ShouldBeEmpty();
        ((await one.CountAsync(None)), (await two.CountAsync(None))).ShouldBe((3, 4));
        await one.DropCollectionAsync(None);
        ((await one.CountAsync(None)), (await two.CountAsync(None))).ShouldBe((0, 4));
        await two.DropCollectionAsync(None);
        (await two.DescribeAsync(None)).ShouldBeNull();
    }

    [Fact]
    public async Task Drop_ProtectedIndex_SaysWhoProtectsIt()
    {
        await using var server = await PineconeSimulator.OpenAsync();
        await using var sink = _key.Open(server);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        server.Protect("docs");
        (await Should.ThrowAsync<StorageException>(() => sink.DropCollectionAsync(None))).Message.ShouldContain("protected against deletion");
        (await sink.DescribeAsync(None)).ShouldNotBeNull();
    }
}
