using System.Globalization;
using System.Net;
using Sluice.ClusterRuns;
using Sluice.Dashboard.Tests.Browsing;
using Sluice.Dashboard.Tests.Runs;
using Sluice.TestKit.Files;
using Sluice.TestKit.Network;
using Sluice.TestKit.Postgres;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Dashboard.Tests;

/// <summary>The real page over real runs of <c>sluice ingest --dashboard</c>.</summary>
[Collection(nameof(BrowserCollection))]
public sealed class MachineTests(Browser browser, ModelCache models) : IDisposable
{
    private const string ReadToken = "read-only-0123456789";
    private const string ControlToken = "control-0123456789ab";
    private static readonly LocatorAssertionsToContainTextOptions s_patiently = new() { Timeout = 60_000 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_IsSeenLive_TheLimitIsNamed_PauseStopsIt_AndResumeGoesOn()
    {
        await using var server = await PgvectorServer.StartOwnAsync();
        var name = (await server.CreateDatabaseAsync()).Split('/')[^1];
        await using var database = new TcpProxy(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, server.Port));
        var corpus = Corpus.Write(_folder.Path, documents: 1500, paragraphs: 10);
        await using var run = await MachineRun.StartAsync(
            _folder.Path, models.Environment(), corpus, "--to", $"pgvector://postgres@{database.Address}/{name}", "--ledger", "sqlite:ledger.db", "--threads", "1", "--dashboard-port", "0", "--dashboard-keep", "--set", "pipeline.sink-buffer-bytes=128KiB");
        await using var page = await browser.OpenAsync(run.Address);

        await Expect(page.Connection).ToHaveTextAsync("Live");
        await Expect(page.State).ToHaveTextAsync("running");
        await WatchedPage.RisesAsync(page.Stage("index", "So far"));
        await Expect(page.Headline).ToContainTextAsync("The embedder is the limit: it embeds", s_patiently);
        await Expect(page.Page.Locator("#drawing [data-limit='yes']")).ToHaveAttributeAsync("data-stage", "embed");
        await WatchedPage.RisesAsync(page.Stage("embed", "So far"));
        await Expect(page.Page.Locator("#equation .verdict")).ToHaveTextAsync("✓ adds up");
        (await Axe.RunAsync(page.Page)).ShouldBeEmpty();

        database.BytesPerSecond = 40_000;
        await Expect(page.Headline).ToContainTextAsync("The database is the limit: it accepts", s_patiently);
        await Expect(page.Page.Locator("#drawing [data-limit='yes']")).ToHaveAttributeAsync("data-stage", "index");
        database.BytesPerSecond = 0;

        await page.Button("#now-actions", "Pause").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("paused", new LocatorAssertionsToHaveTextOptions { Timeout = 60_000 });
        await Expect(page.Headline).ToContainTextAsync("Paused.");
        await page.HearsAsync(2); // Figures may be a second older than the state.
        var stored = await page.Stage("index", "So far").TextContentAsync();
        await page.HearsAsync(3);
        await Expect(page.Stage("index", "So far")).ToHaveTextAsync(stored ?? "");

        await page.Button("#now-actions", "Resume").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("running");
        await WatchedPage.RisesAsync(page.Stage("index", "So far"));

        await page.Button("#now-actions", "Cancel").ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Cancel the job" }).ClickAsync();
        await Expect(page.State).ToHaveTextAsync("cancelled", new LocatorAssertionsToHaveTextOptions { Timeout = 60_000 });
        page.ShouldBeClean();
    }

