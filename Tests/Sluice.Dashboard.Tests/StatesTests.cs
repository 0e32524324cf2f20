using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Sluice.Dashboard.Tests.Browsing;
using Sluice.Dashboard.Tests.Runs;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Dashboard.Tests;

/// <summary>States that no run can be brought into at will, on the examples of the API's documentation.</summary>
[Collection(nameof(BrowserCollection))]
public sealed class StatesTests(Browser browser) : IAsyncLifetime
{
    private PaperServer _server = null!;

    public async Task InitializeAsync() => _server = await PaperServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Examples_OfTheDocumentation_AreShown()
    {
        await using var page = await ShowAsync(Looks.Light);

        await Expect(page.Headline).ToHaveTextAsync("The database is the limit: it accepts 1,240 vectors/s; the embedder waits 61 % of the time.");
        await Expect(page.Page.Locator("[data-limit='yes']")).ToHaveAttributeAsync("data-stage", "index");
        await Expect(page.Page.Locator("#equation")).ToContainTextAsync("12,000 discovered=4,100 indexed+300 unchanged+20 skipped+2 dead+7,578 pending✓ adds up");
        await Expect(page.Page.Locator("#progress-left")).ToContainTextAsync("about 2 min 1 s left");
        await Expect(page.Page.Locator("#figures")).ToContainTextAsync("Padding waste2.3 %of 4.8M tokens");
        await Expect(page.Page.Locator("#figures")).ToContainTextAsync("GPU93 %2.0 GiB of 79.6 GiB");
        await Expect(page.Stage("embed", "p95")).ToHaveTextAsync("34 ms");
        await Expect(page.Page.Locator(".chart")).ToHaveCountAsync(5);
        await Expect(page.Page.Locator("#drawing title").First).ToContainTextAsync("queue sink 99 % full");
        page.ShouldBeClean();
    }

    [Fact]
    public async Task Accounting_ThatDoesNotAddUp_IsSaidSo_WhateverTheServerSays()
    {
        _server["overview"]["documents"]!["indexed"] = 4090;

        await using var page = await ShowAsync(Looks.Light);

        await Expect(page.Page.Locator("#equation")).ToHaveAttributeAsync("data-balances", "no");
        await Expect(page.Page.Locator(".verdict")).ToHaveTextAsync("✗ does not add up: 10 unaccounted for");
    }

    [Theory]
    [InlineData("idle", "No job yet.")]
    [InlineData("paused", "Paused.")]
    [InlineData("pausing", "Pausing:")]
    [InlineData("stopping", "Stopping:")]
    [InlineData("cancelled", "Cancelled. 4,100 documents indexed, 300 unchanged, 2 dead")]
    [InlineData("done", "Done. 4,100 documents indexed")]
    [InlineData("failed", "Failed: the disk is full")]
    public async Task State_OfAJob_IsSaidInWords(string state, string words)
    {
        var overview = _server["overview"];
        overview["state"] = state;
        overview["job"]!["state"] = state;
        overview["job"]!["reason"] = "the disk is full";
        if (state == "idle")
        {
            overview["job"] = null;
        }

        await using var page = await ShowAsync(Looks.Light);

        await Expect(page.State).ToHaveTextAsync(state);
        await Expect(page.Headline).ToContainTextAsync(words);
        (await Axe.RunAsync(page.Page)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Look again", "jobs/1/resume")]
    [InlineData("Remove 300 documents", "jobs/1/resume?prune=true")]
    public async Task Job_ThatStoppedBeforeALargeRemoval_IsResumedWithAnAnswer(string answer, string posted)
    {
        var job = _server["jobs"]["items"]![0]!;
        (job["state"], job["reason"], job["canResume"], job["withheld"]) = ("failed", "300 of the 310 documents that file:///home/me/docs/ had are gone; nothing was removed", true, 300);

        await using var page = await ShowAsync(Looks.Light);
        await page.Button("#jobs [data-job='1']", "Resume").ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("300 documents that the source had before are gone");
        (await Axe.RunAsync(page.Page)).ShouldBeEmpty();
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = answer }).ClickAsync();
        await Expect(page.Page.Locator("#toast-words")).ToHaveTextAsync("Job 1 goes on.");
        _server.Posted.ShouldBe([posted]);
    }

    [Fact]
    public async Task Job_ThatFailedOtherwise_IsResumedAtOnce_WhereItCanBe()
    {
        var jobs = _server["jobs"]["items"]!.AsArray();
        var job = jobs[0]!;
        (job["state"], job["reason"], job["canResume"]) = ("failed", "the disk is full", true);
        var other = job.DeepClone();
        (other["id"], other["canResume"]) = (2, false);
        jobs.Add(other);

        await using var page = await ShowAsync(Looks.Light);
        await Expect(page.Button("#jobs [data-job='2']", "Resume")).ToHaveCountAsync(0);
        await page.Button("#jobs [data-job='1']", "Resume").ClickAsync();
        await Expect(page.Page.Locator("#toast-words")).ToHaveTextAsync("Job 1 goes on.");
        _server.Posted.ShouldBe(["jobs/1/resume"]);
    }

    [Fact]
    public async Task DeadLetter_WhoseEarlierTextIsKept_SaysSo()
    {
        _server["dead-letters"]["items"]![0]!["keptChunks"] = 12;

        await using var page = await ShowAsync(Looks.Light);

        await Expect(page.Page.Locator(".letter")).ToContainTextAsync("Its earlier text is kept and still found: 12 chunks.");
    }

