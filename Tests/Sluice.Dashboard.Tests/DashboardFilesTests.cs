using System.Text.RegularExpressions;
using Sluice.TestKit.Models;

namespace Sluice.Dashboard.Tests;

/// <summary>The page's files as they lie in the repository.</summary>
public sealed partial class DashboardFilesTests
{
    private static readonly string s_root = Path.Combine(Repository.Root, "Hosting", "Dashboard", "wwwroot");

    private static IEnumerable<string> Own => Directory.EnumerateFiles(s_root, "*", SearchOption.AllDirectories)
        .Where(static file => !file.Contains($"{Path.DirectorySeparatorChar}lib{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [Theory]
    [InlineData("dist/uPlot.esm.js")]
    [InlineData("dist/uPlot.min.css")]
    [InlineData("LICENSE")]
    public void UPlot_IsThePackageThatIsPinned(string file)
    {
        var published = File.ReadAllBytes(Path.Combine(Repository.Root, "Tests", "Sluice.Dashboard.Tests", "node_modules", "uplot", file));
        File.ReadAllBytes(Path.Combine(s_root, "lib", "uplot", Path.GetFileName(file))).ShouldBe(published);
    }

    [Fact]
    public void Scripts_PutNothingIntoThePageAsMarkup()
    {
        foreach (var script in Own.Where(static file => file.EndsWith(".js", StringComparison.Ordinal)))
        {
            Markup.IsMatch(File.ReadAllText(script)).ShouldBeFalse(script);
        }
    }

    [Fact]
    public void Page_HasNoInlineScriptOrStyle_AndNamesNoOtherHost()
    {
        var page = File.ReadAllText(Path.Combine(s_root, "index.html"));
        page.ShouldNotContain(" style=");
        page.ShouldNotContain("<style");
        page.ShouldNotMatch(@"<script(?![^>]*\bsrc=)");
        foreach (var file in Own)
        {
            File.ReadAllText(file).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal).ShouldNotMatch("https?://", file);
        }
    }

    [Fact]
    public void AllOfIt_IsSmall() =>
        Directory.EnumerateFiles(s_root, "*", SearchOption.AllDirectories).Sum(static file => new FileInfo(file).Length).ShouldBeLessThan(300 * 1024);

    [GeneratedRegex(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTML|createContextualFragment", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Markup { get; }
}
