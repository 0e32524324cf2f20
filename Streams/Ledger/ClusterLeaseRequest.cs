namespace Sluice.Streams.Ledger;

/// <summary>Which node of which cluster asks for the ledger.</summary>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="Address">The node's address, as other nodes know it.</param>
/// <param name="Incarnation">Number of this start of the node: the same address with another number is another process.</param>
/// <param name="Members">Addresses and numbers of the nodes that are members of the cluster as this one sees it; asked anew for each try.</param>
public sealed record ClusterLeaseRequest(string Cluster, string Address, long Incarnation, Func<IReadOnlyList<(string Address, long Incarnation)>> Members);
