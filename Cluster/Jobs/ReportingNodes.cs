using Akka.Actor;
using Sluice.Cluster.Nodes;
using Sluice.Cluster.Wire;

namespace Sluice.Cluster.Jobs;

/// <summary>The nodes that report to the coordinator of the jobs, and what each is told. Not for concurrent use.</summary>
/// <param name="silence">Who has not reported for so long is forgotten.</param>
internal sealed class ReportingNodes(TimeSpan silence)
{
    private readonly Dictionary<string, (IActorRef Actor, NodeReport Report, DateTimeOffset At)> _nodes = new(StringComparer.Ordinal);

    /// <summary>Their latest reports.</summary>
    public IReadOnlyList<NodeReport> Reports => [.. _nodes.Values.Select(static node => node.Report)];

    /// <summary>What a node is told: the jobs, or why it may not take part.</summary>
    /// <param name="report">The node.</param>
    /// <param name="number">Number of the board.</param>
    /// <param name="jobs">The jobs.</param>
    /// <param name="epoch">The coordinator's epoch.</param>
    /// <returns>The board.</returns>
    public static JobBoard BoardFor(NodeReport report, long number, IEnumerable<JobTicket> jobs, long epoch) => report.Protocol == WireFormat.Version
        ? new JobBoard(number, [.. jobs], null) { Epoch = epoch }
        : new JobBoard(number, [], $"it speaks protocol {report.Protocol} and the cluster speaks {WireFormat.Version}: run the same release on all nodes") { Epoch = epoch };

    /// <summary>A node has reported; those that are silent are forgotten.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="report">Its report.</param>
    /// <param name="now">The time.</param>
    public void Add(IActorRef actor, NodeReport report, DateTimeOffset now)
    {
        _nodes[report.Address] = (actor, report, now);
        foreach (var (address, node) in _nodes)
        {
            if (now - node.At > silence)
            {
                _nodes.Remove(address);
            }
        }
    }

    /// <summary>Tells all of them.</summary>
    /// <param name="board">What each is told.</param>
    public void Tell(Func<NodeReport, JobBoard> board)
    {
        foreach (var (actor, report, _) in _nodes.Values)
        {
            actor.Tell(board(report));
        }
    }
}
