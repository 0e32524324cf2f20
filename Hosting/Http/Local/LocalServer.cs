using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Embeddings;
using Sluice.Hosting.Monitoring;
using Sluice.Hosting.Telemetry;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Http.Local;

/// <summary>Everything that <c>sluice serve</c> and <c>ingest --dashboard</c> put around a database: jobs, search, the server.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    /// <summary>The port that is tried first where none is named.</summary>
    public const int UsualPort = 7070;

    private readonly CollectionSearch _search;
    private readonly ServedModels _models;
    private readonly ApiServer _server;

    private LocalServer(LocalJobs jobs, CollectionSearch search, ServedModels models, ApiServer server) => (Jobs, _search, _models, _server) = (jobs, search, models, server);

    /// <summary>The jobs.</summary>
    public LocalJobs Jobs { get; }

    /// <summary>Where it is.</summary>
    public string Address => _server.Address;

    /// <summary>Starts it.</summary>
    /// <param name="parts">What it stands on.</param>
    /// <param name="listen">host:port; null for loopback and the usual port, or a free one when that is taken.</param>
    /// <param name="setting">What names the address, for messages.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The server; the caller disposes it, before what it stands on.</returns>
    /// <exception cref="ConfigurationException">It cannot listen there.</exception>
    public static async Task<LocalServer> StartAsync(LocalServerParts parts, string? listen, string setting, CancellationToken cancellationToken)
    {
        var logger = parts.Loggers.CreateLogger("Sluice.Hosting.Http");
        var options = parts.Settings.Get<HttpOptions>();
        var questions = new PatientQuestions(parts.Settings.Get<PipelineOptions>(), text => CompositionLog.Notice(logger, Secrets.Redact(text)), parts.Time);
        var workshop = new LocalWorkshop(parts.Sources, parts.Rooms, parts.Sink, parts.Ledger, parts.OwnFiles, questions, logger)
        {
            Lease = parts.Lease,
            Model = parts.Model,
            Sources = parts.Opened,
            Telemetry = parts.Telemetry,
        };
        var jobs = new LocalJobs(workshop.OpenAsync, logger, parts.Time);
        var rooms = parts.Rooms(parts.Settings);
        var models = ServedModels.Of(parts.Settings);
        var search = new CollectionSearch(rooms, parts.SinkUri, models, parts.Settings.Get<SearchOptions>(), parts.Time);
        var embeddings = new EmbeddingRoutes(models, rooms, parts.Settings.Get<SluiceOptions>().Model, parts.Sink.DescribeAsync);
        try
        {
            var room = new LocalRoom(jobs, workshop.ExamineAsync, search, parts.Ledger, parts.Names, [.. parts.Given, .. AllowList.Configured(options.Sources, parts.Sources.WorkingDirectory)], parts.Time);
            parts.Telemetry.Hosting.Watch(room.Figures);
            var server = new ApiServerParts(listen ?? $"127.0.0.1:{UsualPort}", setting, options, parts.Tokens, room, room.CheckAsync, parts.Telemetry, parts.Loggers, parts.Time) { Embeddings = embeddings };
            try
            {
                return new LocalServer(jobs, search, models, await ApiServer.StartAsync(server, cancellationToken).ConfigureAwait(false));
            }
            catch (ConfigurationException) when (listen is null)
            {
                return new LocalServer(jobs, search, models, await ApiServer.StartAsync(server with { Listen = "127.0.0.1:0" }, cancellationToken).ConfigureAwait(false));
            }
        }
        catch
        {
            await jobs.DisposeAsync().ConfigureAwait(false);
            await search.DisposeAsync().ConfigureAwait(false);
            await models.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Jobs.DisposeAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        await _search.DisposeAsync().ConfigureAwait(false);
        await _models.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>What such a server stands on; nothing of it is owned.</summary>
/// <param name="Sources">Where the settings come from.</param>
/// <param name="Settings">The settings.</param>
/// <param name="Rooms">Composes, from settings.</param>
/// <param name="SinkUri">The database's URI.</param>
/// <param name="Sink">The database.</param>
/// <param name="Ledger">The ledger, initialized.</param>
/// <param name="OwnFiles">Files that are never documents.</param>
/// <param name="Names">What is shown while there is no job.</param>
/// <param name="Tokens">The tokens.</param>
/// <param name="Telemetry">The metrics.</param>
/// <param name="Loggers">The log.</param>
/// <param name="Time">The clock.</param>
internal sealed record LocalServerParts(
    ConfigurationSources Sources,
    SluiceSettings Settings,
    Func<SluiceSettings, ISluiceRooms> Rooms,
    string SinkUri,
    IVectorSink Sink,
    ILedger Ledger,
    IReadOnlyList<string> OwnFiles,
    RunNames Names,
    ApiTokens Tokens,
    TelemetryHost Telemetry,
    ILoggerFactory Loggers,
    TimeProvider Time)
{
    /// <summary>The ledger's lease, where it is held already.</summary>
    public IAsyncDisposable? Lease { get; init; }

    /// <summary>The model, where it is open already.</summary>
    public IModelHandle? Model { get; init; }

    /// <summary>Sources that are open already.</summary>
    public IReadOnlyList<IDocumentSource> Opened { get; init; } = [];

    /// <summary>What the command line reads, which posted jobs may read as well.</summary>
    public IReadOnlyList<SourceScope> Given { get; init; } = [];
}