    [Fact]
    public async Task DeadLetter_IsShown_Replayed_AndFound_ByWhoHasTheToken()
    {
        Directory.CreateDirectory(_folder.Combine("corpus"));
        _folder.Write("corpus/locks.md", "# Locks\n\nA lock lifts boats from one level of a canal to another.\n");
        _folder.Write("corpus/hostile.html", "<title>&lt;img src=x onerror=\"document.title='taken'\"&gt;</title><p>Zebras graze &lt;script&gt;document.title='taken'&lt;/script&gt; beside the towpath.</p>");
        _folder.Write("corpus/broken.pdf", "%PDF-1.7 broken");
        var environment = models.Environment();
        environment["SLUICE_API_TOKEN"] = ControlToken;
        environment["SLUICE_API_READ_TOKEN"] = ReadToken;
        await using var run = await StartAsync(environment, "0");
        await using var page = await browser.OpenAsync(run.Address, Looks.Dark);

        await EnterAsync(page, "not-the-token-at-all");
        await Expect(page.Page.Locator("#token-problem")).ToContainTextAsync("token");
        await EnterAsync(page, ReadToken);
        await Expect(page.State).ToHaveTextAsync("done", new LocatorAssertionsToHaveTextOptions { Timeout = 30_000 });
        await Expect(page.Page.Locator(".letter")).ToContainTextAsync("broken.pdf", s_patiently);
        await Expect(page.Button("#dead", "Replay")).ToHaveCountAsync(0);
        await Expect(page.Page.Locator("#foot")).ToContainTextAsync("may only look");

        await page.Page.Locator("#token").ClickAsync();
        await EnterAsync(page, ControlToken);
        await Expect(page.Page.Locator("#foot")).Not.ToContainTextAsync("may only look");
        await Expect(page.Button(".letter", "Replay")).ToBeVisibleAsync();
        (await Axe.RunAsync(page.Page)).ShouldBeEmpty();
        _folder.Write("corpus/broken.pdf", "Now it is a text about cormorants on a weir.");
        await page.Button(".letter", "Replay").ClickAsync();
        await Expect(page.Page.Locator("#toast-words")).ToContainTextAsync("1 document");
        await Expect(page.Page.Locator("#jobs [data-job='2']")).ToContainTextAsync("done", s_patiently);
        await Expect(page.Page.Locator(".letter")).ToHaveCountAsync(0, new LocatorAssertionsToHaveCountOptions { Timeout = 30_000 });

        await SearchAsync(page, "cormorants on a weir");
        await Expect(page.Page.Locator(".hit").First).ToContainTextAsync("Now it is a text about cormorants on a weir.");
        await Expect(page.Page.Locator(".hit .letter-place").First).ToContainTextAsync("broken.pdf");
        await SearchAsync(page, "zebras");
        await Expect(page.Page.Locator(".hit").First).ToContainTextAsync("<img src=x onerror=");
        (await page.Page.TitleAsync()).ShouldNotContain("taken");
        page.ShouldBeAtHome();

        var port = run.Address.Port.ToString(CultureInfo.InvariantCulture);
        run.Kill();
        await Expect(page.Connection).ToHaveTextAsync("Disconnected");
        await Expect(page.Page.Locator("#banner")).ToContainTextAsync("What is shown below is the last that was known.");
        (await Axe.RunAsync(page.Page)).ShouldBeEmpty();
        await using var again = await StartAsync(environment, port);
        await Expect(page.Connection).ToHaveTextAsync("Live", new LocatorAssertionsToHaveTextOptions { Timeout = 40_000 });
        await Expect(page.Page.Locator("#banner")).ToBeHiddenAsync();
    }

    private static async Task EnterAsync(WatchedPage page, string token)
    {
        await page.Page.Locator("#token-field").FillAsync(token);
        await page.Page.Keyboard.PressAsync("Enter");
    }

    private static async Task SearchAsync(WatchedPage page, string words)
    {
        await page.Page.Locator("#search-query").FillAsync(words);
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator(".search-words")).ToContainTextAsync(" in ");
    }

    private Task<MachineRun> StartAsync(IReadOnlyDictionary<string, string> environment, string port) =>
        MachineRun.StartAsync(_folder.Path, environment, "corpus", "--to", "sqlite:machine.db", "--dashboard-port", port, "--dashboard-keep");
}
