using System.Net;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Tests.Http;

public sealed class EmbeddingRoutesTests
{
    private const string Path = "/v1/embeddings";

    [Fact]
    public async Task Embeddings_OneTextAndSeveral_AreAnsweredInOpenAisShape()
    {
        await using var model = await Sluice.TestKit.Models.TestModel.OpenAsync();
        await using var server = await EmbeddingServer.StartAsync(model);
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
        Floats(data[1]).ShouldBe(expected, 1e-5);

        (status, body, _) = await server.SendAsync("GET", "/v1/models");
        status.ShouldBe(HttpStatusCode.OK, body);
        JsonDocument.Parse(body).RootElement.GetProperty("data")[0].GetProperty("id").GetString().ShouldBe("use-lite");
    }

    [Fact]
    public async Task Embeddings_FewerDimensions_AreTheFirstOnesAtUnitLength()
    {
        await using var model = await Sluice.TestKit.Models.TestModel.OpenAsync();
        await using var server = await EmbeddingServer.StartAsync(model);
        var (status, body, _) = await server.SendAsync("POST", Path, body: """{"input":"cut to sixty-four","dimensions":64}""");
        status.ShouldBe(HttpStatusCode.OK, body);
        var cut = Floats(JsonDocument.Parse(body).RootElement.GetProperty("data")[0]);
        cut.Length.ShouldBe(64);
        TensorPrimitives.Norm<float>(cut).ShouldBe(1, 1e-5f);
        var whole = ((DenseEmbedding)await model.EmbedQueryAsync("cut to sixty-four", CancellationToken.None)).Values;
        TensorPrimitives.CosineSimilarity(cut, whole.Span[..64]).ShouldBe(1, 1e-5f);
    }

    [Fact]
    public async Task Embeddings_BadRequests_AreRefusedInWords_AndInOpenAisShape()
    {
        await using var model = await Sluice.TestKit.Models.TestModel.OpenAsync();
        await using var server = await EmbeddingServer.StartAsync(model, tokens: true);
        foreach (var (request, expected, field, words, isOfTheShape) in new (string, HttpStatusCode, string?, string, bool)[]
        {
            ("""{"input":[1,2,3]}""", HttpStatusCode.BadRequest, "input", "lists of token ids are not taken", false),
            ("""{"input":[[1,2],[3]]}""", HttpStatusCode.BadRequest, "input", "lists of token ids are not taken", false),
            ("""{"input":[]}""", HttpStatusCode.BadRequest, "input", "1 to 2,048 texts", true),
            ("""{"input":"x","model":"other"}""", HttpStatusCode.NotFound, "model", "this server has use-lite", true),
            ("""{"input":"x","dimensions":513}""", HttpStatusCode.BadRequest, "dimensions", "1 to 512", true),
            ("""{"input":"x","dimensions":0}""", HttpStatusCode.BadRequest, "dimensions", "1 to 512", true),
            ("""{"input":"x","encoding_format":"hex"}""", HttpStatusCode.BadRequest, "encoding_format", "float or base64", false),
            ("""{"input":"x","input_type":"poem"}""", HttpStatusCode.BadRequest, "input_type", "document or query", false),
            ("""{"inputs":"x"}""", HttpStatusCode.BadRequest, null, "not JSON of the right shape", false),
        })
        {
            var (status, body, _) = await server.SendAsync("POST", Path, body: request);
            status.ShouldBe(expected, request);
            var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
            error.GetProperty("message").GetString()!.ShouldContain(words);
            error.GetProperty("type").GetString().ShouldBe("invalid_request_error");
            error.GetProperty("param").GetString().ShouldBe(field);
            error.GetProperty("code").GetString().ShouldBe(expected == HttpStatusCode.NotFound ? "model_not_found" : null);
            server.Schemas.Takes("POST", Path, request).ShouldBe(isOfTheShape, request);
        }

        var (malformed, text, _) = await server.SendAsync("POST", Path, body: "{");
        malformed.ShouldBe(HttpStatusCode.BadRequest);
        text.ShouldContain("not JSON");
        (malformed, text, _) = await server.SendAsync("POST", Path, "a-wrong-token-0123456789", """{"input":"x"}""");
        malformed.ShouldBe(HttpStatusCode.Unauthorized);
        text.ShouldContain("\"invalid_api_key\"");
        (malformed, text, _) = await server.SendAsync("POST", Path + "/multi", body: """{"input":"x"}""");
        malformed.ShouldBe(HttpStatusCode.BadRequest);
        text.ShouldContain("makes one vector a text: POST /v1/embeddings");
    }

    [Fact]
    public async Task Embeddings_MoreThanMayWait_IsToldWhenToComeAgainAndNothingIsLost()
    {
        await using var model = await Sluice.TestKit.Models.TestModel.OpenAsync();
        await using var server = await EmbeddingServer.StartAsync(model, maxWaiting: 400);
        var text = string.Join(' ', Enumerable.Repeat("word", 100));
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => server.SendAsync("POST", Path, body: JsonSerializer.Serialize(new { input = new[] { $"{i} {text}", text } }))));
        answers.Select(static answer => answer.Status).Distinct().ShouldBeSubsetOf([HttpStatusCode.OK, HttpStatusCode.TooManyRequests]);
        answers.Count(static answer => answer.Status == HttpStatusCode.OK).ShouldBeGreaterThan(0);
        var refused = answers.Where(static answer => answer.Status == HttpStatusCode.TooManyRequests).ToList();
        refused.ShouldNotBeEmpty();
        refused.ShouldAllBe(static answer => answer.Answer.Headers.RetryAfter!.Delta == TimeSpan.FromSeconds(1) && answer.Body.Contains("at most 400 may") && answer.Body.Contains("rate_limit_exceeded"));
        (await server.SendAsync("POST", Path, body: """{"input":"after the rush"}""")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Embeddings_ManyClientsWithTextsOfAllLengths_EachGetsWhatItsTextsGiveAlone()
    {
        const int clients = 32;
        await using var model = await Sluice.TestKit.Models.TestModel.OpenAsync();
        await using var server = await EmbeddingServer.StartAsync(model, maxWaiting: 1 << 20, batchTokens: 2_048);
        var texts = Enumerable.Range(0, clients).Select(static client => Enumerable.Range(0, 6).Select(part => string.Join(' ', Enumerable.Range(0, 1 + (((client * 31) + (part * 17)) % 90)).Select(word => $"w{(client * 7) + part + word}"))).ToArray()).ToList();
        var answers = await Task.WhenAll(texts.Select(batch => server.SendAsync("POST", Path, body: JsonSerializer.Serialize(new { input = batch }))));
        for (var client = 0; client < clients; client++)
        {
            answers[client].Status.ShouldBe(HttpStatusCode.OK, answers[client].Body);
            var data = JsonDocument.Parse(answers[client].Body).RootElement.GetProperty("data");
            data.EnumerateArray().Select(static item => item.GetProperty("index").GetInt32()).ShouldBe([0, 1, 2, 3, 4, 5]);
            for (var part = 0; part < texts[client].Length; part++)
            {
                var alone = ((DenseEmbedding)await model.EmbedQueryAsync(texts[client][part], CancellationToken.None)).Values;
                TensorPrimitives.CosineSimilarity(Floats(data[part]), alone.Span).ShouldBeGreaterThanOrEqualTo(0.99999f, texts[client][part]);
            }
        }
    }

    private static float[] Floats(JsonElement item) => [.. item.GetProperty("embedding").EnumerateArray().Select(static value => value.GetSingle())];
}
