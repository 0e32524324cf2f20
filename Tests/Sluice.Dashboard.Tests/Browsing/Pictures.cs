using Sluice.TestKit.Models;

namespace Sluice.Dashboard.Tests.Browsing;

/// <summary>Pictures of pages, kept in the folder that SLUICE_SCREENSHOTS names (relative to the repository); none where it is not set.</summary>
internal static class Pictures
{
    private static readonly string? s_folder = Environment.GetEnvironmentVariable("SLUICE_SCREENSHOTS") is { Length: > 0 } named ? named : null;

    /// <summary>Whether they are kept.</summary>
    public static bool AreKept => s_folder is not null;

    /// <summary>Keeps the upper part of a page, as wide as its window.</summary>
    public static async Task KeepAsync(IPage page, string name, int height)
    {
        if (s_folder is null)
        {
            return;
        }

        var folder = Path.Combine(Repository.Root, s_folder);
        Directory.CreateDirectory(folder);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = true, Clip = new Clip { Width = page.ViewportSize!.Width, Height = height } });
    }
}
