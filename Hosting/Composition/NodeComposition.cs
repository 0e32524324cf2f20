using Microsoft.Extensions.Logging;
using Sluice.Actors.Ledgers;
using Sluice.Cluster;
using Sluice.Cluster.Joining;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Composition;

/// <summary>One node of a cluster with all it owns.</summary>
internal sealed class NodeComposition : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _owned = new();
    private ClusterNode? _node;

    private NodeComposition()
    {
    }

    /// <summary>The node.</summary>
    public ClusterNode Node => _node!;

    /// <summary>Starts a node and joins.</summary>
    /// <param name="sources">Where the settings came from: jobs lay theirs over them.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="ledgerUri">The cluster's ledger.</param>
    /// <param name="cache">The model cache.</param>
    /// <param name="loggers">Logs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="decorate">Wraps what makes the jobs' parts; for tests.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The node; the caller disposes it.</returns>
    /// <exception cref="SluiceException">It cannot join as it is set up; the message says why.</exception>
    public static async Task<NodeComposition> StartAsync(
        ConfigurationSources sources,
        SluiceSettings settings,
        string ledgerUri,
        string cache,
        ILoggerFactory loggers,
        TimeProvider time,
        Func<Cluster.Jobs.IJobWorkshop, Cluster.Jobs.IJobWorkshop>? decorate,
        CancellationToken cancellationToken)
    {
        var composition = new NodeComposition();
        try
        {
            await composition.BuildAsync(sources, settings, ledgerUri, cache, loggers, time, decorate, cancellationToken).ConfigureAwait(false);
            return composition;
        }
        catch
        {
            await composition.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out var owned))
        {
            await owned.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task BuildAsync(
        ConfigurationSources sources,
        SluiceSettings settings,
        string ledgerUri,
        string cache,
        ILoggerFactory loggers,
        TimeProvider time,
        Func<Cluster.Jobs.IJobWorkshop, Cluster.Jobs.IJobWorkshop>? decorate,
        CancellationToken cancellationToken)
    {
        var options = settings.Get<ClusterOptions>();
        if (options.Health.Length > 0)
        {
            _owned.Push(await HealthServer.StartAsync(options.Health, () => _node, cancellationToken).ConfigureAwait(false));
        }

        var ledger = Own(Ledgers.Open(ledgerUri, time));
        await ledger.InitializeAsync(cancellationToken).ConfigureAwait(false);
        var jobs = Own(JobStores.Open(ledgerUri, time));
        await jobs.InitializeAsync(cancellationToken).ConfigureAwait(false);
        var workshop = Own(new JobWorkshop(sources, job => new SluiceRooms(job, loggers, time), cache, loggers));
        var (engine, logging) = ActorSystems.Configure(settings, loggers, quiet: true);
        var parts = new ClusterNodeParts(options, engine.ToString(true), ledger, jobs, decorate?.Invoke(workshop) ?? workshop, loggers, time) { Setups = [logging] };
        _node = Own(await ClusterNode.StartAsync(parts, cancellationToken).ConfigureAwait(false));
    }

    private T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Push(owned);
        return owned;
    }
}
