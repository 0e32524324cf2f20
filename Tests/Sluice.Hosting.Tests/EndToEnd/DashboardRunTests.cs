using System.Net.Http.Json;
using System.Text.Json;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>The real program with its dashboard: it lasts as long as the run, or longer, replays inside, and ends as told.</summary>
public sealed class DashboardRunTests
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(60) };

    [Fact]
    public async Task Ingest_WithDashboardKept_ReplaysADeadLetter_AndEndsWithTheSignal()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("heron.md", "# Heron\n\nA heron waits in the shallows below the weir.\n");
        place.Write("broken.pdf", "%PDF-1.7 broken");
        using var run = place.Start("ingest", "docs", "--dashboard-port", "0", "--dashboard-keep", "--log-format", "json");
        using var patience = new CancellationTokenSource(Workplace.Patience);
        var line = await run.LineAsync(static line => line.Contains("\"message\":\"dashboard: ", StringComparison.Ordinal), patience.Token);
        var message = JsonDocument.Parse(line).RootElement.GetProperty("message").GetString()!;
        var address = new Uri(message["dashboard: ".Length..]);

        await UntilAsync(address, "api/v1/jobs/1", static answer => answer.GetProperty("job").GetProperty("state").GetString() == "done", patience.Token);
        (await GetAsync(address, "api/v1/dead-letters")).GetProperty("total").GetInt64().ShouldBe(1);
        place.Write("broken.pdf", "Otters play at the mill race in the evening.");
        using var replay = await Client.PostAsync(new Uri(address, "api/v1/jobs/1/replay"), JsonContent.Create(new { }), patience.Token);
        replay.IsSuccessStatusCode.ShouldBeTrue();
        await UntilAsync(address, "api/v1/jobs/2", static answer => answer.GetProperty("job").GetProperty("state").GetString() == "done", patience.Token);
        (await GetAsync(address, "api/v1/search?q=otters%20at%20the%20mill&limit=1")).GetProperty("hits")[0].GetProperty("uri").GetString()!.ShouldEndWith("broken.pdf");
        (await Client.GetStringAsync(new Uri(address, ""), patience.Token)).ShouldContain("<!doctype html>", Case.Insensitive);

        foreach (var arguments in new string[][] { ["top", "--once", address.ToString()], ["status", "--api", address.ToString()] })
        {
            var seen = await place.RunAsync(arguments);
            seen.ExitCode.ShouldBe(0, seen.Errors);
            seen.Output.ShouldContain("job 2");
            seen.Output.ShouldContain("1 discovered = 1 indexed");
        }

        await run.SignalAsync("INT");
        await run.ExitedAsync(patience.Token);
        run.ExitCode.ShouldBe(3, string.Join('\n', run.Errors));
        run.Errors.ShouldAllBe(static text => text.StartsWith('{') && text.EndsWith('}'), "every line is an event");
        await place.VerifyAsync();
    }

    [Fact]
    public async Task Ingest_DashboardPortTaken_SaysSo()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("a.md", "# A\n\nText.\n");
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        using var run = place.Start("ingest", "docs", "--dashboard-port", port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var patience = new CancellationTokenSource(Workplace.Patience);
        await run.ExitedAsync(patience.Token);
        run.ExitCode.ShouldBe(2);
        run.Errors[^1].ShouldContain($"cannot listen on 127.0.0.1:{port}");
    }

    private static async Task<JsonElement> GetAsync(Uri address, string path) => JsonDocument.Parse(await Client.GetStringAsync(new Uri(address, path))).RootElement;

    private static async Task UntilAsync(Uri address, string path, Func<JsonElement, bool> wanted, CancellationToken patience)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (!wanted(await GetAsync(address, path)))
        {
            await timer.WaitForNextTickAsync(patience);
        }
    }
}
