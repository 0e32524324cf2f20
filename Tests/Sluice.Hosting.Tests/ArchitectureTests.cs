using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Sluice.Hosting.Tests;

/// <summary>The arrows between the rooms: Streams &lt;- Actors &lt;- Cluster &lt;- Hosting; nothing uses Tests.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string[] Layers = ["Streams", "Actors", "Cluster", "Hosting"];

    private static readonly IReadOnlyList<(string Path, XDocument Xml)> Projects =
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(static path => !IsBuilt(path))
            .Select(static path => (Path.GetRelativePath(Repository.Root, path), XDocument.Load(path))),
    ];

    [Fact]
    public void Projects_AreFound() =>
        Projects.Select(static project => project.Path).ShouldContainAll("Streams/Sluice.Streams.csproj", "Actors/Sluice.Actors.csproj", "Hosting/Sluice.Hosting.csproj", "Hosting/Cli/Sluice.Cli.csproj");

    [Fact]
    public void ProjectReferences_OfSource_PointToLowerLayersOnly()
    {
        foreach (var (path, xml) in Projects.Where(static project => !project.Path.StartsWith("Tests", StringComparison.Ordinal)))
        {
            foreach (var reference in References(path, xml))
            {
                var (from, to) = (Layer(path), Layer(reference));
                to.ShouldBeGreaterThanOrEqualTo(0, $"{path} refers to {reference}, which is no room");
                (to < from || (to == from && path.StartsWith("Hosting/Cli/", StringComparison.Ordinal))).ShouldBeTrue($"{path} must not refer to {reference}");
            }
        }
    }

    [Fact]
    public void Streams_RefersToAkkaStreamsAlone() =>
        Packages("Streams/Sluice.Streams.csproj").ShouldBe(["Akka.Streams", "System.IO.Hashing"], ignoreOrder: true);

    [Fact]
    public void Packages_OfThirdParties_StandInOneSourceProject()
    {
        var users = Projects.Where(static project => !project.Path.StartsWith("Tests", StringComparison.Ordinal))
            .SelectMany(static project => Packages(project.Path, tools: false).Select(package => (package, project.Path)))
            .Where(static use => !use.package.StartsWith("Akka", StringComparison.Ordinal) && !use.package.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal))
            .GroupBy(static use => use.package, static use => use.Path, StringComparer.Ordinal);

        users.Where(static group => group.Count() > 1).Select(static group => $"{group.Key}: {string.Join(", ", group)}").ShouldBeEmpty();
    }

    [Fact]
    public void PackageVersions_AreExactAndCentral()
    {
        var central = XDocument.Load(Repository.PathTo("Directory.Packages.props"));
        central.Descendants("PackageVersion").Select(static item => (string)item.Attribute("Version")!).ShouldAllBe(static version => ExactVersion().IsMatch(version));
        Projects.SelectMany(static project => project.Xml.Descendants("PackageReference").Select(item => (project.Path, Version: item.Attribute("Version"))))
            .Where(static use => use.Version is not null).ShouldBeEmpty();
    }

    [Fact]
    public void LogEvents_HaveUniqueIdsInTheRangeOfTheirRoom()
    {
        var ids = new Dictionary<int, string>();
        foreach (var file in Sources())
        {
            foreach (Match match in LogEvent().Matches(File.ReadAllText(file)))
            {
                var id = int.Parse(match.Groups["id"].Value, System.Globalization.CultureInfo.InvariantCulture);
                var name = Path.GetRelativePath(Repository.Root, file);
                var layer = Layer(name);
                ids.TryAdd(id, name).ShouldBeTrue($"log event {id} stands in {name} and in {ids[id]}");
                (id / 1000).ShouldBe(layer + 1, $"log event {id} in {name}: ids of {Layers[layer]} begin at {(layer + 1) * 1000}");
            }
        }
    }

    [Fact]
    public void Namespaces_FollowFolders()
    {
        foreach (var file in Sources())
        {
            var declared = NamespaceLine().Match(File.ReadAllText(file));
            var folder = Path.GetDirectoryName(Path.GetRelativePath(Repository.Root, file))!.Replace('/', '.');
            if (declared.Success)
            {
                declared.Groups["name"].Value.ShouldBe($"Sluice.{folder}", file);
            }
        }
    }

    [Fact]
    public void Sources_NameNoMachineOfAnybody()
    {
        foreach (var file in Sources().Append(Repository.PathTo("akka.hocon")).Append(Repository.PathTo("sluice")).Append(Repository.PathTo("test.sh")))
        {
            File.ReadAllText(file).ShouldNotContain("/" + "work/", Case.Sensitive, file);
        }
    }

    private static IEnumerable<string> Sources() => Layers.Select(static layer => Repository.PathTo(layer)).Where(Directory.Exists)
        .SelectMany(static folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)).Where(static path => !IsBuilt(path));

    private static bool IsBuilt(string path) =>
        Path.GetRelativePath(Repository.Root, path).Split('/') is var parts && parts.Any(static part => part is "bin" or "obj" or "node_modules" or ".sluice" or "artifacts");

    private static int Layer(string path) => Array.IndexOf(Layers, path.Split('/')[0]);

    private static IEnumerable<string> References(string path, XDocument xml) => xml.Descendants("ProjectReference")
        .Select(item => Path.GetRelativePath(Repository.Root, Path.GetFullPath((string)item.Attribute("Include")!, Repository.PathTo(Path.GetDirectoryName(path)!))));

    /// <summary>Packages of a project; those with private assets are tools of the build, and nothing of them is in the program.</summary>
    private static IEnumerable<string> Packages(string path, bool tools = true) =>
        Projects.Single(project => project.Path == path).Xml.Descendants("PackageReference")
            .Where(item => tools || (string?)item.Attribute("PrivateAssets") != "all").Select(static item => (string)item.Attribute("Include")!);

    [GeneratedRegex(@"^\d+(\.\d+){1,3}(-[\w.]+)?$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex ExactVersion();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(EventId\s*=\s*)?(?<id>\d+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex LogEvent();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex NamespaceLine();
}

file static class Expectations
{
    public static void ShouldContainAll(this IEnumerable<string> actual, params string[] expected)
    {
        var all = actual.ToList();
        foreach (var item in expected)
        {
            all.ShouldContain(item);
        }
    }
}
