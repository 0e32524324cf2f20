using System.Globalization;
using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http;
using Sluice.Hosting.Http.Local;
using Sluice.Hosting.Monitoring;
using Sluice.Hosting.Telemetry;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary>The dashboard of <c>sluice ingest</c>: its options, and the server beside the run.</summary>
internal sealed class IngestBoard : IAsyncDisposable
{
    private readonly LocalServer _server;
    private readonly LocalJob _job;
    private Task _watching = Task.CompletedTask;

    private IngestBoard(LocalServer server, LocalJob job) => (_server, _job) = (server, job);

    /// <summary>Cancelled when the run is cancelled over HTTP.</summary>
    public CancellationToken Cancelled => _job.Cancelled;

    /// <summary>Reads the port that was typed.</summary>
    /// <param name="text">The text; null when none was.</param>
    /// <returns>host:port, or null.</returns>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public static string? ListenOn(string? text) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65_535 ? $"127.0.0.1:{port}"
        : throw new ConfigurationException($"--dashboard-port {text}: write a port from 0 (a free one) to 65535.");

    /// <summary>Starts it.</summary>
    /// <param name="context">The verb's context.</param>
    /// <param name="plan">What is going to be run.</param>
    /// <param name="locations">Its sources.</param>
    /// <param name="lease">The ledger's lease.</param>
    /// <param name="telemetry">The metrics.</param>
    /// <param name="listen">Where to listen; null for the usual port, or a free one.</param>
    /// <returns>The board.</returns>
    public static async Task<IngestBoard> StartAsync(VerbContext context, IngestionPlan plan, IReadOnlyList<SourceLocation> locations, IAsyncDisposable lease, TelemetryHost telemetry, string? listen)
    {
        var databases = context.Databases;
        var time = context.Host.TimeProvider;
        var names = new RunNames([.. locations.Select(static location => Secrets.Redact(location.Text))], plan.Sink.Name, LocalWorkshop.ViewOf(plan.Model));
        var parts = new LocalServerParts(
            context.Sources,
            context.Settings,
            settings => context.Host.Rooms(settings, context.Loggers, time),
            databases.Sink,
            plan.Sink,
            plan.Ledger,
            databases.OwnFiles(),
            names,
            ApiTokens.Load(context.Settings.Get<HttpOptions>(), context.Host.Environment, context.Host.WorkingDirectory),
            telemetry,
            context.Loggers,
            time)
        {
            Lease = lease,
            Model = plan.Model,
            Opened = plan.Sources,
            Given = [.. locations.SelectMany(static location => location.Scopes)],
        };
        var server = await LocalServer.StartAsync(parts, listen, "--dashboard-port", context.Stop);
        server.Jobs.Hold();
        var job = server.Jobs.Add(number => new LocalJob(number, JobRules.NameOf(null, [.. locations.Select(static location => location.Text)]), "ingest", names, time));
        context.Note($"dashboard: {server.Address}");
        return new IngestBoard(server, job);
    }

    /// <summary>The run begins.</summary>
    /// <param name="ingestion">The run.</param>
    /// <param name="run">Its end.</param>
    public void Watch(IIngestion ingestion, Task run)
    {
        _job.Begin();
        _job.Run(ingestion);
        _watching = _server.Jobs.WatchAsync(_job, run);
    }

    /// <summary>The run has ended.</summary>
    /// <param name="run">Its end.</param>
    /// <returns>When that is noted.</returns>
    public async Task EndAsync(Task<IngestionResult> run)
    {
        await _watching;
        _job.End(run.IsCompletedSuccessfully ? await run : null, run.Exception?.GetBaseException() is { } failure ? Secrets.Redact(failure.Message) : null);
    }

    /// <summary>Runs what was asked for meanwhile, and stays if that is wanted.</summary>
    /// <param name="context">The verb's context.</param>
    /// <param name="keep">Whether to stay until the program is stopped.</param>
    /// <returns>When all is done.</returns>
    public async Task RestAsync(VerbContext context, bool keep)
    {
        _server.Jobs.Release();
        if (keep)
        {
            context.Note($"the run has ended; the dashboard stays at {_server.Address} until Ctrl-C");
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (context.Stop.Register(stopped.SetResult))
            {
                await stopped.Task;
            }
        }

        await _server.Jobs.DrainAsync().WaitAsync(context.Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
