using Akka;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Microsoft.Extensions.Logging;
using Sluice.Cluster.Exchanges;
using Sluice.Cluster.Jobs;
using Sluice.Cluster.Models;
using Sluice.Cluster.Nodes;
using Sluice.Cluster.Partitions;
using Sluice.Cluster.Wire;

namespace Sluice.Cluster.Joining;

/// <summary>The actors of a node, by its roles, and how they are drained before it leaves.</summary>
internal static class NodeActors
{
    /// <summary>Adds them.</summary>
    /// <param name="akka">The engine's configuration.</param>
    /// <param name="services">What they share.</param>
    public static void Add(AkkaConfigurationBuilder akka, NodeServices services)
    {
        var version = WireFormat.Version;
        var jobsOptions = new ClusterSingletonOptions { Role = NodeRoles.Coordinate, TerminationMessage = JobsActor.HandOver.Instance };
        var jobsName = $"{JobsActor.Name}-{version}";
        var partitions = $"{PartitionExtractor.TypeName}-{version}";
        akka.WithSingletonProxy<JobsActor>(jobsName, jobsOptions);
        if (services.Has(NodeRoles.Parse))
        {
            akka.WithShardRegion<PartitionEntity>(
                partitions,
                (_, registry) =>
                {
                    var jobs = registry.Get<JobsActor>();
                    return _ => PartitionEntity.Props(services, jobs);
                },
                new PartitionExtractor(),
                new ShardOptions
                {
                    Role = NodeRoles.Parse,
                    StateStoreMode = Akka.Cluster.Sharding.StateStoreMode.DData,
                    RememberEntities = false,
                    ShouldPassivateIdleEntities = false,
                    HandOffStopMessage = PartitionEntity.HandOff.Instance,
                });
        }
        else
        {
            akka.WithShardRegionProxy<PartitionEntity>(partitions, NodeRoles.Parse, new PartitionExtractor());
        }

        if (services.Has(NodeRoles.Coordinate))
        {
            akka.WithSingleton<JobsManager>(jobsName, (_, registry, _) => JobsActor.Props(services, registry.Get<PartitionEntity>()), jobsOptions, createProxyToo: false);
        }

        akka.WithActors((system, registry) =>
        {
            system.ActorOf(MembersLogActor.Props(services.Loggers.CreateLogger("Sluice.Cluster.Members")), "members-log");
            system.ActorOf(TapsActor.Props(services.Exchanges, services.Options.ExchangeBuffer, services.Loggers.CreateLogger<TapsActor>()), TapsActor.Name);
            services.Models = system.ActorOf(ModelsActor.Props(services), ModelsActor.Name);
            services.Pools = system.ActorOf(EmbedderPoolsActor.Props(services), "pools");
            var node = system.ActorOf(NodeActor.Props(services, registry.Get<JobsActor>()), NodeActor.Name);
            registry.Register<NodeActor>(node);
            var shutdown = CoordinatedShutdown.Get(system);
            shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "drain", () => DrainAsync(shutdown, node, services));
        });
    }

    private static async Task<Done> DrainAsync(CoordinatedShutdown shutdown, IActorRef node, NodeServices services)
    {
        if (shutdown.ShutdownReason is not (CoordinatedShutdown.ClusterDowningReason or LedgerLease.Taken))
        {
            try
            {
                await node.Ask<NodeActor.NodeDrained>(new NodeActor.DrainNode(), services.Options.DrainTimeout);
            }
            catch (AskTimeoutException)
            {
                NodeLog.DrainTimedOut(services.Loggers.CreateLogger<ClusterNode>(), (int)services.Options.DrainTimeout.TotalSeconds);
            }
        }

        return Done.Instance;
    }

    /// <summary>Names the singleton's manager in the registry; the jobs themselves are reached by their proxy.</summary>
    private sealed class JobsManager;
}
