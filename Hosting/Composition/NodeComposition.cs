using Microsoft.Extensions.Logging;
using Sluice.Actors.Embedding;
using Sluice.Actors.Ledgers;
using Sluice.Cluster;
using Sluice.Cluster.Joining;
using Sluice.Cluster.Nodes;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http;
using Sluice.Hosting.Http.Clusters;
using Sluice.Hosting.Telemetry;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Composition;

/// <summary>One node of a cluster with all it owns.</summary>
internal sealed class NodeComposition : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _owned = new();
    private readonly CancellationTokenSource _stopped = new();
    private Task _refreshing = Task.CompletedTask;
    private TelemetryHost? _telemetry;
    private ClusterNode? _node;

    private NodeComposition()
    {
    }

    /// <summary>The node.</summary>
    public ClusterNode Node => _node!;

    /// <summary>Where its API, or its metrics, are; null for nowhere.</summary>
    public string? HttpAddress { get; private set; }

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
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _refreshing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_owned.TryPop(out var owned))
        {
            await owned.DisposeAsync().ConfigureAwait(false);
        }

        _telemetry?.Dispose();
        _telemetry = null;
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
        var device = options.Roles.Contains(NodeRoles.Embed, StringComparer.Ordinal) ? settings.Get<EmbeddingOptions>().DescribeDevices() : "";
        if (options.Health.Length > 0)
        {
            _owned.Push(await HealthServer.StartAsync(options.Health, () => _node, cancellationToken).ConfigureAwait(false));
        }

        var ledger = Own(Ledgers.Open(ledgerUri, time));
        await ledger.InitializeAsync(cancellationToken).ConfigureAwait(false);
        var jobs = Own(JobStores.Open(ledgerUri, time));
        await jobs.InitializeAsync(cancellationToken).ConfigureAwait(false);
        await StartHttpAsync(sources, settings, ledger, jobs, loggers, time, cancellationToken).ConfigureAwait(false);
        var workshop = Own(new JobWorkshop(sources, job => new SluiceRooms(job, loggers, time), cache, loggers));
        var (engine, logging) = ActorSystems.Configure(settings, loggers, quiet: true);
        var parts = new ClusterNodeParts(options, engine.ToString(true), ledger, jobs, decorate?.Invoke(workshop) ?? workshop, loggers, time)
        {
            Setups = [logging],
            Metrics = _telemetry?.Actors,
            Device = device,
        };
        _node = Own(await ClusterNode.StartAsync(parts, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Starts the API on a node with that role, metrics and health alone on any other.</summary>
    private async Task StartHttpAsync(ConfigurationSources sources, SluiceSettings settings, ILedger ledger, IJobStore jobs, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var options = settings.Get<HttpOptions>();
        _telemetry = TelemetryHost.Create(settings, sources.Environment, scraped: options.Listen.Length > 0, time);
        if (options.Listen.Length == 0)
        {
            return;
        }

        var databases = Own(new ClusterDatabases(sources, own => new SluiceRooms(own, loggers, time), time));
        var room = new ClusterRoom(() => _node, jobs, ledger, databases, sources, AllowList.Configured(options.Sources, sources.WorkingDirectory), time);
        var hasApi = settings.Get<ClusterOptions>().Roles.Contains(NodeRoles.Api, StringComparer.Ordinal);
        var tokens = ApiTokens.Load(options, sources.Environment, sources.WorkingDirectory);
        var server = Own(await ApiServer.StartAsync(new ApiServerParts(options.Listen, "sluice.http.listen", options, tokens, hasApi ? room : null, room.CheckAsync, _telemetry, loggers, time), cancellationToken).ConfigureAwait(false));
        HttpAddress = server.Address;
        if (hasApi)
        {
            _telemetry!.Hosting.Watch(room.Figures);
            _refreshing = room.RefreshAsync(_stopped.Token);
        }
    }

    private T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Push(owned);
        return owned;
    }
}
