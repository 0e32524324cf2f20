namespace Sluice.Cluster.Nodes;

/// <summary>To the jobs' coordinator: which nodes report, and how are they? Answered with a <see cref="NodesKnown"/>.</summary>
internal sealed record AskNodes
{
    /// <summary>The message.</summary>
    public static readonly AskNodes Instance = new();
}

/// <summary>The nodes that report to the coordinator.</summary>
/// <param name="Nodes">Their last reports.</param>
internal sealed record NodesKnown(IReadOnlyList<NodeReport> Nodes);

/// <summary>To a node: finish what you have, hand your partitions over, leave and end.</summary>
internal sealed record LeaveNode
{
    /// <summary>The message.</summary>
    public static readonly LeaveNode Instance = new();
}
