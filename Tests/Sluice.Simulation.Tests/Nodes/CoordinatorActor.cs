using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Actors.Core.Jobs;
using Sluice.Actors.Core.Partitions;
using Sluice.Actors.Core.Sources;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;

namespace Sluice.Simulation.Tests.Nodes;

/// <summary>The job of a simulated cluster: walks the source, spreads the partitions over its nodes, moves them when told to, settles. The walk and all that it does at the end are the real ones.</summary>
internal sealed class CoordinatorActor : ReceiveActor
{
    private readonly NodeParts _parts;
    private readonly IReadOnlyList<Func<IActorRef, Props>> _nodeProps;
    private readonly bool _prunes;
    private readonly TaskCompletionSource<Accounting> _ended;
    private readonly CancellationTokenSource _stopped = new();
    private readonly List<IActorRef> _nodes = [];
    private readonly Dictionary<int, int> _places = [];
    private readonly HashSet<int> _done = [];
    private readonly Dictionary<int, int> _targets = [];
    private readonly IngestionMeters _meters;
    private readonly SinkWriter _writer;
    private IActorRef _indexer = ActorRefs.Nobody;
    private bool _listed;
    private bool _complete;
    private bool _settling;

    public CoordinatorActor(NodeParts parts, IReadOnlyList<Func<IActorRef, Props>> nodes, bool prunes, TaskCompletionSource<Accounting> ended)
    {
        (_parts, _nodeProps, _prunes, _ended) = (parts, nodes, prunes, ended);
        _meters = new IngestionMeters(parts.Options, parts.Time);
        _writer = new SinkWriter(parts.Parts.Sink, parts.Options, new NoticeBoard(), parts.Time);
        Receive<ListingAdvanced>(message => _nodes.ForEach(node => node.Tell(message)));
        Receive<Listed>(message =>
        {
            (_listed, _complete) = (true, message.Complete);
            _nodes.ForEach(static node => node.Tell(new ListingAdvanced(Complete: true)));
            SettleWhenDone();
        });
        Receive<PartitionDone>(message =>
        {
            if (Sender.Equals(_nodes[_places[message.Partition]]))
            {
                _done.Add(message.Partition);
                SettleWhenDone();
            }
        });
        Receive<Move>(message =>
        {
            if (_places[message.Partition] == message.To)
            {
                return;
            }

            if (message.IsLost)
            {
                _places[message.Partition] = message.To;
                if (!_settling && !_done.Contains(message.Partition))
                {
                    Place(message.Partition, message.To);
                }

                return;
            }

            if (_settling || _done.Contains(message.Partition))
            {
                return;
            }

            _targets[message.Partition] = message.To;
            _nodes[_places[message.Partition]].Tell(new NodeActor.HandOver(message.Partition));
        });
        Receive<NodeActor.HandedOver>(message =>
        {
            if (Sender.Equals(_nodes[_places[message.Partition]]))
            {
                Place(message.Partition, _targets[message.Partition]);
            }
        });
        Receive<Break>(message => _nodes[message.Node].Tell(new NodeActor.BreakStation()));
        Receive<Settled>(OnSettled);
        Receive<RunFailed>(message => _ended.TrySetException(message.Exception));
        Receive<Status.Failure>(message => _ended.TrySetException(message.Cause.GetBaseException()));
    }

    public static Props Props(NodeParts parts, IReadOnlyList<Func<IActorRef, Props>> nodes, bool prunes, TaskCompletionSource<Accounting> ended) =>
        Akka.Actor.Props.Create(() => new CoordinatorActor(parts, nodes, prunes, ended));

    protected override void PreStart()
    {
        _indexer = Context.ActorOf(IndexerActor.Props(_writer, _meters.Stored), "indexer");
        var self = Self;
        _nodes.AddRange(_nodeProps.Select(props => Context.ActorOf(props(self))));
        for (var partition = 0; partition < _parts.Options.Partitions; partition++)
        {
            Place(partition, partition % _nodes.Count);
        }

        var guard = new SourceGuard(_parts.Source, _parts.Options, new NoticeBoard(), _parts.Time, _parts.Walk.Root);
        var walk = new SourceWalk(_parts.Source, _parts.Parts.Ledger, _parts.Walk, guard, new StageMeter());
        Task.Run(() => walk.RunAsync(self, _stopped.Token), _stopped.Token).PipeTo(self, success: static complete => new Listed(complete));
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _ended.TrySetCanceled();
    }

    private void Place(int partition, int node)
    {
        _places[partition] = node;
        _nodes[node].Tell(new NodeActor.Take(partition, _listed));
    }

    private void SettleWhenDone()
    {
        if (!_listed || _settling || _done.Count < _parts.Options.Partitions)
        {
            return;
        }

        _settling = true;
        var (ledger, walk, token) = (_parts.Parts.Ledger, _parts.Walk, _stopped.Token);
        var reconciler = new Reconciler(ledger, _writer, walk, _meters.Deleted);
        Task.Run(
            async () =>
            {
                await reconciler.RunAsync(token);
                return new Settled(await ledger.AccountAsync(walk, token));
            },
            token).PipeTo(Self);
    }

    private void OnSettled(Settled settled)
    {
        if (settled.Accounting.Pending > 0)
        {
            _settling = false;
            _done.Clear();
            foreach (var (partition, node) in _places)
            {
                _targets[partition] = node;
                _nodes[node].Tell(new NodeActor.HandOver(partition));
            }

            return;
        }

        var (ledger, walk, token) = (_parts.Parts.Ledger, _parts.Walk, _stopped.Token);
        var pruner = new Pruner(ledger, _indexer, walk, _meters, _parts.Options);
        var mode = _prunes ? PruneMode.Always : PruneMode.Ask;
        var ended = _ended;
        _ = Task.Run(
            async () =>
            {
                try
                {
                    await pruner.RunAsync(mode, _complete, token);
                    await ledger.EndWalkAsync(walk, token);
                    ended.TrySetResult(await ledger.AccountAsync(walk, token));
                }
#pragma warning disable CA1031 // Whatever it is belongs to whoever waits.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    ended.TrySetException(exception);
                }
            },
            token);
    }

    /// <summary>To the coordinator: a partition moves, in order or because its node is lost.</summary>
    internal sealed record Move(int Partition, int To, bool IsLost);

    /// <summary>To the coordinator: what runs the job on a node breaks.</summary>
    internal sealed record Break(int Node);

    private sealed record Listed(bool Complete);

    private sealed record Settled(Accounting Accounting);
}
