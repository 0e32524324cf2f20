using System.Text.Json;

namespace Sluice.Hosting.Tests.Http;

/// <summary>The API over a real run: what limits it, pause, cancel, dead letters, search, metrics.</summary>
public sealed class LiveServerTests
{
    [Fact]
    public async Task Limit_WhenTheDatabaseAndThenTheModelIsSlowed_IsNamedRightly()
    {
        await using var live = await LiveServer.StartAsync();
        live.WriteDocs(1_500);
        live.SinkDelay = TimeSpan.FromMilliseconds(250);
        await live.IngestAsync();
        var slow = await live.UntilAsync("the database is the limit", static overview => Limit(overview) == "index");
        slow.GetProperty("pipeline").GetProperty("model").GetProperty("device").GetString().ShouldBe("cuda:7", "the model says what it runs on");
        Sentence(slow).ShouldMatch(@"^The database is the limit: it accepts [\d,.]+ vectors/s; the embedder waits \d+ % of the time\.$");
        Stage(slow, "index").GetProperty("busyShare").GetDouble().ShouldBeGreaterThan(0.6);
        slow.GetProperty("documents").GetProperty("balances").GetBoolean().ShouldBeTrue();

        live.SinkDelay = TimeSpan.Zero;
        live.EmbedDelay = TimeSpan.FromMilliseconds(150);
        slow = await live.UntilAsync("the embedder is the limit", static overview => Limit(overview) == "embed" && overview.GetProperty("estimate").GetProperty("secondsLeft").ValueKind == JsonValueKind.Number);
        Sentence(slow).ShouldMatch(@"^The embedder is the limit: it embeds [\d,.]+ chunks/s \([\d,.]+ tokens/s\); the (parser|database) waits \d+ % of the time\.$");

        await live.PostAsync("api/v1/jobs/1/cancel");
        (await live.UntilAsync("the job is cancelled", static overview => State(overview) == "cancelled")).GetProperty("pipeline").GetProperty("limit").GetProperty("sentence").GetString().ShouldBe("The job has ended.");
    }

