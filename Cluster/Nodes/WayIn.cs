using Akka.Actor;

namespace Sluice.Cluster.Nodes;

/// <summary>
/// Whether a node that starts can find this cluster. When all seed nodes die at once, those that start in their place find nobody that they know and form a cluster of their own,
/// which the lease of the ledger refuses for as long as a node of the old one lives. Without a coordinator the old one does nothing any more: its nodes have to end, and
/// join the new one when they are started again.
/// </summary>
/// <param name="seeds">The seed nodes of the settings, <c>host:port</c>; none on a node that formed the cluster.</param>
/// <param name="time">The clock.</param>
internal sealed class WayIn(IReadOnlyList<string> seeds, TimeProvider time)
{
    /// <summary>Longer than the others take to give up one that is away, and than a node that is started again takes to join by one that is there.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private bool _hadCoordinator;
    private long? _since;

    /// <summary>Looks at the members.</summary>
    /// <param name="members">Those of the cluster, this one included: <c>host:port</c>, and whether it coordinates.</param>
    /// <returns>Why this node has to end; null where it has not.</returns>
    public string? Look(IEnumerable<(string Address, bool Coordinates)> members)
    {
        var (coordinator, seed) = (false, false);
        foreach (var member in members)
        {
            coordinator |= member.Coordinates;
            seed |= seeds.Contains(member.Address, StringComparer.OrdinalIgnoreCase);
        }

        _hadCoordinator |= coordinator;
        if (coordinator || seed || !_hadCoordinator || seeds.Count == 0)
        {
            _since = null;
            return null;
        }

        _since ??= time.GetTimestamp();
        return time.GetElapsedTime(_since.Value) < s_patience ? null
            : $"All seed nodes ({string.Join(", ", seeds)}) and coordinators have been gone for {s_patience.TotalSeconds:0} s: those that start again form a cluster of their own. This node has stopped; start it again to join them.";
    }

    /// <summary>Why the engine ends: nobody can find this cluster any more.</summary>
    internal sealed class Gone(string words) : CoordinatedShutdown.Reason
    {
        /// <summary>In words, for people.</summary>
        public string Words { get; } = words;

        public override int ExitCode => 1;
    }
}
