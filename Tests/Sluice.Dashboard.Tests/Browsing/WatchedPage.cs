using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Sluice.Dashboard.Tests.Browsing;

/// <summary>The dashboard in a browser, with all that went wrong in it.</summary>
internal sealed class WatchedPage : IAsyncDisposable
{
    private readonly Uri _address;
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly ConcurrentQueue<string> _strangers = new();

    public WatchedPage(IPage page, Uri address)
    {
        Page = page;
        _address = address;
        page.PageError += (_, error) => _faults.Enqueue($"exception: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _faults.Enqueue($"{message.Type}: {message.Text} ({message.Location})");
            }
        };
        page.Request += (_, request) =>
        {
            var uri = new Uri(request.Url);
            if (uri.Scheme is not ("data" or "blob") && uri.Authority != _address.Authority)
            {
                _strangers.Enqueue(request.Url);
            }
        };
    }

    public IPage Page { get; }

    public ILocator Headline => Page.Locator("#headline");

    public ILocator State => Page.Locator("#state");

    public ILocator Connection => Page.Locator("#connection-words");

    /// <summary>A cell of the stages' table.</summary>
    public ILocator Stage(string stage, string column) => Page.Locator($"#stages [data-key='{stage}'] [data-label='{column}']");

    /// <summary>A button by its words, whatever a screen reader hears beside them.</summary>
    public ILocator Button(string section, string words) => Page.Locator(section).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { NameRegex = new Regex("^" + Regex.Escape(words), RegexOptions.None, TimeSpan.FromSeconds(1)) });

    /// <summary>The number that a place shows.</summary>
    public static async Task<double> NumberAsync(ILocator place) => Number(await place.TextContentAsync() ?? "");

    /// <summary>Waits until a place shows a larger number.</summary>
    public static async Task RisesAsync(ILocator place, float timeoutMs = 30_000)
    {
        var words = await place.TextContentAsync() ?? "";
        await Assertions.Expect(place).Not.ToHaveTextAsync(words, new LocatorAssertionsToHaveTextOptions { Timeout = timeoutMs });
        (await NumberAsync(place)).ShouldBeGreaterThan(Number(words));
    }

    /// <summary>Waits until the page has drawn so many more overviews.</summary>
    public async Task HearsAsync(int overviews)
    {
        var span = Page.Locator("#time-span");
        for (var heard = 0; heard < overviews; heard++)
        {
            await Assertions.Expect(span).Not.ToHaveTextAsync(await span.TextContentAsync() ?? "", new LocatorAssertionsToHaveTextOptions { Timeout = 20_000 });
        }
    }

    /// <summary>Fails when the browser complained, or when another host was asked for anything.</summary>
    public void ShouldBeClean()
    {
        _faults.ShouldBeEmpty();
        ShouldBeAtHome();
    }

    /// <summary>Fails when another host was asked for anything.</summary>
    public void ShouldBeAtHome() => _strangers.ShouldBeEmpty();

    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();

    private static double Number(string words)
    {
        var digits = Regex.Match(words, @"\d[\d,]*(\.\d+)?", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Value.Replace(",", "", StringComparison.Ordinal);
        return double.Parse(digits, CultureInfo.InvariantCulture);
    }
}
