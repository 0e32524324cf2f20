using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Sources;
using Sluice.Simulation.Tests.Scheduling;
using Sluice.Simulation.Tests.Sequences;
using Sluice.Simulation.Tests.World;
using Sluice.Streams.Ledger;

namespace Sluice.Simulation.Tests.Nodes;

/// <summary>A job on a coordinator and two nodes, each a process of its own.</summary>
internal sealed class ClusterRun : IDisposable
{
    public const int Nodes = 2;
    public const int Partitions = 4;

    private readonly Stores _stores;
    private readonly Machine _machine;
    private readonly Switchboard _board;
    private readonly List<ILedger> _ledgers = [];
    private readonly PipelineOptions _options = Stores.Careful(Partitions);
    private readonly TaskCompletionSource<Accounting> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopped = new();
    private volatile IActorRef _coordinator = ActorRefs.Nobody;

    public ClusterRun(ClusterJob job, bool prunes, int number, Stores stores, Machine machine, Switchboard board)
    {
        (_stores, _machine, _board) = (stores, machine, board);
        Owners = [new Owner($"coordinator {number}", job.Coordinator.Faults), .. Enumerable.Range(1, Nodes).Select(node => new Owner($"node {number}.{node}", (node == 1 ? job.First : job.Second).Faults))];
        _ledgers.AddRange(Owners.Select(_ => stores.OpenLedger()));
        _ = System.Threading.Tasks.Task.Run(async () =>
        {
            try
            {
                var parts = Owners.Select(Parts).ToList();
                await Preparation.RunAsync(parts[0].Parts, machine.Time, _stopped.Token);
                var walk = await parts[0].Parts.Ledger.BeginWalkAsync(new WalkSpec(parts[0].Source.Scope, "simulated:sink", "configuration 1"), job.Resumes, _stopped.Token);
                walk = await new SourceGuard(parts[0].Source, _options, new NoticeBoard(), machine.Time, walk.Root).PrepareAsync(parts[0].Parts.Ledger, walk, _stopped.Token);
                NodeParts With(int owner, IActorRef coordinator) => new(parts[owner].Parts, parts[owner].Source, walk, _options, machine.Time, coordinator);
                var nodes = Enumerable.Range(1, Nodes).Select(node => (Func<IActorRef, Props>)(coordinator => NodeActor.Props(With(node, coordinator), prunes))).ToList();
                _coordinator = machine.System.ActorOf(CoordinatorActor.Props(With(0, ActorRefs.Nobody), nodes, prunes, _ended));
            }
#pragma warning disable CA1031 // It is the outcome of the run.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _ended.TrySetException(exception);
            }
        });
    }

    /// <summary>Coordinator and nodes.</summary>
    public IReadOnlyList<Owner> Owners { get; }

    public Task<Accounting> Task => _ended.Task;

    /// <summary>Whether its partitions have been given to nodes. Before that nothing can be moved, and nobody hears of it.</summary>
    public bool HasBegun => !_coordinator.IsNobody();

    public void Tell(object message) => _coordinator.Tell(message);

    /// <summary>All of it stops at once.</summary>
    public void Kill()
    {
        foreach (var owner in Owners)
        {
            _board.Bury(owner);
        }

        _stopped.Cancel();
        _ended.TrySetCanceled();
        _machine.System.Stop(_coordinator);
    }

    public void Dispose()
    {
        _ledgers.ForEach(static ledger => Stores.Wait(ledger.DisposeAsync().AsTask()));
        _stopped.Dispose();
    }

    public override string ToString() => Task.Status switch
    {
        TaskStatus.RanToCompletion => $"the job ended: {Describe(Stores.Wait(Task))}",
        TaskStatus.Faulted => $"the job failed: {Task.Exception!.InnerException!.GetType().Name}: {Task.Exception.InnerException.Message}",
        TaskStatus.Canceled => "the job was cancelled",
        _ => "the job is under way",
    };

    private static string Describe(Accounting accounting) =>
        $"discovered {accounting.Discovered}, indexed {accounting.Indexed}, unchanged {accounting.Unchanged}, skipped [{string.Join(", ", accounting.Skipped)}], dead [{string.Join(", ", accounting.Dead)}], pending {accounting.Pending}";

    private (IngestionParts Parts, Streams.Documents.IDocumentSource Source) Parts(Owner owner, int number)
    {
        var sink = new SimulatedSink(_stores.Sink, owner, _board, () => _stores.Troubles.SinkRefuses);
        var waiting = new WaitingLedger(CallProxy.Around(_ledgers[number], "ledger", owner, _board), _options, null, _machine.Time);
        var parts = new IngestionParts(new Lines.Parser(_stores.Troubles.OnParse), new Lines.Chunker(), LengthEmbedder.Info, static () => new LengthEmbedder(), sink, waiting);
        return (parts, new GatedSource(_stores.OpenSource(0), _stores.Corpus.FolderOf(0), owner, _board, _stores.Troubles));
    }
}
