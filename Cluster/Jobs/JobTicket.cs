using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Jobs;

/// <summary>What a node has to know to work on a job.</summary>
/// <param name="Id">Number of the job.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Sources">Locations of its sources.</param>
/// <param name="Settings">Settings laid over the node's own, in HOCON.</param>
/// <param name="Weight">Its share against other jobs.</param>
public sealed record JobTicket(long Id, string Name, IReadOnlyList<string> Sources, string Settings, int Weight)
{
    /// <summary>Which of the sources is being walked, from 0.</summary>
    public int Source { get; init; }

    /// <summary>The walk; null before it has begun.</summary>
    public Walk? Walk { get; init; }

    /// <summary>Partitions its documents are spread over.</summary>
    public int Partitions { get; init; }

    /// <summary>Fingerprint of the model, so that every node uses the same one; empty before it is known.</summary>
    public string ModelFingerprint { get; init; } = "";

    /// <summary>Whether another ticket asks for the same work, whatever its weight.</summary>
    public bool IsSameWork(JobTicket other) =>
        other is not null && Id == other.Id && Source == other.Source && Walk?.Id == other.Walk?.Id && Partitions == other.Partitions
        && Settings.Equals(other.Settings, StringComparison.Ordinal) && ModelFingerprint.Equals(other.ModelFingerprint, StringComparison.Ordinal);
}
