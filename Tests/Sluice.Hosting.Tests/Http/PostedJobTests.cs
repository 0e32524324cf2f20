using System.Collections.Concurrent;
using System.Text.Json;
using Sluice.TestKit.Http;

namespace Sluice.Hosting.Tests.Http;

/// <summary>What is asked, refused and hidden when a job is posted to a real server.</summary>
public sealed class PostedJobTests
{
    [Fact]
    public async Task Submit_ThatEmbedsAgain_WantsConsent()
    {
        await using var live = await LiveServer.StartAsync();
        live.WriteDocs(3);
        await live.IngestAsync();
        await DoneAsync(live, 1);
        var settings = new Dictionary<string, string> { ["chunking.size"] = "24" };

        var (status, body) = await live.SubmitAsync(new { sources = new[] { live.Docs }, settings });
        status.ShouldBe(409, body);
        Detail(body).ShouldBe("Chunking or parsing changed since the last run: 3 documents are read and embedded again. Post it again with \"confirm\": true if that is what you want.");

        (status, body) = await live.SubmitAsync(new { sources = new[] { live.Docs }, settings, confirm = true });
        status.ShouldBe(201, body);
        (await DoneAsync(live, 2)).GetProperty("documents").GetProperty("indexed").GetInt64().ShouldBe(3);
    }

    [Fact]
    public async Task Submit_ThatCannotRun_IsRefusedAtOnce()
    {
        await using var live = await LiveServer.StartAsync();
        live.WriteDocs(1);
        foreach (var (key, value, words) in new[] { ("chunking.size", "-4", "chunking.size"), ("source.include", "*.[a", "no ] closes"), ("source.exclude", "**/{a", "no } closes") })
        {
            var (status, body) = await live.SubmitAsync(new { sources = new[] { live.Docs }, settings = new Dictionary<string, string> { [key] = value } });
            status.ShouldBe(400, body);
            Detail(body).ShouldContain(words);
        }

        (await live.SubmitAsync(new { sources = new[] { live.Docs + "/missing.md" } })).Status.ShouldBe(400);
        (await live.GetAsync("api/v1/jobs")).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Submit_GlobWithBraces_AndALinkOutOfTheFolder_TakesWhatIsMeant()
    {
        using var outside = new TemporaryFolder();
        outside.Write("secret.md", "Secrets of others.");
        await using var live = await LiveServer.StartAsync();
        live.Write("a.md", "Herons stand in the shallows.");
        live.Write("b.txt", "Otters swim below the weir.");
        live.Write("c.log", "Not this one.");
        Directory.CreateSymbolicLink(Path.Combine(live.Docs, "out"), outside.Path);
        var (status, body) = await live.SubmitAsync(new { sources = new[] { live.Docs }, settings = new Dictionary<string, string> { ["source.include"] = "*.{md,txt}" } });
        status.ShouldBe(201, body);
        (await DoneAsync(live, 1)).GetProperty("documents").GetProperty("indexed").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task Submit_UrlWithASecret_IsFetchedWithIt_AndNeverShown()
    {
        var asked = new ConcurrentBag<string>();
        await using var web = new LoopbackServer(context =>
        {
            asked.Add(context.Request.RawUrl!);
            return LoopbackServer.WriteAsync(context, 200, "Herons stand in the shallows below the weir.");
        });
        var url = $"{web.Address.TrimEnd('/')}/a.txt?token=SECRETXYZ";
        await using var live = await LiveServer.StartAsync(url);
        var (status, body) = await live.SubmitAsync(new { sources = new[] { url } });
        status.ShouldBe(201, body);
        await DoneAsync(live, 1);

        asked.ShouldNotBeEmpty();
        asked.ShouldAllBe(static path => path == "/a.txt?token=SECRETXYZ");
        body.ShouldNotContain("SECRETXYZ");
        foreach (var path in new[] { "api/v1/jobs", "api/v1/jobs/1", "api/v1/overview", "api/v1/search?q=herons%20in%20the%20shallows" })
        {
            var shown = await live.GetTextAsync(path);
            shown.ShouldNotContain("SECRETXYZ", Case.Sensitive, path);
            shown.ShouldContain("a.txt?token=***", Case.Sensitive, path);
        }

        lock (live.Log)
        {
            live.Log.ShouldContain(static line => line.Contains("a.txt?token=***", StringComparison.Ordinal));
            live.Log.ShouldNotContain(static line => line.Contains("SECRETXYZ", StringComparison.Ordinal));
        }
    }

    private static Task<JsonElement> DoneAsync(LiveServer live, long job) => live.UntilAsync(
        $"job {job} is done",
        overview => overview.GetProperty("job") is { ValueKind: JsonValueKind.Object } shown && shown.GetProperty("id").GetInt64() == job && overview.GetProperty("state").GetString() is "done" or "failed");

    private static string Detail(string body) => JsonDocument.Parse(body).RootElement.GetProperty("detail").GetString()!;
}
