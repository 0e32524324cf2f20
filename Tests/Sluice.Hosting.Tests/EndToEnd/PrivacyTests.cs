using Sluice.Faults;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>What the real program leaves of itself, and tells others: nothing that was not asked for.</summary>
public sealed class PrivacyTests
{
    [Fact]
    public async Task Ingest_HomeOfItsOwn_LeavesNoIdOfTheMachineThere()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("weir.txt", "A weir is a low dam across a river.\n");
        var home = Directory.CreateDirectory(Path.Combine(place.Path, "home")).FullName;
        var environment = new Dictionary<string, string>(Workplace.Environment, StringComparer.Ordinal)
        {
            ["HOME"] = home,
            ["XDG_CACHE_HOME"] = Path.Combine(home, "cache"),
            ["XDG_CONFIG_HOME"] = Path.Combine(home, "config"),
            ["XDG_DATA_HOME"] = Path.Combine(home, "data"),
        };
        using (var ingest = SluiceProcess.Start(place.Path, environment, ["ingest", "docs", "--json"]))
        {
            (await Workplace.EndOfAsync(ingest)).ShouldEnd(0);
        }

        using (var search = SluiceProcess.Start(place.Path, environment, ["search", "weir"]))
        {
            (await Workplace.EndOfAsync(search)).ExitCode.ShouldBe(0);
        }

        // ONNX Runtime would write its telemetry's id and queue here, as .onnxruntime.
        Directory.EnumerateFileSystemEntries(home, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }
}
