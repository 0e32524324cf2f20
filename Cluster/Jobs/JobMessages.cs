using Sluice.Cluster.Nodes;

namespace Sluice.Cluster.Jobs;

/// <summary>From a node to the jobs, every second: that it is there, and how its work goes. Answered with a <see cref="JobBoard"/>.</summary>
/// <param name="Report">How it is.</param>
internal sealed record ReportNode(NodeReport Report);

/// <summary>From the jobs to a node: what to work on.</summary>
/// <param name="Number">Rises with each change.</param>
/// <param name="Jobs">All jobs that run.</param>
/// <param name="Refused">Why this node may not take part; null when it may.</param>
internal sealed record JobBoard(long Number, IReadOnlyList<JobTicket> Jobs, string? Refused)
{
    /// <summary>The coordinator's epoch: a board of an earlier one than was seen already is of one that stood still, and one of epoch 0 of nobody who holds the office: both are refused.</summary>
    public long Epoch { get; init; }
}

/// <summary>To a partition's entity, again and again while it is not done: work.</summary>
/// <param name="Job">The job.</param>
/// <param name="Index">Which partition.</param>
/// <param name="Walk">Number of the walk.</param>
/// <param name="Listed">Whether the listing is at its end.</param>
internal sealed record RunPartition(long Job, int Index, long Walk, bool Listed)
{
    /// <summary>
    /// Which try to find a node that can read the documents: each is another shard, and so another node sooner or later. 0 unless a node has said that it cannot.
    /// </summary>
    public int Place { get; init; }
}

/// <summary>From a partition: every document that is listed is settled.</summary>
/// <param name="Job">The job.</param>
/// <param name="Walk">The walk.</param>
/// <param name="Index">Which partition.</param>
internal sealed record PartitionEnded(long Job, long Walk, int Index);

/// <summary>From a partition: it failed.</summary>
/// <param name="Job">The job.</param>
/// <param name="Walk">The walk.</param>
/// <param name="Index">Which partition.</param>
/// <param name="Reason">Why.</param>
/// <param name="Final">Whether the job cannot go on; otherwise it tries again by itself.</param>
internal sealed record PartitionFailed(long Job, long Walk, int Index, string Reason, bool Final)
{
    /// <summary>The place whose node cannot read the documents: another one is to be tried. Null for any other failure.</summary>
    public int? UnableAt { get; init; }
}
