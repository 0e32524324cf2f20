namespace Sluice.Cluster.Nodes;

/// <summary>A node as another one sees it.</summary>
/// <param name="Id">host:port.</param>
/// <param name="Address">Its whole address.</param>
/// <param name="State">joining, up, draining, unreachable, lost or left.</param>
/// <param name="Roles">What it does.</param>
/// <param name="Seen">When it was last heard of.</param>
public sealed record ClusterMember(string Id, string Address, string State, IReadOnlyList<string> Roles, DateTimeOffset Seen)
{
    /// <summary>Version of its program; empty while it has not told.</summary>
    public string Program { get; init; } = "";

    /// <summary>Version of its protocol; 0 while it has not told.</summary>
    public uint Protocol { get; init; }

    /// <summary>What it embeds on; empty where it does not embed.</summary>
    public string Device { get; init; } = "";

    /// <summary>Bytes its process uses.</summary>
    public long Memory { get; init; }

    /// <summary>Jobs it works on.</summary>
    public IReadOnlyList<long> Jobs { get; init; } = [];

    /// <summary>Counts a second over the last 10 seconds, by name (see the counts of jobs).</summary>
    public IReadOnlyDictionary<string, double> Rates { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>How full its queues are: name, unit, fill, bound.</summary>
    public IReadOnlyList<(string Name, string Unit, long Fill, long Bound)> Queues { get; init; } = [];
}
