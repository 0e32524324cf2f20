using Sluice.Dashboard.Tests.Browsing;
using Sluice.Dashboard.Tests.Runs;
using Sluice.TestKit.Files;
using Sluice.TestKit.Models;
using static Microsoft.Playwright.Assertions;

namespace Sluice.Dashboard.Tests;

/// <summary>
/// The page over a real run, light, dark and on a phone: nothing is wider than the window and axe finds nothing grave. Where pictures are kept,
/// after a minute of the run, so that the charts show something.
/// </summary>
[Collection(nameof(BrowserCollection))]
public sealed class ScreenshotsTests(Browser browser, ModelCache models) : IDisposable
{
    private const string Manual = "/usr/share/doc/postgresql-doc-15/html";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Page_LightDarkAndOnAPhone_FitsAndIsReadable()
    {
        var corpus = Directory.Exists(Manual) ? Manual : Path.Combine(Repository.Root, "docs");
        await using var run = await MachineRun.StartAsync(_folder.Path, models.Environment(), corpus, "--to", "sqlite:manual.db", "--dashboard-port", "0", "--dashboard-keep");
        foreach (var looks in new[] { Looks.Light, Looks.Dark, Looks.Phone })
        {
            await using var page = await browser.OpenAsync(run.Address, looks);
            await Expect(page.Connection).ToHaveTextAsync("Live");
            await Expect(page.Page.Locator("#drawing svg")).ToBeVisibleAsync();
            await page.HearsAsync(!Pictures.AreKept ? 2 : looks == Looks.Light ? 60 : 30);

            (await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth")).ShouldBeLessThanOrEqualTo(0, $"{looks}: nothing is wider than the window");
            (await Axe.RunAsync(page.Page)).ShouldBeEmpty(looks.ToString());
            page.ShouldBeClean();
            await Pictures.KeepAsync(page.Page, $"dashboard-{looks.ToString().ToLowerInvariant()}", looks == Looks.Phone ? 1560 : 1320);
        }
    }
}
