namespace Sluice.Dashboard.Tests.Browsing;

/// <summary>One Chromium for all tests of a collection; each page has a context, and so a storage, of its own.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Variable = "SLUICE_TEST_CHROMIUM";
    private static readonly string[] s_places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome-stable", "/usr/bin/google-chrome"];

    // Without these it calls its maker at every start.
    private static readonly string[] s_flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-precise-memory-info",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Find(), Headless = true, Args = s_flags });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens a page.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="looks">How it is looked at.</param>
    /// <param name="prepare">Prepares its context before anything is asked for.</param>
    internal async Task<WatchedPage> OpenAsync(Uri address, Looks looks = Looks.Light, Func<IBrowserContext, Task>? prepare = null)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = looks == Looks.Phone ? new ViewportSize { Width = 360, Height = 780 } : new ViewportSize { Width = 1280, Height = 960 },
            DeviceScaleFactor = looks == Looks.Phone ? 2 : 1,
            IsMobile = looks == Looks.Phone,
            HasTouch = looks == Looks.Phone,
            ColorScheme = looks == Looks.Dark ? ColorScheme.Dark : ColorScheme.Light,
            Locale = "en-GB",
        });
        if (prepare is not null)
        {
            await prepare(context);
        }

        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(30_000);
        var watched = new WatchedPage(page, address);
        await page.GotoAsync(address.ToString());
        return watched;
    }

    private static string Find() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named
        : Array.Find(s_places, File.Exists) ?? throw new InvalidOperationException($"There is no Chromium for this test. On Debian: apt-get install chromium; or name one: {Variable}=/path/to/it.");
}

/// <summary>How a page is looked at.</summary>
internal enum Looks
{
    Light,
    Dark,
    Phone,
}

/// <summary>Tests with one browser, one after the other.</summary>
[CollectionDefinition(nameof(BrowserCollection))]
public sealed class BrowserCollection : ICollectionFixture<Browser>, ICollectionFixture<Runs.ModelCache>;

/// <summary>The test over a cluster, which mostly waits for it, with a browser of its own beside the others.</summary>
[CollectionDefinition(nameof(ClusterCollection))]
public sealed class ClusterCollection : ICollectionFixture<Browser>;
