using System.Globalization;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>A node that holds a ledger together with the others of its cluster.</summary>
/// <param name="Token">Differs for each lease.</param>
/// <param name="Incarnation">The same for all nodes of the cluster, as long as one of them lives.</param>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="Address">The node's address.</param>
/// <param name="Node">Number of its start.</param>
/// <param name="Machine">Where it runs.</param>
/// <param name="Since">Since when it holds the ledger, by the server's clock.</param>
internal sealed record LeaseNode(Guid Token, Guid Incarnation, string Cluster, string Address, long Node, string Machine, DateTimeOffset Since)
{
    /// <summary>The cluster and this node of it, in words.</summary>
    /// <param name="nodes">How many nodes the cluster has.</param>
    public string Describe(int nodes) => string.Create(
        CultureInfo.InvariantCulture, $"the cluster '{Cluster}', which holds it since {Since:yyyy-MM-dd HH:mm:ss} UTC with {nodes} {(nodes == 1 ? "node" : "nodes")}, the first at {Address} on {Machine}");
}
