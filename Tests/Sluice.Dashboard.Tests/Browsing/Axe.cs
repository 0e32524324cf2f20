using System.Text.Json;
using Sluice.TestKit.Models;

namespace Sluice.Dashboard.Tests.Browsing;

/// <summary>axe-core over a page as it stands.</summary>
internal static class Axe
{
    private static readonly string[] s_grave = ["serious", "critical"];

    /// <summary>Looks for faults of accessibility.</summary>
    /// <returns>Those that are serious or critical, one line each.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(IPage page)
    {
        var file = Path.Combine(Repository.Root, "Tests", "Sluice.Dashboard.Tests", "node_modules", "axe-core", "axe.min.js");
        if (!File.Exists(file))
        {
            throw new InvalidOperationException($"{file} is missing: npm ci --prefix Tests/Sluice.Dashboard.Tests (test.sh does it).");
        }

        await page.EvaluateAsync(await File.ReadAllTextAsync(file));
        var result = await page.EvaluateAsync<JsonElement>("async () => { const { violations, passes } = await axe.run(document, { preload: false }); return { violations, passes: passes.length }; }");
        result.GetProperty("passes").GetInt32().ShouldBeGreaterThan(10, "axe looked at a page");
        return [.. result.GetProperty("violations").EnumerateArray()
            .Where(static fault => s_grave.Contains(fault.GetProperty("impact").GetString()))
            .Select(static fault => $"{fault.GetProperty("id").GetString()}: {fault.GetProperty("help").GetString()}: {string.Join(" | ", fault.GetProperty("nodes").EnumerateArray().Select(static node => node.GetProperty("html").GetString()))}")];
    }
}
