using Sluice.Actors.Sinks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Http;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Chroma;

[Collection(ChromaTests.Name)]
public sealed class ChromaSinkTests(ChromaFixture fixture)
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Search_GlobThatFewOfMany_LooksTheDocumentsUp()
    {
        await using var sink = ChromaFixture.Open(fixture.NewUri(), static options => options.Chroma.MaxRecords = 5_000);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        foreach (var page in Records("file:///many.md", 17_000).Chunk(5_000))
        {
            (await sink.UpsertAsync(page, None)).ShouldBeEmpty();
        }

        var few = Enumerable.Range(0, 3).Select(static i => Record($"file:///few/{i}.md", $"few {i}", 20_000 + i)).ToList();
        await sink.UpsertAsync(few, None);
        var hits = await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(1)), SearchMode.Vector, 10) { UriGlob = "few/*.md" }, None);
        hits.Select(static hit => hit.Id).ShouldBe(few.OrderByDescending(static record => Cosine(Vector(1), record.Values())).Select(static record => record.Chunk.Id));
        await sink.DropCollectionAsync(None);
    }

    [Fact]
    public async Task Ensure_ManyAtOnce_MakeOneCollection()
    {
        var uri = fixture.NewUri();
        var sinks = Enumerable.Range(0, 6).Select(_ => ChromaFixture.Open(uri)).ToList();
        await Task.WhenAll(sinks.Select(static sink => sink.EnsureCollectionAsync(new CollectionSpec(Model()), None)));
        foreach (var sink in sinks)
        {
            (await sink.CountAsync(None)).ShouldBe(0);
            await sink.DisposeAsync();
        }
    }

    [Fact]
    public async Task EncodedBytes_IsAboutWhatIsSent()
    {
        var sent = 0L;
        await using var server = new LoopbackServer(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            sent = context.Request.Url!.AbsolutePath.EndsWith("/upsert", StringComparison.Ordinal) ? body.Length : sent;
            var answer = context.Request.Url.AbsolutePath switch
            {
                "/api/v2/pre-flight-checks" => """{"max_batch_size":5461,"supports_base64_encoding":true}""",
                var path when path.EndsWith("/get", StringComparison.Ordinal) => """{"ids":[],"metadatas":[]}""",
                var path when path.EndsWith("/upsert", StringComparison.Ordinal) => "{}",
                _ => Described,
            };
            await LoopbackServer.WriteAsync(context, 200, answer, "application/json");
        });
        await using var sink = ChromaFixture.Open($"chroma://127.0.0.1:{new Uri(server.Address).Port}/chunks");
        var records = Enumerable.Range(0, 50).Select(static i => Record($"file:///{i}", string.Concat(Enumerable.Repeat("Grüße, 世界 \"quoted\" ", i)), i + 1)).ToList();
        await sink.UpsertAsync(records, None);
        records.Sum(sink.EncodedBytes).ShouldBeInRange(sent, sent * 2);
    }

    private const string Described =
        """{"id":"68008440-9c28-48ed-8cff-344fbf4246e7","name":"chunks","dimension":null,"configuration_json":{"hnsw":{"space":"cosine"}},"metadata":{"sluice_model":"m","sluice_fingerprint":"f","sluice_dimension":16,"sluice_distance":"Cosine"}}""";

    [Theory]
    [InlineData(429, """{"error":"RateLimitError","message":"Rate limit exceeded"}""", typeof(TransientException), "Rate limit")]
    [InlineData(429, """{"error":"QuotaError","message":"Quota exceeded: records"}""", typeof(StorageException), "Raise the quota")]
    [InlineData(413, "Payload too large", typeof(RequestTooLargeException), "413")]
    [InlineData(422, """{"error":"ChromaError","message":"Failed to deserialize"}""", typeof(RequestRefusedException), "deserialize")]
    [InlineData(401, """{"error":"AuthError","message":"Forbidden"}""", typeof(StorageException), "CHROMA_API_KEY")]
    [InlineData(500, """{"error":"InternalError","message":"oops"}""", typeof(TransientException), "oops")]
    [InlineData(502, "<html>bad gateway</html>", typeof(TransientException), "502")]
    public async Task Upsert_Refusals_MeanWhatTheySay(int status, string body, Type exception, string said)
    {
        await using var server = new LoopbackServer(context => context.Request.Url!.AbsolutePath switch
        {
            "/api/v2/pre-flight-checks" => LoopbackServer.WriteAsync(context, 200, """{"max_batch_size":100,"supports_base64_encoding":false}""", "application/json"),
            var path when path.EndsWith("/upsert", StringComparison.Ordinal) || path.EndsWith("/get", StringComparison.Ordinal) => LoopbackServer.WriteAsync(context, status, body, "application/json"),
            _ => LoopbackServer.WriteAsync(context, 200, Described, "application/json"),
        });
        await using var sink = ChromaFixture.Open($"chroma://127.0.0.1:{new Uri(server.Address).Port}/chunks");
        var thrown = await Should.ThrowAsync<SluiceException>(() => sink.UpsertAsync(Records("file:///a", 1), None));
        thrown.ShouldBeOfType(exception);
        thrown.Message.ShouldContain(said);
    }

    [Fact]
    public async Task Describe_NoChroma_SaysSo()
    {
        await using var server = new LoopbackServer(static context => LoopbackServer.WriteAsync(context, 404, "not found"));
        await using var sink = ChromaFixture.Open($"chroma://127.0.0.1:{new Uri(server.Address).Port}/chunks");
        (await Should.ThrowAsync<StorageException>(() => sink.DescribeAsync(None))).Message.ShouldContain("version 2");
    }

    [Theory]
    [InlineData("chroma://127.0.0.1:8000/docs", "chroma://127.0.0.1:8000/docs")]
    [InlineData("chroma://127.0.0.1/docs?tenant=default_tenant&database=default_database", "chroma://127.0.0.1:8000/docs")]
    [InlineData("chroma://127.0.0.1/docs?tenant=a%20b&database=d", "chroma://127.0.0.1:8000/docs?tenant=a%20b&database=d")]
    [InlineData("chroma://api.trychroma.com/docs?database=d", "chroma://api.trychroma.com:443/docs?database=d")]
    public async Task Name_IsPlaceAndCollection(string uri, string name)
    {
        await using var sink = ChromaFixture.Open(uri);
        sink.Name.ShouldBe(name);
        sink.Capabilities.MaxRecords.ShouldBe(uri.Contains("trychroma", StringComparison.Ordinal) ? 300 : 1_000);
    }

    [Theory]
    [InlineData("chroma://h/ab", "3 to 512")]
    [InlineData("chroma://h/-abc", "letter or digit at both ends")]
    [InlineData("chroma://h/a%2Fbc", "3 to 512")]
    [InlineData("chroma://h/abc?tenat=x", "did you mean tenant")]
    public void Open_WrongAddress_SaysWhatIsLegal(string uri, string said) =>
        Should.Throw<ConfigurationException>(() => VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System)).Message.ShouldContain(said);
}
