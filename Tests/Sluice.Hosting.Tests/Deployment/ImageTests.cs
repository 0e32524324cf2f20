using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sluice.Hosting.Tests.Deployment;

/// <summary>The Dockerfile builds from what is there and leaves nothing in that runs with rights or holds secrets. No container engine is needed.</summary>
public sealed partial class ImageTests
{
    private static readonly IReadOnlyList<(string Word, string Text)> s_steps =
    [
        .. File.ReadAllText(Repository.PathTo("Dockerfile")).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
            .Where(static line => line.Length > 0 && !line.StartsWith('#'))
            .Select(static line => (line.Split(' ')[0], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim())),
    ];

    [Fact]
    public void From_NamesExactVersions()
    {
        var images = Texts("FROM").Select(static text => text.Split(' ').First(static word => !word.StartsWith("--", StringComparison.Ordinal))).ToList();
        images.Count.ShouldBe(3);
        images.ForEach(static image => Images.ShouldBePinned(image, "Dockerfile"));
        images[2].ShouldContain("/aspnet:10.0.");
    }

    [Fact]
    public void Sdk_IsOneThatTheRepositoryTakes()
    {
        using var pinned = JsonDocument.Parse(File.ReadAllText(Repository.PathTo("global.json")));
        var wanted = Version.Parse(pinned.RootElement.GetProperty("sdk").GetProperty("version").GetString()!);
        var used = Version.Parse(SdkVersion().Match(string.Join('\n', Texts("FROM"))).Groups["version"].Value);
        (used.Major, used.Minor).ShouldBe((wanted.Major, wanted.Minor));
        used.ShouldBeGreaterThanOrEqualTo(wanted);
    }

    [Fact]
    public void Copy_EverySource_IsThereAndIsLetIn()
    {
        var let = File.ReadAllLines(Repository.PathTo(".dockerignore")).Where(static line => line.StartsWith('!')).Select(static line => line[1..].TrimEnd('/')).ToList();
        foreach (var copy in Texts("COPY").Where(static rest => !rest.StartsWith("--from=", StringComparison.Ordinal)))
        {
            foreach (var source in copy.Split(' ').Where(static word => !word.StartsWith("--", StringComparison.Ordinal)).SkipLast(1).Select(static source => source.TrimEnd('/')))
            {
                Path.Exists(Repository.PathTo(source)).ShouldBeTrue(source);
                let.ShouldContain(entry => source == entry || source.StartsWith(entry + '/', StringComparison.Ordinal), source);
            }
        }
    }

    [Fact]
    public void Context_HasNothingButWhatIsNamed()
    {
        var lines = File.ReadAllLines(Repository.PathTo(".dockerignore")).Where(static line => line.Length > 0 && !line.StartsWith('#')).ToList();
        lines[0].ShouldBe("*");
        lines.ShouldNotContain(static line => line.Contains("secret", StringComparison.OrdinalIgnoreCase) || line == "!.env" || line.StartsWith("!node_modules"));
    }

    [Fact]
    public void Restore_KnowsEveryProjectOfTheProgram()
    {
        var copied = Texts("COPY").SelectMany(static text => text.Split(' ')).Where(static word => word.EndsWith(".csproj", StringComparison.Ordinal)).ToList();
        var program = new[] { "Streams", "Actors", "Cluster", "Hosting" }.SelectMany(static folder => Directory.EnumerateFiles(Repository.PathTo(folder), "*.csproj", SearchOption.AllDirectories))
            .Select(static path => Path.GetRelativePath(Repository.Root, path));
        copied.ShouldBe(program, ignoreOrder: true);
    }

    [Fact]
    public void Publish_HasTheNativePartsThatGoBesideTheProgram()
    {
        var steps = s_steps.ToList();
        var parts = steps.FindIndex(static step => step.Word == "COPY" && step.Text == "--from=parts /parts/node_modules node_modules/");
        parts.ShouldBeInRange(0, steps.FindIndex(static step => step.Text.StartsWith("dotnet publish", StringComparison.Ordinal)), "the project takes vec0.so from there when it is there, and says nothing when it is not");
    }

    [Fact]
    public void Run_WithoutRightsAndWithAHealthCheck()
    {
        var last = s_steps.Skip(s_steps.ToList().FindLastIndex(static step => step.Word == "FROM")).ToList();
        last.Single(static step => step.Word == "USER").Text.ShouldBe("1654:1654");
        last[^1].ShouldBe(("ENTRYPOINT", "[\"sluice\"]"));
        last.ShouldContain(static step => step.Word == "HEALTHCHECK" && step.Text.Contains("/healthz", StringComparison.Ordinal));
        last.ShouldContain(static step => step.Word == "ENV" && step.Text.Contains("SLUICE_HOME=/opt/sluice", StringComparison.Ordinal));
        s_steps.ShouldAllBe(static step => !Secret().IsMatch(step.Text));
    }

    private static IEnumerable<string> Texts(string word) => s_steps.Where(step => step.Word == word).Select(static step => step.Text);

    [GeneratedRegex(@"/sdk:(?<version>\d+\.\d+\.\d+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex SdkVersion();

    [GeneratedRegex("password|secret|token|api-?key", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Secret();
}
