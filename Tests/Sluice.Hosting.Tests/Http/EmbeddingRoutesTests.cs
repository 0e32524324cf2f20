using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Actors.Embedding;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http;
using Sluice.Hosting.Tests.Cli;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Tests.Http;

public sealed class EmbeddingRoutesTests
{
    private const string Path = "/v1/embeddings";

    [Fact]
    public async Task Embeddings_OneTextAndSeveral_AreAnsweredInOpenAisShape()
    {
        await using var model = await Sluice.TestKit.Models.TestModel.OpenAsync();
        await using var routes = Routes(model);
        await using var server = await TestServer.StartAsync(embeddings: routes);
        var (status, body, _) = await server.SendAsync("POST", Path, body: """{"model":"use-lite","input":"a question of memory","encoding_format":"base64","user":"me"}""");
        status.ShouldBe(HttpStatusCode.OK, body);
        var answer = JsonDocument.Parse(body).RootElement;
        answer.GetProperty("object").GetString().ShouldBe("list");
        answer.GetProperty("model").GetString().ShouldBe("use-lite");
        var usage = answer.GetProperty("usage");
        usage.GetProperty("prompt_tokens").GetInt32().ShouldBe(usage.GetProperty("total_tokens").GetInt32());
        var encoded = MemoryMarshal.Cast<byte, float>(answer.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64()).ToArray();
        var expected = ((DenseEmbedding)await model.EmbedQueryAsync("a question of memory", CancellationToken.None)).Values.ToArray();
        encoded.ShouldBe(expected, 1e-5);

        (status, body, _) = await server.SendAsync("POST", Path, body: """{"input":["first","a question of memory",""],"input_type":"query","dimensions":512}""");
        status.ShouldBe(HttpStatusCode.OK, body);
        var data = JsonDocument.Parse(body).RootElement.GetProperty("data");
        data.EnumerateArray().Select(static item => item.GetProperty("index").GetInt32()).ShouldBe([0, 1, 2]);
        data[1].GetProperty("embedding").EnumerateArray().Select(static value => value.GetSingle()).ShouldBe(expected, 1e-5);
    }

    [Fact]
    public async Task Embeddings_BadRequests_AreRefusedInWords()
    {
        await using var model = await Sluice.TestKit.Models.TestModel.OpenAsync();
        await using var routes = Routes(model);
        await using var server = await TestServer.StartAsync(tokens: true, embeddings: routes);
        foreach (var (request, expected, words) in new[]
        {
            ("""{"input":[1,2,3]}""", HttpStatusCode.BadRequest, "lists of token ids are not taken"),
            ("""{"input":[]}""", HttpStatusCode.BadRequest, "1 to 2,048 texts"),
            ("""{"input":"x","model":"other"}""", HttpStatusCode.NotFound, "this server has use-lite"),
            ("""{"input":"x","dimensions":64}""", HttpStatusCode.BadRequest, "gives 512 dimensions"),
            ("""{"input":"x","encoding_format":"hex"}""", HttpStatusCode.BadRequest, "float or base64"),
            ("""{"input":"x","input_type":"poem"}""", HttpStatusCode.BadRequest, "document or query"),
            ("{", HttpStatusCode.BadRequest, "not JSON"),
        })
        {
            var (status, body, _) = await server.SendAsync("POST", Path, TestServer.ReadToken, request);
            status.ShouldBe(expected, request);
            body.ShouldContain(words);
        }

        (await server.SendAsync("POST", Path, null, """{"input":"x"}""")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        var (conflict, text, _) = await server.SendAsync("POST", Path + "/multi", TestServer.ReadToken, """{"input":"x"}""");
        conflict.ShouldBe(HttpStatusCode.Conflict);
        text.ShouldContain("makes one vector a text: POST /v1/embeddings");
    }

    [Fact]
    public async Task Embeddings_MoreThanMayWait_IsToldWhenToComeAgainAndNothingIsLost()
    {
        await using var model = await Sluice.TestKit.Models.TestModel.OpenAsync();
        await using var routes = Routes(model, maxWaiting: 400);
        await using var server = await TestServer.StartAsync(embeddings: routes);
        var text = string.Join(' ', Enumerable.Repeat("word", 100));
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => server.SendAsync("POST", Path, body: JsonSerializer.Serialize(new { input = new[] { $"{i} {text}", text } }))));
        answers.Select(static answer => answer.Status).Distinct().ShouldBeSubsetOf([HttpStatusCode.OK, HttpStatusCode.TooManyRequests]);
        answers.Count(static answer => answer.Status == HttpStatusCode.OK).ShouldBeGreaterThan(0);
        var refused = answers.Where(static answer => answer.Status == HttpStatusCode.TooManyRequests).ToList();
        refused.ShouldNotBeEmpty();
        refused.ShouldAllBe(static answer => answer.Answer.Headers.RetryAfter!.Delta == TimeSpan.FromSeconds(1) && answer.Body.Contains("at most 400 may"));
        (await server.SendAsync("POST", Path, body: """{"input":"after the rush"}""")).Status.ShouldBe(HttpStatusCode.OK);
    }

    private static EmbeddingRoutes Routes(EmbeddingModel model, long maxWaiting = 65_536) =>
        new(new TestRooms { Model = _ => new ModelHandle(model) }, "", new HttpOptions { MaxWaitingTokens = maxWaiting }, batchTokens: 512);
}
