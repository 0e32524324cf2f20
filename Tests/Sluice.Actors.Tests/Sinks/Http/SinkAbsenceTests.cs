using Sluice.Actors.Sinks;
using Sluice.Streams.Failures;
using Sluice.TestKit.Http;

namespace Sluice.Actors.Tests.Sinks.Http;

/// <summary>A 404 that is not the database's own says nothing about its collections.</summary>
public sealed class SinkAbsenceTests
{
    [Theory]
    [InlineData("qdrant", "docs")]
    [InlineData("weaviate", "Docs")]
    [InlineData("elasticsearch", "docs")]
    [InlineData("opensearch", "docs")]
    [InlineData("chroma", "docs")]
    [InlineData("milvus", "docs")]
    public async Task DescribeAsync_SomethingElseAnswers404_IsNoAnswer(string scheme, string collection)
    {
        var kind = scheme == "opensearch" ? ",\"distribution\":\"opensearch\"" : "";
        await using var server = new LoopbackServer(context => context.Request.Url!.AbsolutePath switch
        {
            // What the database is asked before: the proxy loses it only then.
            "/" => LoopbackServer.WriteAsync(context, 200, $$"""{"version":{"number":"{{(kind.Length > 0 ? "2.19.0" : "9.1.0")}}"{{kind}}},"tagline":"You Know, for Search"}""", "application/json"),
            "/api/v2/auth/identity" => LoopbackServer.WriteAsync(context, 200, "{\"tenant\":\"t\",\"databases\":[\"d\"]}", "application/json"),
            "/api/v2/pre-flight-checks" => LoopbackServer.WriteAsync(context, 200, "{\"max_batch_size\":1000}", "application/json"),
            _ => LoopbackServer.WriteAsync(context, 404, "<html><body><h1>404 Not Found</h1>nginx</body></html>", "text/html"),
        });
        await using var sink = VectorSinks.Open($"{scheme}://{new Uri(server.Address).Authority}/{collection}", new SinkOptions(), TimeProvider.System);
        var exception = await Should.ThrowAsync<SluiceException>(() => sink.DescribeAsync(CancellationToken.None));
        exception.Message.ShouldContain("404");
    }
}
