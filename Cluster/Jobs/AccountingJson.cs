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
        json.WriteNumber("removed", accounting.Removed);
        json.WriteNumber("kept", accounting.Kept);
        json.WriteEndObject();
    }

    public static Accounting Read(JsonElement json) => new(
        json.GetProperty("discovered").GetInt64(),
        json.GetProperty("indexed").GetInt64(),
        json.GetProperty("unchanged").GetInt64(),
        Read(json, "skipped"),
        Read(json, "dead"),
        json.GetProperty("pending").GetInt64())
    {
        Removed = Optional(json, "removed"),
        Kept = Optional(json, "kept"),
    };

    public static Accounting Add(Accounting left, Accounting right) => left.Plus(right);

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

    /// <summary>A count that nodes of earlier versions do not write.</summary>
    private static long Optional(JsonElement json, string name) => json.TryGetProperty(name, out var count) ? count.GetInt64() : 0;
}
