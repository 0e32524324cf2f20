using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Cluster.Jobs;
using Sluice.Cluster.Models;
using Sluice.Cluster.Nodes;
using Sluice.Cluster.Wire;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Joining;

using ConfigurationException = Sluice.Streams.Failures.ConfigurationException;

/// <summary>What a node is made of.</summary>
/// <param name="Options">Settings.</param>
/// <param name="Engine">Settings of the engine, HOCON.</param>
/// <param name="Ledger">The cluster's ledger, initialized; not owned.</param>
/// <param name="Jobs">The cluster's jobs, initialized; not owned.</param>
/// <param name="Workshop">Makes what jobs need.</param>
/// <param name="Loggers">Logs; not owned.</param>
/// <param name="Time">The clock.</param>
public sealed record ClusterNodeParts(ClusterOptions Options, string Engine, ILedger Ledger, IJobStore Jobs, IJobWorkshop Workshop, ILoggerFactory Loggers, TimeProvider Time)
{
    /// <summary>Told what is counted; null for nobody.</summary>
    public ActorsMetrics? Metrics { get; init; }

    /// <summary>What models run on here, for people: <c>cpu</c>, <c>cuda:0</c>; empty on a node that does not embed.</summary>
    public string Device { get; init; } = "";

    /// <summary>Settings of the engine that go with the host, such as its loggers.</summary>
    public IReadOnlyList<Setup> Setups { get; init; } = [];
}