    [Fact]
    public async Task Pause_StopsTheWork_ResumeGoesOnToTheEnd()
    {
        await using var live = await LiveServer.StartAsync();
        live.WriteDocs(400);
        live.EmbedDelay = TimeSpan.FromMilliseconds(40);
        await live.IngestAsync();
        await live.UntilAsync("something is indexed", static overview => overview.GetProperty("chunks").GetProperty("stored").GetInt64() > 0);
        await live.PostAsync("api/v1/jobs/1/pause");
        var paused = await live.UntilAsync("it is paused", static overview => State(overview) == "paused");
        var writes = live.Writes;
        var stored = paused.GetProperty("chunks").GetProperty("stored").GetInt64();
        stored.ShouldBeLessThan(400 * 6);
        var later = await live.UntilAsync("three more overviews came", NthOverview(3));
        live.Writes.ShouldBe(writes);
        later.GetProperty("chunks").GetProperty("stored").GetInt64().ShouldBe(stored);
        later.GetProperty("throughput").GetProperty("vectorsPerSecond").GetDouble().ShouldBe(0);
        Sentence(later).ShouldBe("The job is paused.");

        live.EmbedDelay = TimeSpan.Zero;
        await live.PostAsync("api/v1/jobs/1/resume");
        var done = await live.UntilAsync("it is done", static overview => State(overview) == "done");
        done.GetProperty("documents").GetProperty("indexed").GetInt64().ShouldBe(400);
        done.GetProperty("documents").GetProperty("pending").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task DeadLetter_Replayed_IsIndexedAndFound()
    {
        await using var live = await LiveServer.StartAsync();
        live.WriteDocs(5);
        live.Write("broken.pdf", "%PDF-1.7 broken");
        live.Write("also.pdf", "%PDF-1.7 broken as well");
        await live.IngestAsync();
        await live.UntilAsync("it is done", static overview => State(overview) == "done");
        var page = await live.GetAsync("api/v1/dead-letters?limit=1");
        page.GetProperty("total").GetInt64().ShouldBe(2);
        page.GetProperty("items").GetArrayLength().ShouldBe(1);
        var second = await live.GetAsync($"api/v1/dead-letters?limit=1&after={page.GetProperty("next").GetInt64()}");
        second.GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
        var letter = new[] { page, second }.Select(static one => one.GetProperty("items")[0]).Single(static item => item.GetProperty("uri").GetString()!.EndsWith("broken.pdf", StringComparison.Ordinal));
        letter.GetProperty("message").GetString().ShouldNotBeNullOrWhiteSpace();

        live.Write("broken.pdf", "Herons stand in the shallows below the weir.");
        var replay = await live.PostAsync("api/v1/dead-letters/replay", new { letters = new[] { letter.GetProperty("id").GetInt64() } });
        (replay.GetProperty("documents").GetInt32(), replay.GetProperty("jobs")[0].GetInt64()).ShouldBe((1, 2));
        var done = await live.UntilAsync("the replay is done", static overview => overview.GetProperty("job").GetProperty("id").GetInt64() == 2 && State(overview) == "done");
        done.GetProperty("job").GetProperty("kind").GetString().ShouldBe("replay");
        done.GetProperty("documents").GetProperty("indexed").GetInt64().ShouldBe(1);
        (await live.GetAsync("api/v1/dead-letters")).GetProperty("total").GetInt64().ShouldBe(1);
        var hit = (await live.GetAsync("api/v1/search?q=herons%20in%20the%20shallows&limit=1")).GetProperty("hits")[0];
        hit.GetProperty("place").GetString()!.ShouldContain("broken.pdf");

        // Only the letter's document was read again, and nothing was taken for gone.
        (await live.GetAsync("api/v1/search?q=Paragraph%203%20of%20document%204&limit=5")).GetProperty("hits").GetArrayLength().ShouldBe(5);
    }

    [Fact]
    public async Task Jobs_ASecondOne_WaitsForTheFirst_AndAThirdThatIsCancelledNeverBegins()
    {
        await using var live = await LiveServer.StartAsync();
        live.WriteDocs(100);
        live.EmbedDelay = TimeSpan.FromMilliseconds(20);
        await live.IngestAsync();
        (await live.IngestAsync()).GetProperty("state").GetString().ShouldBe("queued");
        await live.IngestAsync();
        await live.PostAsync("api/v1/jobs/3/cancel");
        await live.UntilAsync("the second one is done", static overview => overview.GetProperty("job").GetProperty("id").GetInt64() >= 2 && State(overview) is "done" or "cancelled");
        var jobs = (await live.GetAsync("api/v1/jobs")).GetProperty("items").EnumerateArray().ToDictionary(static job => job.GetProperty("id").GetInt64());
        jobs[2].GetProperty("documents").GetProperty("unchanged").GetInt64().ShouldBe(100);
        jobs[3].GetProperty("began").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Metrics_AfterARun_TellItInPrometheusFormat()
    {
        await using var live = await LiveServer.StartAsync();
        live.WriteDocs(20);
        await live.IngestAsync();
        await live.UntilAsync("it is done", static overview => State(overview) == "done");
        var text = await live.GetTextAsync("metrics");
        foreach (var line in new[]
        {
            "# TYPE messaging_process_duration_seconds histogram",
            "# TYPE db_client_operation_duration_seconds histogram",
            "# TYPE messaging_client_published_messages_total counter",
            "# TYPE sluice_documents_total counter",
            "# TYPE sluice_queue_utilization gauge",
            "# TYPE sluice_stage_time_seconds_total counter",
            "# TYPE process_memory_usage_bytes gauge",
        })
        {
            text.ShouldContain(line);
        }

        text.Split('\n').Single(static line => line.StartsWith("sluice_documents_total{", StringComparison.Ordinal) && line.Contains("sluice_outcome=\"indexed\"", StringComparison.Ordinal)).ShouldEndWith(" 20");
    }

    private static string? Limit(JsonElement overview) => overview.GetProperty("pipeline").GetProperty("limit").GetProperty("stage").GetString();

    private static string Sentence(JsonElement overview) => overview.GetProperty("pipeline").GetProperty("limit").GetProperty("sentence").GetString()!;

    private static string State(JsonElement overview) => overview.GetProperty("state").GetString()!;

    private static JsonElement Stage(JsonElement overview, string name) => overview.GetProperty("pipeline").GetProperty("stages").EnumerateArray().Single(stage => stage.GetProperty("name").GetString() == name);

    private static Func<JsonElement, bool> NthOverview(int count)
    {
        var seen = 0;
        return _ => ++seen == count;
    }
}
