using System.Text.Json;
using Sluice.Cluster.Jobs;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Composition;

/// <summary>Reads what a coordinator wrote about a job.</summary>
internal sealed class JobView(JsonElement json)
{
    /// <summary>No documents at all.</summary>
    public static Accounting NoDocuments { get; } = new(0, 0, 0, new Dictionary<string, long>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal), 0);

    /// <summary>Documents, of all sources so far.</summary>
    public Accounting Documents => AccountingJson.Read(json.GetProperty("documents"));

    /// <summary>Whether its source has been listed to its end.</summary>
    public bool Listed => json.TryGetProperty("listed", out var listed) && listed.GetBoolean();

    /// <summary>What keeps it waiting.</summary>
    public IEnumerable<string> Notices => json.GetProperty("notices").EnumerateArray().Select(static notice => notice.GetString() ?? "");

    /// <summary>The nodes.</summary>
    public IEnumerable<JobNodeView> Nodes => json.GetProperty("nodes").EnumerateArray().Select(static node => new JobNodeView(
        node.GetProperty("address").GetString() ?? "",
        [.. node.GetProperty("roles").EnumerateArray().Select(static role => role.GetString() ?? "")],
        node.GetProperty("memory").GetInt64(),
        node.GetProperty("lost").GetBoolean(),
        node.GetProperty("draining").GetBoolean(),
        node.GetProperty("counts").EnumerateObject().ToDictionary(static count => count.Name, static count => count.Value.GetInt64(), StringComparer.Ordinal)));

    /// <summary>A count, over all nodes.</summary>
    public long Count(string name) => json.GetProperty("counts").TryGetProperty(name, out var count) ? count.GetInt64() : 0;

    /// <summary>How full a buffer is, over all nodes.</summary>
    public (long Fill, long Bound, string Unit) Gauge(string name)
    {
        var (fill, bound, unit) = (0L, 0L, "bytes");
        foreach (var gauge in json.GetProperty("nodes").EnumerateArray().Where(static node => !node.GetProperty("lost").GetBoolean()).SelectMany(static node => node.GetProperty("gauges").EnumerateArray()))
        {
            if (gauge.GetProperty("name").GetString() == name)
            {
                fill += gauge.GetProperty("fill").GetInt64();
                bound += gauge.GetProperty("bound").GetInt64();
                unit = gauge.GetProperty("unit").GetString() ?? unit;
            }
        }

        return (fill, bound, unit);
    }
}

/// <summary>A node as a job's coordinator saw it.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Roles">What it does.</param>
/// <param name="Memory">Bytes its process uses.</param>
/// <param name="Lost">Whether it is silent.</param>
/// <param name="Draining">Whether it is leaving.</param>
/// <param name="Counts">What it did.</param>
internal sealed record JobNodeView(string Address, IReadOnlyList<string> Roles, long Memory, bool Lost, bool Draining, IReadOnlyDictionary<string, long> Counts);
