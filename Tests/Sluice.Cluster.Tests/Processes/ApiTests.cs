using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Sluice.ClusterRuns;
using Sluice.TestKit.Files;

namespace Sluice.Cluster.Tests.Processes;

/// <summary>The API of a real cluster: nodes in processes of their own, a real PostgreSQL, Debian's Prometheus.</summary>
[Collection(nameof(ProcessCollection))]
public sealed class ApiTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Cluster_WatchedAndSteeredOverItsApi_ShowsWhatHappens()
    {
        var corpus = Corpus.Write(_folder.Path, documents: 2_400, paragraphs: 10);
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { LatencyMs = 400, NodeSettings = ["http.listen=127.0.0.1:0"] });
        await lab.AddAsync("coordinate", "api");
        var parser = await lab.AddAsync("parse", "index");
        var embedder = await lab.AddAsync("embed");
        var other = await lab.AddAsync("parse", "embed", "index");
        _client.BaseAddress = new Uri(HttpAddress(lab, 2));
        var job = await lab.SubmitAsync([corpus], "sluice.pipeline { partitions = 6, batch-rows = 12, acknowledge-timeout = 60s }");

        // What it does: the stages of all nodes together, what limits them, and the accounting by the ledger.
        var overview = await UntilAsync("api/v1/overview", "the embedder is the limit", static answer => Limit(answer) == "embed");
        overview.GetProperty("mode").GetString().ShouldBe("cluster");
        overview.GetProperty("pipeline").GetProperty("limit").GetProperty("sentence").GetString()!.ShouldMatch(@"^The embedder is the limit: it embeds [\d,.]+ chunks/s \([\d,.]+ tokens/s\); the \w+ waits \d+ % of the time\.$");
        overview.GetProperty("pipeline").GetProperty("stages")[2].GetProperty("workers").GetInt32().ShouldBe(2 * Math.Min(2, Environment.ProcessorCount), "two nodes, each with two batches at once where it has the processors");
        overview.GetProperty("pipeline").GetProperty("stages")[2].GetProperty("latency").GetProperty("p50").GetDouble().ShouldBeInRange(0.3, 0.8);
        overview.GetProperty("documents").GetProperty("balances").GetBoolean().ShouldBeTrue();
        var nodes = (await GetAsync("api/v1/nodes")).GetProperty("items").EnumerateArray().ToList();
        nodes.Count.ShouldBe(4);
        nodes.ShouldAllBe(static node => node.GetProperty("state").GetString() == "up");
        nodes.ShouldAllBe(static node => (node.GetProperty("device").GetString() == "cpu") == Roles(node).Contains("embed", StringComparison.Ordinal), "an embedding node says what its models run on");
        nodes.Count(static node => node.GetProperty("chunksEmbeddedPerSecond").GetDouble() > 0).ShouldBe(2);

        // Every node is scraped.
        await ScrapeAsync(lab, 4);

        // Pause stops it, resume goes on.
        (await PostAsync($"api/v1/jobs/{job}/pause")).GetProperty("wish").GetString().ShouldBe("pause");
        await UntilAsync("api/v1/overview", "it is paused", static answer => answer.GetProperty("state").GetString() == "paused");
        await PostAsync($"api/v1/jobs/{job}/resume");
        await UntilAsync("api/v1/overview", "it goes on", static answer => answer.GetProperty("state").GetString() == "running" && answer.GetProperty("throughput").GetProperty("vectorsPerSecond").GetDouble() > 0);

        // A node that is killed is shown as lost.
        embedder.Signal("KILL");
        await UntilAsync("api/v1/nodes", "the embedder is lost", answer => StateOf(answer, "embed") == "lost");
        (await GetAsync("api/v1/overview")).GetProperty("nodes").GetProperty("lost").GetInt32().ShouldBe(1);

        // A node that is drained finishes, leaves and ends in order, and the job goes on to its end on the others.
        var id = (await GetAsync("api/v1/nodes")).GetProperty("items").EnumerateArray().Single(static node => Roles(node) == "index,parse").GetProperty("id").GetString();
        (await PostAsync($"api/v1/nodes/{id}/drain")).GetProperty("state").GetString().ShouldBe("draining");
        await parser.EndedAsync(Patience);
        parser.ExitCode.ShouldBe(0, lab.Tail());
        await UntilAsync("api/v1/nodes", "the parser has left", answer => StateOf(answer, "index,parse") == "left");
        lab.Hurry();
        var done = await UntilAsync($"api/v1/jobs/{job}", "the job is done", static answer => answer.GetProperty("job").GetProperty("state").GetString() == "done");
        done.GetProperty("job").GetProperty("documents").GetProperty("indexed").GetInt64().ShouldBe(2_400);
        other.Runs.ShouldBeTrue();

        using var refused = await _client.PostAsync($"api/v1/nodes/{id}/drain", JsonContent.Create(new { }));
        ((int)refused.StatusCode).ShouldBe(409);
    }

    /// <summary>PostgreSQL is away for a while: who asks is told within seconds, and nothing is posted by halves.</summary>
    [Fact]
    public async Task Cluster_WhoseLedgerIsAway_SaysSoAndTakesNoJobs()
    {
        var corpus = Corpus.Write(_folder.Path, documents: 3, paragraphs: 1);
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { LatencyMs = 1, NodeSettings = ["http.listen=127.0.0.1:0", $"http.sources=[\"{corpus}\"]"] });
        await lab.AddAsync("coordinate", "parse", "embed", "index", "api");
        _client.BaseAddress = new Uri(HttpAddress(lab, 2));
        await ReadyAsync("up", static answer => answer.IsSuccessStatusCode);

        await lab.Server.CrashAsync();
        await ReadyAsync("PostgreSQL", static answer => !answer.IsSuccessStatusCode);
        using (var refused = await _client.PostAsync("api/v1/jobs", JsonContent.Create(new { sources = new[] { corpus } })))
        {
            ((int)refused.StatusCode).ShouldBe(503);
            refused.Headers.RetryAfter.ShouldNotBeNull();
            (await refused.Content.ReadAsStringAsync()).ShouldContain("PostgreSQL");
        }

        await lab.Server.RunAsync();
        await ReadyAsync("up", static answer => answer.IsSuccessStatusCode);
        (await GetAsync("api/v1/jobs")).GetProperty("items").GetArrayLength().ShouldBe(0, "nobody has posted one");
    }

    /// <summary>Asks /readyz until it answers as wanted.</summary>
    private async Task ReadyAsync(string words, Func<HttpResponseMessage, bool> wanted)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (await timer.WaitForNextTickAsync(patience.Token))
        {
            using var answer = await _client.GetAsync("readyz");
            if (wanted(answer) && (await answer.Content.ReadAsStringAsync()).Contains(words, StringComparison.Ordinal))
            {
                return;
            }
        }
    }

    private static string? Limit(JsonElement overview) => overview.GetProperty("pipeline").GetProperty("limit").GetProperty("stage").GetString();

    private static string Roles(JsonElement node) => string.Join(',', node.GetProperty("roles").EnumerateArray().Select(static role => role.GetString()));

    private static string? StateOf(JsonElement nodes, string roles) => nodes.GetProperty("items").EnumerateArray().Single(node => Roles(node) == roles).GetProperty("state").GetString();

    /// <summary>Where a node answers, from its log.</summary>
    private static string HttpAddress(Lab lab, int host) =>
        File.ReadLines(lab.LogFile(host)).Last(static line => line.StartsWith("http: ", StringComparison.Ordinal))["http: ".Length..];

    private async Task<JsonElement> GetAsync(string path)
    {
        var text = await _client.GetStringAsync(path);
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<JsonElement> PostAsync(string path)
    {
        using var answer = await _client.PostAsync(path, JsonContent.Create(new { }));
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Asks about twice a second until the answer is as wanted.</summary>
    private async Task<JsonElement> UntilAsync(string path, string what, Func<JsonElement, bool> wanted)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        var last = default(JsonElement);
        try
        {
            while (await timer.WaitForNextTickAsync(patience.Token))
            {
                last = await GetAsync(path);
                if (wanted(last))
                {
                    return last;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        throw new TimeoutException($"{path}: not within {Patience} that {what}; the last answer: {last}");
    }

    /// <summary>Starts Debian's Prometheus over the nodes, and sees that it reaches all of them and understands what they say.</summary>
    private async Task ScrapeAsync(Lab lab, int nodes)
    {
        var port = InProcessCluster.FreePort();
        var targets = Enumerable.Range(2, nodes).Select(host => $"'{new Uri(HttpAddress(lab, host)).Authority}'");
        var folder = Directory.CreateDirectory(_folder.Combine("prometheus")).FullName;
        var configuration = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, $"global: {{ scrape_interval: 1s }}\nscrape_configs:\n  - job_name: sluice\n    static_configs:\n      - targets: [{string.Join(", ", targets)}]\n");
        var start = new ProcessStartInfo("prometheus", [$"--config.file={configuration}", $"--storage.tsdb.path={folder}/data", string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}")])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var prometheus = Process.Start(start)!;
        prometheus.ErrorDataReceived += static (_, _) => { };
        prometheus.BeginErrorReadLine();
        prometheus.BeginOutputReadLine();
        try
        {
            using var asking = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")), Timeout = TimeSpan.FromSeconds(30) };
            await QueryAsync(asking, "count(up{job=\"sluice\"} == 1)", value => value == nodes);
            await QueryAsync(asking, "sum(sluice_cluster_members{sluice_state=\"up\"})", value => value == nodes);
            await QueryAsync(asking, "sum(rate(messaging_client_published_messages_total{messaging_operation_name=\"embed\"}[10s]))", static value => value > 0);
            await QueryAsync(asking, "histogram_quantile(0.5, sum by (le) (rate(messaging_process_duration_seconds_bucket{messaging_operation_name=\"embed\"}[20s])))", static value => value is > 0.2 and < 1);
            await QueryAsync(asking, "sum(rate(sluice_stage_time_seconds_total{sluice_stage=\"embed\",sluice_stage_state=\"working\"}[10s]))", static value => value > 0.5 && value < (2 * Math.Min(2, Environment.ProcessorCount)) + 0.5); // Two nodes, each with its batches at once.
            await QueryAsync(asking, "max(sluice_queue_utilization)", static value => value > 0);
            await QueryAsync(asking, "min(process_memory_usage_bytes)", static value => value > 1e7);
        }
        finally
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync();
        }
    }

    private static async Task QueryAsync(HttpClient prometheus, string query, Func<double, bool> wanted)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        var last = "nothing";
        try
        {
            while (await timer.WaitForNextTickAsync(patience.Token))
            {
                try
                {
                    last = await prometheus.GetStringAsync("api/v1/query?query=" + Uri.EscapeDataString(query), patience.Token);
                }
                catch (HttpRequestException exception)
                {
                    last = exception.Message; // It is still starting.
                    continue;
                }

                var result = JsonDocument.Parse(last).RootElement.GetProperty("data").GetProperty("result");
                if (result.GetArrayLength() == 1 && wanted(double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        throw new TimeoutException($"{query}: {last}");
    }
}
