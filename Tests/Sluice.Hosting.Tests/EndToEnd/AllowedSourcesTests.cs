using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>The real <c>sluice serve</c> with a list of allowed sources: posted jobs get at nothing else.</summary>
public sealed class AllowedSourcesTests
{
    private static readonly HttpClient s_client = new() { Timeout = TimeSpan.FromSeconds(60) };

    [Fact]
    public async Task Post_SourcesThatOneReadsDifferently_AreRefused_AndNothingOfTheMachineIsFound()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("heron.md", "# Heron\n\nA heron waits in the shallows below the weir.\n");
        using var run = place.Start("serve", "--http", "127.0.0.1:0", "--allow", "docs", "--allow", "https://docs.example.com/guide", "--allow", "s3://bucket/docs/", "--allow", "http://1.2.3.4/", "--set", "embedding.threads=1");
        using var patience = new CancellationTokenSource(Workplace.Patience);
        var address = await run.ReadyAsync(patience.Token);
        const string Up = "/../../../../../../../../../../../../../..";
        string[] posted =
        [
            $"https:\\\\docs.example.com/guide#{Up}/etc/passwd", $"s3:\\\\bucket/docs/#{Up}/etc", $"http:\\\\1.2.3.4/x{Up}/etc", $"https:/\\docs.example.com/guide{Up}/etc/passwd", $"https:/docs.example.com/guide{Up}/etc",
            $"https:docs.example.com/guide{Up}/etc/passwd", $"s3:/bucket/docs{Up}/etc/passwd", $"s3://bucket/docs/#{Up}/etc/passwd", $"{place.Docs}{Up}/etc/passwd", $"file://{place.Docs}/%2e%2e{Up}/etc/passwd",
            $"file:{place.Docs}{Up}/etc/passwd", $"file:\\\\{place.Docs}{Up}/etc", $"./https://docs.example.com/guide{Up}/etc/passwd", "file:///etc/passwd", "/etc/passwd", "/etc", "/proc/self/environ",
        ];
        foreach (var source in posted)
        {
            using var answer = await s_client.PostAsJsonAsync(new Uri(address, "api/v1/jobs"), new { sources = new[] { source } }, patience.Token);
            answer.StatusCode.ShouldBeOneOf(HttpStatusCode.BadRequest, HttpStatusCode.Forbidden);
            var detail = (await answer.Content.ReadFromJsonAsync<JsonElement>(patience.Token)).GetProperty("detail").GetString();
            detail.ShouldNotBeNullOrWhiteSpace(source);
        }

        using (var taken = await s_client.PostAsJsonAsync(new Uri(address, "api/v1/jobs"), new { sources = new[] { place.Docs } }, patience.Token))
        {
            taken.StatusCode.ShouldBe(HttpStatusCode.Created);
        }

        await UntilDoneAsync(address, patience.Token);
        (await s_client.GetFromJsonAsync<JsonElement>(new Uri(address, "api/v1/jobs"), patience.Token)).GetProperty("items").GetArrayLength().ShouldBe(1, "only the allowed one is a job");
        var found = await s_client.GetFromJsonAsync<JsonElement>(new Uri(address, "api/v1/search?q=root%20x%200%200%20root%20bin%20bash&limit=20"), patience.Token);
        found.GetProperty("hits").EnumerateArray().ShouldAllBe(static hit => hit.GetProperty("uri").GetString()!.EndsWith("/docs/heron.md", StringComparison.Ordinal));
        found.ToString().ShouldNotContain("root:");
        await run.SignalAsync("INT");
        await run.ExitedAsync(patience.Token);
    }

    private static async Task UntilDoneAsync(Uri address, CancellationToken patience)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while ((await s_client.GetFromJsonAsync<JsonElement>(new Uri(address, "api/v1/jobs/1"), patience)).GetProperty("job").GetProperty("state").GetString() != "done")
        {
            await timer.WaitForNextTickAsync(patience);
        }
    }
}
