using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sluice.ClusterRuns;
using Sluice.Dashboard.Tests.Browsing;
using Sluice.TestKit.Files;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Dashboard.Tests;

/// <summary>The real page over a real cluster: nodes in processes of their own, a real PostgreSQL, a model that only takes time.</summary>
[Collection(nameof(ClusterCollection))]
public sealed class ClusterTests(Browser browser) : IDisposable
{
    private const string Settings = "sluice.pipeline { partitions = 4, batch-rows = 8, sink-buffer-bytes = 64KiB, sink-parallelism = 1, window-bytes = 256KiB, documents-in-flight = 16 }";
    private static readonly LocatorAssertionsToContainTextOptions s_patiently = new() { Timeout = 60_000 };
    private static readonly LocatorAssertionsToHaveTextOptions s_exactly = new() { Timeout = 60_000 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Cluster_IsSeenLive_AndSteered_ALostNodeIsShownLost_ADeadLetterIsReplayedAndFound()
    {
        var corpus = Corpus.Write(_folder.Path, documents: 900, paragraphs: 10);
        _folder.Write("letters/broken.pdf", "%PDF-1.7 broken");
        var listen = FreeAddress();
        await using var lab = await Lab.CreateAsync(new LabOptions(_folder.Combine("lab")) { LatencyMs = 200, HttpListen = listen });
        await lab.AddAsync("coordinate", "api");
        await lab.AddAsync("parse", "index");
        var embedder = await lab.AddAsync("embed");
        var doomed = await lab.AddAsync("embed");
        await using var page = await browser.OpenAsync(new Uri($"http://{listen}/"));
        await Expect(page.State).ToHaveTextAsync("idle");
        await Expect(page.Page.Locator("#nodes [data-node]")).ToHaveCountAsync(4);
        await lab.SubmitAsync([_folder.Combine("letters")], Settings);
        await Expect(page.Page.Locator(".letter")).ToContainTextAsync("broken.pdf", s_patiently);
        await lab.SubmitAsync([corpus], Settings);

        await Expect(page.State).ToHaveTextAsync("running", s_exactly);
        await WatchedPage.RisesAsync(page.Stage("index", "So far"));
        await Expect(page.Headline).ToContainTextAsync("The embedder is the limit", s_patiently);
        await Expect(page.Page.Locator("#drawing [data-limit='yes']")).ToHaveAttributeAsync("data-stage", "embed");
        await Expect(page.Page.Locator("#equation .verdict")).ToHaveTextAsync("✓ adds up");
        (await Axe.RunAsync(page.Page)).ShouldBeEmpty();

        lab.SinkProxy.BytesPerSecond = 8_000;
        await Expect(page.Headline).ToContainTextAsync("The database is the limit", s_patiently);
        await Expect(page.Page.Locator("#drawing [data-limit='yes']")).ToHaveAttributeAsync("data-stage", "index");
        lab.SinkProxy.BytesPerSecond = 0;

        await page.Button("#now-actions", "Pause").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("paused", s_exactly);
        await page.HearsAsync(4); // Nodes tell how far they are once a second.
        var stored = await page.Stage("index", "So far").TextContentAsync();
        await page.HearsAsync(3);
        await Expect(page.Stage("index", "So far")).ToHaveTextAsync(stored ?? "");
        await page.Button("#now-actions", "Resume").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("running", s_exactly);
        await WatchedPage.RisesAsync(page.Stage("index", "So far"));

        doomed.Signal("KILL");
        var lost = page.Page.Locator("#nodes [data-faded='yes']");
        await Expect(lost).ToContainTextAsync("lost", s_patiently);
        await Expect(lost).ToContainTextAsync("embed");
        await Expect(page.Page.Locator("#announcer")).ToContainTextAsync("is lost");
        await WatchedPage.RisesAsync(page.Stage("index", "So far"));

        await Pictures.KeepAsync(page.Page, "dashboard-cluster", 2100);

        _folder.Write("letters/broken.pdf", "Now it is a text about cormorants on a weir.");
        await page.Button(".letter", "Replay").ClickAsync();
        await Expect(page.Page.Locator("#jobs [data-job='3']")).ToContainTextAsync("done", s_patiently);
        await Expect(page.Page.Locator(".letter")).ToHaveCountAsync(0, new LocatorAssertionsToHaveCountOptions { Timeout = 30_000 });
        await page.Page.Locator("#search-mode").SelectOptionAsync("full-text");
        await page.Page.Locator("#search-query").FillAsync("cormorants");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator(".hit").First).ToContainTextAsync("Now it is a text about cormorants on a weir.");

        await page.Page.Locator("#nodes [data-node]:not([data-faded='yes'])", new PageLocatorOptions { HasText = "embed" }).GetByRole(AriaRole.Button).ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Drain the node" }).ClickAsync();
        await Expect(page.Page.Locator("#nodes [data-faded='yes']", new PageLocatorOptions { HasText = "left" })).ToHaveCountAsync(1, new LocatorAssertionsToHaveCountOptions { Timeout = 60_000 });
        await embedder.EndedAsync(TimeSpan.FromSeconds(30));
        embedder.ExitCode.ShouldBe(0);
        page.ShouldBeClean();
    }

    private static string FreeAddress()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}");
    }
}
