namespace Sluice.Hosting.Tests.Deployment;

/// <summary>The Kubernetes example: its objects, and the nodes its pods run.</summary>
internal static class KubernetesFiles
{
    private static readonly string[] s_base = ["deploy", "kubernetes", "base"];

    /// <summary>The kustomization of the base.</summary>
    public static Yaml Kustomization { get; } = Yaml.ReadAll([.. s_base, "kustomization.yaml"])[0];

    /// <summary>All objects of the base, PostgreSQL's included.</summary>
    public static IReadOnlyList<Yaml> Objects { get; } =
    [
        .. Kustomization["resources"].Texts.Where(static name => name.EndsWith(".yaml", StringComparison.Ordinal)).SelectMany(static name => Yaml.ReadAll([.. s_base, name])),
        .. Yaml.ReadAll("deploy", "postgres", "postgres.yaml"),
    ];

    /// <summary>What runs pods.</summary>
    public static IReadOnlyList<Yaml> Workloads { get; } = [.. Objects.Where(static item => item["kind"].Text is "Deployment" or "StatefulSet")];

    /// <summary>What runs pods with nodes.</summary>
    public static IReadOnlyList<Yaml> NodeWorkloads { get; } = [.. Workloads.Where(static item => item["spec", "selector", "matchLabels", "app.kubernetes.io/name"].Text == "sluice")];

    /// <summary>An object's name.</summary>
    public static string Name(this Yaml item) => item["metadata", "name"].Text;

    /// <summary>Objects of a kind.</summary>
    public static IEnumerable<Yaml> Of(string kind) => Objects.Where(item => item["kind"].Text == kind);

    /// <summary>The one container of a workload's pod.</summary>
    public static Yaml Container(this Yaml workload) => workload["spec", "template", "spec", "containers"].Items.ShouldHaveSingleItem();

    /// <summary>The labels of a workload's pods.</summary>
    public static IReadOnlyDictionary<string, string> PodLabels(this Yaml workload) => Labels(workload["spec", "template", "metadata", "labels"]);

    /// <summary>A map of labels.</summary>
    public static IReadOnlyDictionary<string, string> Labels(Yaml labels) => labels.Entries.ToDictionary(static entry => entry.Key, static entry => entry.Value.Text, StringComparer.Ordinal);

    /// <summary>Whether a selector's labels are among others.</summary>
    public static bool Selects(this Yaml labels, Yaml workload) =>
        Labels(labels).All(label => workload.PodLabels().TryGetValue(label.Key, out var value) && value == label.Value);

    /// <summary>The node that a workload's pods run.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="more">Environment variables that an overlay adds.</param>
    public static DeployedNode Node(Yaml workload, Yaml? more = null)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in workload.Container()["env"].Items.Concat(more?.Items ?? []))
        {
            environment.Add(variable["name"].Text, variable["value"].IsMissing ? "10.0.0.1" : variable["value"].Text);
        }

        var arguments = workload.Container()["args"].Texts.Select(text => environment.Aggregate(text, static (value, entry) => value.Replace($"$({entry.Key})", entry.Value, StringComparison.Ordinal)));
        return new DeployedNode(
            workload.Where,
            [.. arguments],
            environment,
            Repository.PathTo([.. s_base, "akka.hocon"]),
            TimeSpan.FromSeconds(workload["spec", "template", "spec", "terminationGracePeriodSeconds"].Number));
    }
}