/// <summary>One node of a cluster: a member with its roles, from joining to leaving.</summary>
public sealed class ClusterNode : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly ActorSystem _system;
    private readonly IActorRef _node;
    private readonly IActorRef _models;

    private readonly IActorRef _watch;
    private readonly IClusterLease? _lease;

    private ClusterNode(IHost host, ActorSystem system, IActorRef node, IActorRef models, IActorRef watch, IClusterLease? lease)
    {
        _watch = watch;
        _lease = lease;
        _models = models;
        _host = host;
        _system = system;
        _node = node;
    }

    /// <summary>The node's address.</summary>
    public string Address => Akka.Cluster.Cluster.Get(_system).SelfAddress.ToString();

    /// <summary>Ends when the node has left the cluster, for whatever reason.</summary>
    public Task Ended => _system.WhenTerminated;

    /// <summary>Whether it ended because the others had given it up (it was down, away, or in the smaller part of a divided network).</summary>
    public bool WasDowned => CoordinatedShutdown.Get(_system).ShutdownReason is CoordinatedShutdown.ClusterDowningReason;

    /// <summary>Who has taken the cluster's ledger, in words, when it ended because of that; else null.</summary>
    public string? LostLedgerTo => (CoordinatedShutdown.Get(_system).ShutdownReason as LedgerLease.Taken)?.Words;

    /// <summary>In words, when it ended because nobody could find its cluster any more; else null.</summary>
    public string? LostWayIn => (CoordinatedShutdown.Get(_system).ShutdownReason as WayIn.Gone)?.Words;

    /// <summary>Whether it ended because somebody asked it to leave, over the API.</summary>
    public bool WasDrained => CoordinatedShutdown.Get(_system).ShutdownReason is NodeActor.DrainWished;

    /// <summary>Starts a node and joins.</summary>
    /// <param name="parts">What it is made of.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The node: a member, its roles started.</returns>
    /// <exception cref="ConfigurationException">It cannot join as it is set up; the message says why.</exception>
    public static async Task<ClusterNode> StartAsync(ClusterNodeParts parts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var options = parts.Options;
        var roles = NodeRoles.Read(options.Roles);
        ThrowIfTaken(options);
        var services = new NodeServices(roles, new WaitingLedger(parts.Ledger, new PipelineOptions(), null, parts.Time), parts.Jobs, parts.Workshop, options, parts.Loggers, parts.Time) { Metrics = parts.Metrics, Device = parts.Device };
        var host = BuildHost(parts, services);
        IClusterLease? lease = null;
        try
        {
            try
            {
                await host.StartAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is not (SluiceException or OperationCanceledException))
            {
                throw CannotStart(exception, options);
            }

            var system = host.Services.GetRequiredService<ActorSystem>();
            await JoinAsync(system, parts, cancellationToken);
            lease = await LedgerLease.TakeAsync(system, parts, cancellationToken);
            services.LedgerTaken.SetResult();
            var registry = host.Services.GetRequiredService<ActorRegistry>();
            var watch = services.Has(NodeRoles.Api) ? system.ActorOf(ClusterWatchActor.Props(registry.Get<JobsActor>(), parts.Time), ClusterWatchActor.Name) : ActorRefs.Nobody;
            return new ClusterNode(host, system, registry.Get<NodeActor>(), services.Models, watch, lease);
        }
        catch
        {
            await StopAsync(host);
            await GiveBackAsync(lease);
            throw;
        }
    }

    /// <summary>Whether it is a member and its jobs run; null when it may not take part any more.</summary>
    /// <param name="timeout">Longest wait for the answer.</param>
    /// <returns>True when ready, and what is wrong otherwise.</returns>
    public async Task<(bool Ready, string State)> CheckAsync(TimeSpan timeout)
    {
        var cluster = Akka.Cluster.Cluster.Get(_system);
        if (cluster.IsTerminated || cluster.SelfMember.Status is not (MemberStatus.Up or MemberStatus.WeaklyUp))
        {
            return (false, cluster.IsTerminated ? "has left" : cluster.SelfMember.Status.ToString());
        }

        var state = await _node.Ask<NodeActor.NodeState>(new NodeActor.AskState(), timeout);
        return (state.Ready, state.Trouble ?? (state.Ready ? "up" : "its jobs are being opened"));
    }

    /// <summary>How all nodes are, seen from here; only on a node with the role api.</summary>
    /// <param name="timeout">Longest wait for the answer.</param>
    /// <returns>The nodes by id, lost and left ones of the last 15 minutes included.</returns>
    public async Task<IReadOnlyList<ClusterMember>> ListMembersAsync(TimeSpan timeout) =>
        (await _watch.Ask<ClusterWatchActor.Members>(new ClusterWatchActor.AskMembers(), timeout)).Nodes;

    /// <summary>Asks a node to finish what it has, and leave.</summary>
    /// <param name="member">The node.</param>
    public void Drain(ClusterMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        _system.ActorSelection($"{member.Address}/user/{NodeActor.Name}").Tell(LeaveNode.Instance);
    }

    /// <summary>Brings a model to this node.</summary>
    /// <returns>Why it cannot be had; null when it is here.</returns>
    internal async Task<string?> GetModelAsync(string name, string fingerprint) =>
        await _models.AskLivingAsync<object>(new ModelsActor.GetModel(name, fingerprint)) is ModelsActor.ModelMissing missing ? missing.Asked : null;

    /// <summary>Leaves: takes nothing more, finishes or hands back what it has, and goes.</summary>
    /// <returns>When it has left.</returns>
    public async Task LeaveAsync() => await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_system.WhenTerminated.IsCompleted)
        {
            await LeaveAsync();
        }

        await StopAsync(_host);
        await GiveBackAsync(_lease);
    }

    private static ValueTask GiveBackAsync(IClusterLease? lease) => lease?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task StopAsync(IHost host)
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }

    private static IHost BuildHost(ClusterNodeParts parts, NodeServices services)
    {
        var options = parts.Options;
        var tls = TlsSetup.Read(options.Tls);
        var engine = ClusterConfiguration.Build(options, services.Roles).WithFallback(ConfigurationFactory.ParseString(parts.Engine));
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(parts.Loggers);
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.Services.AddAkka(options.Name, akka =>
        {
            akka.AddHocon(engine, HoconAddMode.Prepend);
            foreach (var setup in parts.Setups)
            {
                akka.AddSetup(setup);
            }

            if (tls is not null)
            {
                akka.AddSetup(tls);
            }

            NodeActors.Add(akka, services);
        });
        return builder.Build();
    }

    private static async Task JoinAsync(ActorSystem system, ClusterNodeParts parts, CancellationToken cancellationToken)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        var finder = new SeedFinder(parts.Options, cluster.SelfAddress.Protocol, parts.Time);
        var seeds = await finder.FindAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(parts.Options.JoinTimeout);
        try
        {
            if (seeds.Count == 0)
            {
                await cluster.JoinAsync(cluster.SelfAddress, limit.Token);
            }
            else
            {
                await cluster.JoinSeedNodesAsync(seeds, limit.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ClusterJoinFailedException && !cancellationToken.IsCancellationRequested)
        {
            var why = await finder.ExplainAsync(seeds, cancellationToken);
            throw new ConfigurationException(
                $"No node of the cluster '{parts.Options.Name}' let this one in within {parts.Options.JoinTimeout.TotalSeconds:0} s: {why}. Check --seed and that a seed node runs; --join-timeout waits longer.",
                exception);
        }

        foreach (var member in cluster.State.Members)
        {
            if (!member.UniqueAddress.Equals(cluster.SelfUniqueAddress) && member.Status is MemberStatus.Up && !NodeRoles.SpeaksOurs(member))
            {
                throw new ConfigurationException(
                    $"This node speaks protocol {WireFormat.Version} and {member.Address} speaks {NodeRoles.ProtocolOf(member)}: it leaves the cluster again. Run the same release of Sluice on all nodes.");
            }
        }

        NodeLog.Joined(parts.Loggers.CreateLogger<ClusterNode>(), cluster.SelfAddress.ToString(), string.Join(", ", parts.Options.Roles), Math.Max(1, cluster.State.Members.Count));
    }

    /// <summary>The engine would share a port that another program listens on, where the system lets it: it is asked for first, without sharing.</summary>
    private static void ThrowIfTaken(ClusterOptions options)
    {
        var host = options.BindHost.Length > 0 ? options.BindHost : options.Host;
        if (options.Port == 0 || !IPAddress.TryParse(host, out var address))
        {
            return;
        }

        try
        {
            using var probe = new TcpListener(address, options.Port);
            probe.Start();
        }
        catch (SocketException exception)
        {
            throw CannotStart(exception, options);
        }
    }

    private static ConfigurationException CannotStart(Exception exception, ClusterOptions options)
    {
        var cause = exception;
        while (cause.InnerException is { } inner)
        {
            cause = inner;
        }

        var where = $"{(options.BindHost.Length > 0 ? options.BindHost : options.Host)}:{options.Port}";
        return cause is SocketException socket
            ? new ConfigurationException($"The node cannot listen on {where}: {socket.Message}. Is another program there? Name another port with --port, or the address with --host.", exception)
            : new ConfigurationException($"The node cannot start: {cause.Message}", exception);
    }

    /// <summary>Signals are the program's business, not the host's.</summary>
    private sealed class OwnersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
