using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Logging;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Joining;

/// <summary>A node's part of its cluster's lease of the ledger: taken once it is a member, watched as long as it lives.</summary>
internal static class LedgerLease
{
    /// <summary>Takes it; should it be lost to somebody else later, the node ends.</summary>
    /// <exception cref="Streams.Failures.LedgerHeldException">Another cluster, or a run of one machine, holds the ledger.</exception>
    public static async Task<IClusterLease?> TakeAsync(ActorSystem system, ClusterNodeParts parts, CancellationToken cancellationToken)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        var self = cluster.SelfUniqueAddress;
        var request = new ClusterLeaseRequest(parts.Options.Name, self.Address.ToString(), self.Uid, () => [.. cluster.State.Members.Select(static member => Number(member.UniqueAddress))]);
        var lease = await parts.Ledger.JoinAsync(request, cancellationToken);
        if (lease is not null)
        {
            _ = EndWhenLostAsync(lease, system, parts.Loggers.CreateLogger<ClusterNode>());
        }

        return lease;
    }

    private static (string Address, long Incarnation) Number(UniqueAddress node) => (node.Address.ToString(), node.Uid);

    private static async Task EndWhenLostAsync(IClusterLease lease, ActorSystem system, ILogger logger)
    {
        var words = await lease.Lost;
        NodeLog.Stops(logger, words);
        await CoordinatedShutdown.Get(system).Run(new Taken(words));
    }

    /// <summary>Why the engine ends: the ledger is somebody else's now. Nothing can be finished or handed back.</summary>
    internal sealed class Taken(string words) : CoordinatedShutdown.Reason
    {
        /// <summary>Whose it is.</summary>
        public string Words { get; } = words;

        public override int ExitCode => 1;
    }
}
