using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sluice.Actors.Core;
using Sluice.Hosting.Telemetry;

namespace Sluice.Hosting.Tests.Deployment;

/// <summary>Alert rules and dashboard: checked by Prometheus' own tool, and against the metrics that there are.</summary>
public sealed partial class PrometheusTests
{
    [Theory]
    [InlineData("check", "rules", "alerts.yml")]
    [InlineData("test", "rules", "alerts.test.yml")]
    [InlineData("check", "config", "--syntax-only", "prometheus.yml")]
    public async Task Promtool_FindsNothingWrong(params string[] arguments)
    {
        var start = new ProcessStartInfo("promtool", arguments) { WorkingDirectory = Repository.PathTo("deploy", "prometheus"), RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var promtool = Process.Start(start)!;
        var errors = promtool.StandardError.ReadToEndAsync();
        var output = await promtool.StandardOutput.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        promtool.ExitCode.ShouldBe(0, output + await errors);
    }

    [Theory]
    [InlineData("alerts.yml")]
    [InlineData("../grafana/sluice.json")]
    public void Expressions_NameMetricsThatThereAre(string file)
    {
        var known = Names().ToHashSet(StringComparer.Ordinal);
        var text = File.ReadAllText(Repository.PathTo("deploy", "prometheus", file));
        var used = Metric().Matches(text).Select(static match => match.Value).Distinct(StringComparer.Ordinal).ToList();
        used.Count.ShouldBeGreaterThan(4);
        used.Where(name => !known.Contains(name)).ShouldBeEmpty();
    }

    [Fact]
    public void Alerts_HaveATestEach()
    {
        var tests = File.ReadAllText(Repository.PathTo("deploy", "prometheus", "alerts.test.yml"));
        foreach (Match alert in Alert().Matches(File.ReadAllText(Repository.PathTo("deploy", "prometheus", "alerts.yml"))))
        {
            tests.ShouldContain($"alertname: {alert.Groups["name"].Value}\n        exp_alerts:");
        }
    }

    [Fact]
    public void Dashboard_IsJsonWhosePanelsAskItsOwnSource()
    {
        var dashboard = JsonDocument.Parse(File.ReadAllText(Repository.PathTo("deploy", "grafana", "sluice.json"))).RootElement;
        var source = Yaml.ReadAll("deploy/grafana/provisioning/datasources/prometheus.yml")[0]["datasources"].Items[0]["uid"].Text;
        foreach (var panel in dashboard.GetProperty("panels").EnumerateArray())
        {
            panel.GetProperty("datasource").GetProperty("uid").GetString().ShouldBe(source);
            panel.GetProperty("targets").GetArrayLength().ShouldBeGreaterThan(0);
        }
    }

    /// <summary>The names as Prometheus has them: the instruments' with their unit, counters with _total.</summary>
    private static IEnumerable<string> Names()
    {
        (string Name, string Suffix)[] instruments =
        [
            (ActorsMetrics.ProcessDuration, "_seconds_bucket"), (ActorsMetrics.DatabaseDuration, "_seconds_bucket"), (ActorsMetrics.Published, "_total"), (ActorsMetrics.Documents, "_total"),
            (ActorsMetrics.Chunks, "_total"), (ActorsMetrics.Tokens, "_total"), (ActorsMetrics.PaddedTokens, "_total"), (ActorsMetrics.Batches, "_total"), (ActorsMetrics.QueueUtilization, ""),
            (ActorsMetrics.StageTime, "_seconds_total"), (ActorsMetrics.StageWorkers, ""), (HostingMetrics.Jobs, ""), (HostingMetrics.Pending, ""), (HostingMetrics.DeadLetters, ""), (HostingMetrics.Members, ""),
            (HostingMetrics.Memory, "_bytes"), (HostingMetrics.MemoryLimit, "_bytes"), (HostingMetrics.Uptime, "_seconds"),
        ];
        return instruments.Select(static instrument => instrument.Name.Replace('.', '_') + instrument.Suffix);
    }

    [GeneratedRegex(@"\b(sluice_(?!state\b|stage\b|stage_state\b|queue\b|outcome\b)\w+|messaging_(process|client)_\w+|db_client_\w+|process_memory_\w+|process_uptime_\w+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Metric();

    [GeneratedRegex(@"- alert: (?<name>\w+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Alert();
}
