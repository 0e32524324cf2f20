using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Jobs;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Nodes;

/// <summary>What the actors of a node share.</summary>
/// <param name="Roles">What the node does.</param>
/// <param name="Ledger">The cluster's ledger.</param>
/// <param name="Jobs">The cluster's jobs.</param>
/// <param name="Workshop">Makes what jobs need.</param>
/// <param name="Options">Settings.</param>
/// <param name="Loggers">Logs.</param>
/// <param name="Time">The clock.</param>
internal sealed record NodeServices(
    IReadOnlyList<string> Roles,
    ILedger Ledger,
    IJobStore Jobs,
    IJobWorkshop Workshop,
    ClusterOptions Options,
    ILoggerFactory Loggers,
    TimeProvider Time)
{
    /// <summary>Exchanges that others take from.</summary>
    public NodeExchanges Exchanges { get; } = new();

    /// <summary>Jobs whose partitions work here.</summary>
    public NodePartitions Partitions { get; } = new();

    /// <summary>Walks that this node, coordinating, has under way.</summary>
    public ActiveWalks Walks { get; } = new();

    /// <summary>Ends when this node holds its part of the ledger: until then it runs no jobs, since the ledger may be another cluster's.</summary>
    public TaskCompletionSource LedgerTaken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The pools of model sessions; set before any job starts.</summary>
    public IActorRef Pools { get; set; } = ActorRefs.Nobody;

    /// <summary>The models' carrier; set before any job starts.</summary>
    public IActorRef Models { get; set; } = ActorRefs.Nobody;

    /// <summary>What models run on here; empty on a node that does not embed.</summary>
    public string Device { get; init; } = "";

    /// <summary>Told what is counted; null for nobody.</summary>
    public ActorsMetrics? Metrics { get; init; }

    /// <summary>Whether the node does this.</summary>
    public bool Has(string role) => Roles.Contains(role, StringComparer.Ordinal);
}
