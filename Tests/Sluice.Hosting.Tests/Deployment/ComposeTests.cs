using System.Text.RegularExpressions;
using Sluice.Cluster.Nodes;
using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Tests.Deployment;

/// <summary>docker-compose.yml starts what the program takes, and names nothing that is not there. No container engine is needed.</summary>
public sealed partial class ComposeTests
{
    private static readonly Yaml s_file = Yaml.ReadAll("docker-compose.yml")[0];
    private static readonly string s_text = File.ReadAllText(Repository.PathTo("docker-compose.yml"));

    private static IReadOnlyDictionary<string, Yaml> Services => s_file["services"].Entries;

    private static IEnumerable<string> NodeNames => Services.Keys.Where(static name => name is not ("postgres" or "prometheus" or "grafana"));

    public static TheoryData<string> Nodes => [.. NodeNames];

    public static TheoryData<string> All => [.. Services.Keys];

    [Fact]
    public void Services_AreThoseOfACluster() => Services.Keys.ShouldBe(
        ["postgres", "coordinator", "parser-1", "parser-2", "embedder-cpu", "embedder-gpu", "indexer-1", "indexer-2", "prometheus", "grafana"], ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Node_ItsCommandLineAndEnvironment_AreThoseOfTheProgram(string name)
    {
        var node = Node(name);
        node.ShouldBeSound();
        node.Cluster.Host.ShouldBe(Services[name]["hostname"].Text);
        node.Cluster.Host.ShouldBe(name, "other services find it by its service's name");
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("gpu")]
    public void Roles_InEachProfile_AreAllThere(string profile) => Started(profile)
        .SelectMany(static name => Node(name).Cluster.Roles)
        .Distinct(StringComparer.Ordinal)
        .ShouldBe(NodeRoles.All, ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Nodes))]
    public void Seeds_OfEveryNode_AreTheSameAndSurviveTheRestartOfTheFirst(string name)
    {
        var seeds = Node(name).Cluster.Seeds;
        seeds.ShouldBe(Node("coordinator").Cluster.Seeds);
        seeds.Count.ShouldBeGreaterThan(1, "a first seed that is alone forms a second cluster when it is restarted");
        seeds.ShouldBeSubsetOf(Started("cpu").Intersect(Started("gpu")).Select(static node => Node(node).Address));
        seeds[0].ShouldBe(Node("coordinator").Address);
    }

    [Theory]
    [MemberData(nameof(Nodes))]
    public void HealthCheck_OfEveryNode_AsksWhetherItIsReady(string name)
    {
        Services[name]["healthcheck", "test"].Texts.ShouldBe(["CMD", "sluice-health", "/readyz"]);
        var asked = TimeSpan.FromSeconds(Seconds(Services[name]["healthcheck", "timeout"]));
        asked.ShouldBeGreaterThan(TimeSpan.FromSeconds(5), "the script waits that long itself");
        TimeSpan.FromSeconds(Seconds(Services[name]["healthcheck", "start_period"])).ShouldBeGreaterThan(Node(name).Cluster.JoinTimeout);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Service_IsLimitedAndComesBack(string name)
    {
        var service = Services[name];
        service["restart"].Text.ShouldBe("unless-stopped", "a node that was given up must join anew");
        service["deploy", "resources", "limits", "memory"].IsMissing.ShouldBeFalse();
        service["privileged"].IsMissing.ShouldBeTrue();
        service["network_mode"].IsMissing.ShouldBeTrue();
        service["healthcheck", "test"].IsMissing.ShouldBeFalse();
        Images.ShouldBePinned(Substitute(service["image"].Text), service.Where);
        foreach (var (on, how) in service["depends_on"].Entries)
        {
            Services.Keys.ShouldContain(on);
            how["condition"].Text.ShouldBe("service_healthy");
            Services[on]["profiles"].IsMissing.ShouldBeTrue($"{name} would start {on} in every profile");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Service_ItsVolumesAndSecrets_AreThere(string name)
    {
        var service = Services[name];
        foreach (var volume in service["volumes"].Texts.Select(Substitute))
        {
            var parts = volume.Split(':');
            if (parts[0].StartsWith('.'))
            {
                Path.Exists(Repository.PathTo(parts[0])).ShouldBeTrue($"{name}: {volume}");
                parts.Length.ShouldBe(3, volume);
                parts[2].ShouldBe("ro", volume);
            }
            else
            {
                s_file["volumes"].Entries.Keys.ShouldContain(parts[0], $"{name}: {volume}");
            }
        }

        var given = service["secrets"].Texts;
        given.ShouldBeSubsetOf(s_file["secrets"].Entries.Keys);
        var used = service["environment"].Entries.Values.SelectMany(static value => SecretFile().Matches(value.Text)).Select(static match => match.Groups["name"].Value);
        if (name == "prometheus")
        {
            used = SecretFile().Matches(File.ReadAllText(Repository.PathTo("deploy", "prometheus", "prometheus.yml"))).Select(static match => match.Groups["name"].Value);
        }

        used.Distinct(StringComparer.Ordinal).ShouldBe(given, ignoreOrder: true);
    }

    [Fact]
    public void Corpus_IsSeenByWhoWalksAndWhoParses_AndByNobodyElse()
    {
        foreach (var name in NodeNames)
        {
            var reads = Node(name).Cluster.Roles.Any(static role => role is NodeRoles.Coordinate or NodeRoles.Parse);
            Services[name]["volumes"].Texts.Any(static volume => volume.EndsWith(":/corpus:ro", StringComparison.Ordinal)).ShouldBe(reads, name);
        }
    }

    [Fact]
    public void Gpu_IsReservedByItsEmbedderAlone()
    {
        Services.Where(static service => !service.Value["deploy", "resources", "reservations", "devices"].IsMissing).Select(static service => service.Key).ShouldBe(["embedder-gpu"]);
        var gpu = Services["embedder-gpu"];
        gpu["deploy", "resources", "reservations", "devices"].Items[0]["capabilities"].Texts.ShouldBe(["gpu"]);
        (gpu["profiles"].Texts[0], gpu["build", "args", "FLAVOUR"].Text).ShouldBe(("gpu", "gpu"));
        Services["embedder-cpu"]["profiles"].Texts.ShouldBe(["cpu"]);
    }

    [Fact]
    public void Variables_OfTheFile_AreThoseOfItsExample()
    {
        var example = File.ReadAllLines(Repository.PathTo(".env.example")).Where(static line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#')).Select(static line => line.Split('=')[0]);
        Variable().Matches(s_text).Select(static match => match.Groups["name"].Value).Append("COMPOSE_PROFILES").Distinct(StringComparer.Ordinal).ShouldBe(example, ignoreOrder: true);
        Variable().Matches(s_text).ShouldAllBe(static match => match.Groups["default"].Success, "it must start without an .env file, too");
    }

    [Fact]
    public void Secrets_AreFilesThatGitDoesNotTake()
    {
        s_file["secrets"].Entries.Values.ShouldAllBe(static secret => secret["file"].Text.StartsWith("./secrets/"));
        new[] { "secrets/", ".env" }.ShouldBeSubsetOf(File.ReadAllLines(Repository.PathTo(".gitignore")));
    }

    [Fact]
    public void Job_OfTheExample_IsOneThatNodesOfThisFileCanRun()
    {
        var job = JobText.ReadFile(Repository.PathTo("deploy", "jobs", "corpus.hocon"), new ConfigurationSources { DefaultsFile = Repository.PathTo("akka.hocon"), WorkingDirectory = Repository.Root });
        job.Sources.ShouldBe(["/corpus"]);
        Services["coordinator"]["volumes"].Texts.ShouldContain("./deploy/jobs:/etc/sluice/jobs:ro");
        s_text.ShouldContain("sluice job submit /etc/sluice/jobs/corpus.hocon");
    }

    private static DeployedNode Node(string name) => new(
        $"service {name}",
        Services[name]["command"].Texts,
        Services[name]["environment"].Entries.ToDictionary(static entry => entry.Key, static entry => entry.Value.Text, StringComparer.Ordinal),
        null,
        TimeSpan.FromSeconds(Seconds(Services[name]["stop_grace_period"])));

    private static IEnumerable<string> Started(string profile) =>
        NodeNames.Where(name => Services[name]["profiles"] is var profiles && (profiles.IsMissing || profiles.Texts.Contains(profile)));

    private static int Seconds(Yaml value) => int.Parse(value.Text.TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture);

    private static string Substitute(string text) => Variable().Replace(text, static match => match.Groups["default"].Value);

    [GeneratedRegex(@"\$\{(?<name>\w+)(:-(?<default>[^}]*))?\}", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"/run/secrets/(?<name>[\w-]+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex SecretFile();
}
