using System.Text.Json;

namespace Sluice.Cluster.Nodes;

/// <summary>A node's report on one job as JSON.</summary>
internal static class NodeJson
{
    public static void Write(Utf8JsonWriter json, string address, NodeReport report, IReadOnlyDictionary<string, long> counts, bool lost)
    {
        json.WriteStartObject();
        json.WriteString("address", address);
        json.WriteBoolean("lost", lost);
        json.WriteBoolean("draining", report.Draining);
        json.WriteNumber("memory", report.Memory);
        json.WriteStartArray("roles");
        foreach (var role in report.Roles)
        {
            json.WriteStringValue(role);
        }

        json.WriteEndArray();
        json.WriteStartObject("counts");
        foreach (var (name, count) in counts.Where(static count => !count.Key.StartsWith(JobCounts.Took, StringComparison.Ordinal)))
        {
            json.WriteNumber(name, count);
        }

        json.WriteEndObject();
        json.WriteStartArray("gauges");
        foreach (var gauge in report.Jobs[0].Gauges)
        {
            json.WriteStartObject();
            json.WriteString("name", gauge.Name);
            json.WriteNumber("fill", gauge.Fill);
            json.WriteNumber("bound", gauge.Bound);
            json.WriteString("unit", gauge.Unit);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
