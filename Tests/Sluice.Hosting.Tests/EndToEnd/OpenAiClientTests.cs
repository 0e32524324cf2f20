using System.Text.Json;
using Sluice.Faults;
using Sluice.TestKit.Clients;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>OpenAI's own client talks to the real <c>sluice serve</c>.</summary>
public sealed class OpenAiClientTests
{
    private const string Token = "a-token-that-may-look-0123456789";

    [Fact]
    public async Task Client_EmbedsAndIsRefusedAndComesAgain_AsWithOpenAi()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("heron.md", "# Heron\n\nA heron waits in the shallows below the weir.\n");
        (await place.IngestAsync()).ShouldEnd(0);
        var environment = new Dictionary<string, string>(Workplace.Environment, StringComparer.Ordinal) { ["SLUICE_API_READ_TOKEN"] = Token };
        using var run = SluiceProcess.Start(place.Path, environment, "serve", "--http", "127.0.0.1:0", "--set", "embedding.threads=1", "--set", "http.max-waiting-tokens=2000");
        using var patience = new CancellationTokenSource(Workplace.Patience);
        var address = await run.ReadyAsync(patience.Token);
        await using var client = await NodeClient.StartAsync("openai", new { url = new Uri(address, "v1").ToString(), apiKey = Token });

        var models = await client.CallAsync("models");
        models.GetProperty("answer")[0].GetProperty("id").GetString().ShouldBe("use-lite");

        // Without an encoding the client asks for base64, and decodes it.
        var usual = await EmbedAsync(client, new { model = "use-lite", input = new[] { "a heron", "the weir" } });
        usual.GetProperty("encoding").GetString().ShouldBe("base64");
        var floats = await EmbedAsync(client, new { model = "use-lite", input = new[] { "a heron", "the weir" }, encoding_format = "float" });
        for (var text = 0; text < 2; text++)
        {
            Vector(usual, text).Length.ShouldBe(512);
            Vector(usual, text).ShouldBe(Vector(floats, text), 1e-5);
        }

        Vector(usual, 0).ShouldNotBe(Vector(usual, 1));
        floats.GetProperty("answer").GetProperty("usage").GetProperty("prompt_tokens").GetInt64().ShouldBeGreaterThan(0);
        var cut = Vector(await EmbedAsync(client, new { model = "use-lite", input = "a heron", dimensions = 64 }), 0);
        cut.Length.ShouldBe(64);
        cut.Sum(static value => value * value).ShouldBe(1, 1e-4);

        Shows(await EmbedAsync(client, new { model = "text-embedding-3-small", input = "x" }), "NotFoundError", 404, "invalid_request_error", "model", "model_not_found");
        Shows(await EmbedAsync(client, new { model = "use-lite", input = new[] { 1, 2, 3 } }), "BadRequestError", 400, "invalid_request_error", "input", null);
        Shows(await EmbedAsync(client, new { model = "use-lite", input = "x", dimensions = 4_000 }), "BadRequestError", 400, "invalid_request_error", "dimensions", null);
        Shows(await client.CallAsync("multi", new { request = new { model = "use-lite", input = "x" } }), "BadRequestError", 400, "invalid_request_error", "model", null);
        Shows(await client.CallAsync("missing"), "NotFoundError", 404, "invalid_request_error", null, null);
        Shows(await client.CallAsync("embed", new { request = new { model = "use-lite", input = "x" }, apiKey = "sk-of-someone-else-0123456789" }), "AuthenticationError", 401, "invalid_request_error", null, "invalid_api_key");

        var text100 = string.Join(' ', Enumerable.Repeat("heron", 100));
        var rush = await client.CallAsync("rush", new { model = "use-lite", texts = Enumerable.Range(0, 300).Select(number => $"{number} {text100}"), retries = 30 });
        var refused = rush.GetProperty("refused");
        Shows(refused, "RateLimitError", 429, "tokens", null, "rate_limit_exceeded");
        refused.GetProperty("error").GetProperty("retryAfter").GetString().ShouldBe("1");
        var served = rush.GetProperty("served");
        served.GetProperty("attempts").GetInt32().ShouldBeGreaterThan(1, "the first try was refused");
        Vector(served, 0).Length.ShouldBe(512);
        rush.GetProperty("large").GetInt32().ShouldBe(300, "what was let in is served, whoever was refused meanwhile");

        await run.SignalAsync("INT");
        await run.ExitedAsync(patience.Token);
        run.ExitCode.ShouldBe(0, string.Join('\n', run.Errors));
    }

    private static async Task<JsonElement> EmbedAsync(NodeClient client, object request) => await client.CallAsync("embed", new { request });

    private static float[] Vector(JsonElement outcome, int text) =>
        [.. outcome.GetProperty("answer").GetProperty("data")[text].GetProperty("embedding").EnumerateArray().Select(static value => value.GetSingle())];

    private static void Shows(JsonElement outcome, string name, int status, string type, string? param, string? code)
    {
        var error = outcome.GetProperty("error");
        error.GetProperty("name").GetString().ShouldBe(name, outcome.ToString());
        error.GetProperty("status").GetInt32().ShouldBe(status);
        error.GetProperty("type").GetString().ShouldBe(type);
        error.GetProperty("param").GetString().ShouldBe(param);
        error.GetProperty("code").GetString().ShouldBe(code);
        error.GetProperty("message").GetString().ShouldNotBeNullOrWhiteSpace();
        outcome.GetProperty("attempts").GetInt32().ShouldBe(1);
    }
}