    [Fact]
    public async Task Run_ThatDoesNotMove_IsCalledStalled_WithTheReason()
    {
        _server["overview"]["notices"] = new JsonArray("The database does not answer: connection refused; retrying.");
        _server.SayOverview();
        await using var page = await browser.OpenAsync(_server.Address, Looks.Light, static context => context.Clock.InstallAsync());
        await Expect(page.State).ToHaveTextAsync("running");
        for (var moved = 1; moved <= 2; moved++)
        {
            await page.Page.Clock.FastForwardAsync(16_000);
            _server["overview"]["at"] = $"2026-11-24T23:30:{12 + (moved * 16)}Z";
            _server.SayOverview();
            await Expect(page.Page.Locator("#time-span")).ToContainTextAsync($"{moved * 16} s,");
        }

        await Expect(page.State).ToHaveTextAsync("stalled");
        await Expect(page.Headline).ToContainTextAsync("Nothing has moved for");
        await Expect(page.Headline).ToContainTextAsync("The database does not answer");
    }

    [Theory]
    [InlineData(nameof(Looks.Light))]
    [InlineData(nameof(Looks.Dark))]
    [InlineData(nameof(Looks.Phone))]
    public async Task HugeNumbers_LongNames_AndManyNodes_FitAndAreReadable(string looks)
    {
        var overview = _server["overview"];
        foreach (var name in new[] { "discovered", "indexed" })
        {
            overview["documents"]![name] = 98_765_432_109_876;
        }

        foreach (var name in new[] { "unchanged", "skipped", "dead", "pending" })
        {
            overview["documents"]![name] = 0;
        }

        foreach (var stage in overview["pipeline"]!["stages"]!.AsArray())
        {
            stage!["items"] = 9_007_199_254_740_991;
            stage["rate"] = 123_456_789.1;
        }

        overview["job"]!["name"] = new string('n', 300);
        overview["pipeline"]!["sources"] = new JsonArray([.. Enumerable.Range(0, 40).Select(static number => (JsonNode)new JsonObject { ["location"] = $"s3://bucket-{number}/{new string('p', 200)}", ["state"] = "walking" })]);
        var nodes = _server["nodes"]["items"]!.AsArray();
        var node = nodes[0]!.DeepClone();
        for (var number = 0; number < 60; number++)
        {
            var one = node.DeepClone();
            one["id"] = string.Create(CultureInfo.InvariantCulture, $"embedder-{number}.a-very-long-domain-name.internal.example:4053");
            one["state"] = (number % 4) switch { 0 => "lost", 1 => "draining", 2 => "unreachable", _ => "up" };
            nodes.Add(one);
        }

        await using var page = await ShowAsync(Enum.Parse<Looks>(looks));
        await Expect(page.Page.Locator("#nodes [data-node]")).ToHaveCountAsync(61);

        await Expect(page.Page.Locator("#nodes [data-faded='yes']")).ToHaveCountAsync(15);
        (await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth")).ShouldBeLessThanOrEqualTo(0, "nothing is wider than the window");
        (await Axe.RunAsync(page.Page)).ShouldBeEmpty();
        page.ShouldBeClean();
    }

    [Fact]
    public async Task Keyboard_AloneReachesAndUsesEverything()
    {
        await using var page = await ShowAsync(Looks.Light);
        await Expect(page.Button("#nodes", "Drain")).ToBeVisibleAsync();

        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Page.Locator(".skip")).ToBeFocusedAsync();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var step = 0; step < 60; step++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            seen.Add(await page.Page.EvaluateAsync<string>("document.activeElement.id || document.activeElement.innerText"));
        }

        foreach (var words in new[] { "theme", "Pause", "Cancel", "Drain", "Detail", "Replay", "search-query", "search-mode" })
        {
            seen.ShouldContain(text => text.StartsWith(words, StringComparison.Ordinal), $"{words} is among {string.Join(", ", seen)}");
        }

        await page.Button("#nodes", "Drain").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Drain 127.0.0.1:4053?");
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(page.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Expect(page.Button("#nodes", "Drain")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Announcements_AreOfWhatChanged_NotOfFigures()
    {
        await using var page = await browser.OpenAsync(_server.Address, Looks.Light, static context => context.AddInitScriptAsync(
            "addEventListener('DOMContentLoaded', () => { window.spoken = []; const place = document.getElementById('announcer'); new MutationObserver(() => spoken.push(place.textContent)).observe(place, { childList: true }); });"));
        for (var number = 1; number <= 50; number++)
        {
            _server["overview"]["throughput"]!["chunksPerSecond"] = 1000 + number;
            _server.SayOverview();
        }

        await Expect(page.Page.Locator("#figures")).ToContainTextAsync("Chunks/s1,050");
        var spoken = await page.Page.EvaluateAsync<string[]>("window.spoken");
        spoken.ShouldContain(static words => words.StartsWith("running. The database is the limit", StringComparison.Ordinal));
        spoken.Length.ShouldBeLessThanOrEqualTo(4);
    }

    private async Task<WatchedPage> ShowAsync(Looks looks)
    {
        _server.SayOverview();
        var page = await browser.OpenAsync(_server.Address, looks);
        await Expect(page.Connection).ToHaveTextAsync("Live");
        return page;
    }
}
