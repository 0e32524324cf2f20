using System.Text.Json;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Jobs;

/// <summary>An accounting as JSON.</summary>
internal static class AccountingJson
{
    public static void Write(Utf8JsonWriter json, Accounting accounting)
    {
        json.WriteStartObject();
        json.WriteNumber("discovered", accounting.Discovered);
        json.WriteNumber("indexed", accounting.Indexed);
        json.WriteNumber("unchanged", accounting.Unchanged);
        Write(json, "skipped", accounting.Skipped);
        Write(json, "dead", accounting.Dead);
        json.WriteNumber("pending", accounting.Pending);
        json.WriteEndObject();
    }

    public static Accounting Read(JsonElement json) => new(
        json.GetProperty("discovered").GetInt64(),
        json.GetProperty("indexed").GetInt64(),
        json.GetProperty("unchanged").GetInt64(),
        Read(json, "skipped"),
        Read(json, "dead"),
        json.GetProperty("pending").GetInt64());

    public static Accounting Add(Accounting left, Accounting right) => new(
        left.Discovered + right.Discovered,
        left.Indexed + right.Indexed,
        left.Unchanged + right.Unchanged,
        Add(left.Skipped, right.Skipped),
        Add(left.Dead, right.Dead),
        left.Pending + right.Pending);

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, long> counts)
    {
        json.WriteStartObject(name);
        foreach (var (reason, count) in counts)
        {
            json.WriteNumber(reason, count);
        }

        json.WriteEndObject();
    }

    private static Dictionary<string, long> Read(JsonElement json, string name) =>
        json.GetProperty(name).EnumerateObject().ToDictionary(static count => count.Name, static count => count.Value.GetInt64(), StringComparer.Ordinal);

    private static Dictionary<string, long> Add(IReadOnlyDictionary<string, long> left, IReadOnlyDictionary<string, long> right)
    {
        var sum = new Dictionary<string, long>(left, StringComparer.Ordinal);
        foreach (var (reason, count) in right)
        {
            sum[reason] = sum.GetValueOrDefault(reason) + count;
        }

        return sum;
    }
}
