using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.Dashboard.Tests.Browsing;
using Sluice.Dashboard.Tests.Runs;
using Sluice.TestKit.Files;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Dashboard.Tests;

/// <summary>A page that is left open does not grow.</summary>
[Collection(nameof(BrowserCollection))]
public sealed class GrowthTests(Browser browser, ModelCache models, ITestOutputHelper output)
{
    private const int EventsAnHour = 3_600;

    [Fact]
    public async Task Page_OpenForThreeHoursOfEvents_HoldsNoMoreThanAfterTheFirst()
    {
        await using var server = await PaperServer.StartAsync();
        Multiply(server["nodes"]["items"]!.AsArray(), static (node, number) => node["id"] = $"10.0.0.{number}:4053");
        Multiply(server["jobs"]["items"]!.AsArray(), static (job, number) => job["id"] = number);
        await using var page = await browser.OpenAsync(server.Address);
        var session = await page.Page.Context.NewCDPSessionAsync(page.Page);
        await session.SendAsync("Performance.enable");
        var held = new List<(double Heap, double Nodes, double Listeners)>();
        for (var hour = 0; hour < 3; hour++)
        {
            server.Say(Hour(server, hour));
            var settled = ((hour + 1) * EventsAnHour).ToString("N0", CultureInfo.InvariantCulture);
            await Expect(page.Page.Locator("#progress-done")).ToContainTextAsync($"{settled} of", new LocatorAssertionsToContainTextOptions { Timeout = 60_000 });
            held.Add(await MeasureAsync(session));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"after {settled} events: heap {held[hour].Heap / 1e6:0.00} MB, {held[hour].Nodes} nodes, {held[hour].Listeners} listeners"));
        }

        var (first, last) = (held[0], held[^1]);
        last.Nodes.ShouldBeLessThan(first.Nodes * 1.1);
        last.Listeners.ShouldBeLessThan(first.Listeners * 1.1);
        ((last.Heap - first.Heap) / (2 * EventsAnHour)).ShouldBeLessThan(200, "bytes kept of an event, which is some 4,000 bytes long");
    }

    [Fact]
    public async Task Server_WithAnHoursWorthOfReaders_HoldsNoMoreThanBefore()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Combine("corpus"));
        folder.Write("corpus/locks.md", "# Locks\n\nA lock lifts boats from one level of a canal to another.\n");
        var environment = models.Environment();
        environment["DOTNET_GCgen0size"] = "400000"; // 4 MiB: collected so often that what it holds is what is in use.
        await using var run = await MachineRun.StartAsync(folder.Path, environment, "corpus", "--to", "sqlite:machine.db", "--dashboard-port", "0", "--dashboard-keep");
        using var client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = run.Address }; // A reader that goes is gone at once.
        var held = new List<double>();
        for (var round = 0; round < 4; round++)
        {
            await ReadAsync(client, readers: 14, events: 2, polls: 1_000);
            held.Add(run.Memory / 1048576.0);
        }

        output.WriteLine($"MiB after each 2,000 lists and 14 streams: {string.Join(", ", held.Select(static mebibytes => mebibytes.ToString("0.0", CultureInfo.InvariantCulture)))}");
        (held[3] - held[1]).ShouldBeLessThan(16, "4,000 lists and 28 streams; a page asks for 2,400 lists in an hour");
    }

    /// <summary>So many streams at once, each read for some events, while the lists are asked for as a page does.</summary>
    private static async Task ReadAsync(HttpClient client, int readers, int events, int polls)
    {
        var streams = Enumerable.Range(0, readers).Select(async _ =>
        {
            using var stream = new StreamReader(await client.GetStreamAsync(new Uri("api/v1/events", UriKind.Relative)));
            for (var heard = 0; heard < events;)
            {
                var line = await stream.ReadLineAsync() ?? throw new InvalidOperationException("the stream ended");
                heard += line == "event: overview" ? 1 : 0;
            }
        }).ToList();
        for (var poll = 0; poll < polls; poll++)
        {
            (await client.GetStringAsync(new Uri("api/v1/jobs", UriKind.Relative))).ShouldStartWith("{");
            (await client.GetStringAsync(new Uri("api/v1/nodes", UriKind.Relative))).ShouldStartWith("{");
        }

        await Task.WhenAll(streams);
    }

    /// <summary>Sixty of the one that is there.</summary>
    private static void Multiply(JsonArray items, Action<JsonNode, int> number)
    {
        var one = items[0]!.DeepClone();
        items.Clear();
        for (var count = 1; count <= 60; count++)
        {
            var copy = one.DeepClone();
            number(copy, count);
            items.Add(copy);
        }
    }

    /// <summary>An hour of overviews in which everything changes, nodes are lost and come back, jobs pause and go on.</summary>
    private static string Hour(PaperServer server, int hour)
    {
        var events = new StringBuilder();
        var overview = server["overview"];
        overview["documents"]!["discovered"] = 1_000_000;
        var began = DateTimeOffset.Parse("2026-11-24T20:00:00Z", CultureInfo.InvariantCulture);
        for (var second = 1; second <= EventsAnHour; second++)
        {
            var at = hour * EventsAnHour + second;
            overview["at"] = began.AddSeconds(at).ToString("O", CultureInfo.InvariantCulture);
            overview["documents"]!["pending"] = 1_000_000 - at;
            overview["process"]!["residentBytes"] = 400_000_000L + at % 977;
            overview["throughput"]!["chunksPerSecond"] = 1000 + at % 311;
            overview["pipeline"]!["limit"]!["stage"] = at % 60 < 30 ? "index" : "embed";
            foreach (var stage in overview["pipeline"]!["stages"]!.AsArray())
            {
                stage!["rate"] = 1000 + at % 97;
                stage["items"] = at * 1000L;
            }

            events.Append(server.Overview(at));
            if (second % 60 == 0)
            {
                var node = server["nodes"]["items"]![second / 60 - 1]!;
                node["state"] = at % 120 == 0 ? "lost" : "up";
                events.Append(CultureInfo.InvariantCulture, $"event: node\ndata: {node.ToJsonString()}\n\n");
                var job = server["jobs"]["items"]![second / 60 - 1]!;
                job["state"] = at % 120 == 0 ? "paused" : "running";
                events.Append(CultureInfo.InvariantCulture, $"event: job\ndata: {job.ToJsonString()}\n\n");
            }
        }

        return events.ToString();
    }

    private static async Task<(double Heap, double Nodes, double Listeners)> MeasureAsync(ICDPSession session)
    {
        for (var collection = 0; collection < 3; collection++)
        {
            await session.SendAsync("HeapProfiler.collectGarbage");
        }

        var answer = await session.SendAsync("Performance.getMetrics") ?? throw new InvalidOperationException("the browser tells no metrics");
        var metrics = answer.GetProperty("metrics").EnumerateArray().ToDictionary(static metric => metric.GetProperty("name").GetString()!, static metric => metric.GetProperty("value").GetDouble());
        return (metrics["JSHeapUsedSize"], metrics["Nodes"], metrics["JSEventListeners"]);
    }
}
