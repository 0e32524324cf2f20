using Akka.Actor;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Embedding;
using Sluice.Actors.Core.Partitions;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Monitoring;

namespace Sluice.Cluster.Jobs;

/// <summary>Keeps one pool of sessions a model on this node, shared by the jobs that use it; a pool whose model cannot be opened ends with its jobs' streams.</summary>
internal sealed class EmbedderPoolsActor : ReceiveActor
{
    private readonly Dictionary<string, IActorRef> _pools = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<IActorRef>> _users = new(StringComparer.Ordinal);
    private readonly ILogger _logger;
    private int _number;

    public EmbedderPoolsActor(NodeServices services)
    {
        _logger = services.Loggers.CreateLogger<EmbedderPoolsActor>();
        Receive<UsePool>(use =>
        {
            var key = $"{use.Model.Info.Fingerprint}/{use.Sessions}";
            if (!_pools.TryGetValue(key, out var pool))
            {
                pool = Context.ActorOf(EmbedderPool.Props(use.Sessions, use.Model.OpenEmbedder, use.Options, new StageMeter(), use.Notices), $"pool-{++_number}");
                _pools.Add(key, pool);
                _users.Add(key, []);
                Context.Watch(pool);
            }

            _users[key].Add(Sender);
            Context.Watch(Sender);
            Sender.Tell(new PoolReady(pool));
        });
        Receive<RunFailed>(failed => JobLog.ModelFailed(_logger, failed.Exception.Message));
        Receive<Terminated>(terminated =>
        {
            foreach (var (key, users) in _users)
            {
                if (_pools[key].Equals(terminated.ActorRef))
                {
                    Forget(key);
                }
                else if (users.Remove(terminated.ActorRef) && users.Count == 0)
                {
                    Context.Unwatch(_pools[key]);
                    Context.Stop(_pools[key]); // Frees the model's memory, on a GPU above all.
                    Forget(key);
                }
            }
        });
    }

    public static Props Props(NodeServices services) => Akka.Actor.Props.Create(() => new EmbedderPoolsActor(services));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    private void Forget(string key)
    {
        _pools.Remove(key);
        _users.Remove(key);
    }

    /// <summary>Asks for the pool of a model; the asker is watched.</summary>
    internal sealed record UsePool(JobModel Model, int Sessions, PipelineOptions Options, NoticeBoard Notices);

    /// <summary>The answer.</summary>
    internal sealed record PoolReady(IActorRef Pool);
}
