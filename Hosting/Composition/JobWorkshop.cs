using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Actors.Embedding;
using Sluice.Actors.Parsing.Sources;
using Sluice.Cluster.Jobs;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Composition;

/// <summary>
/// Makes what jobs need on a node: a job's settings are laid over the node's own, then everything is composed as on a single machine. Models stay open while the node
/// lives, for several jobs may use one.
/// </summary>
/// <param name="sources">Where the node's own settings come from.</param>
/// <param name="rooms">Composes, from settings.</param>
/// <param name="cache">The model cache.</param>
/// <param name="loggers">Logs.</param>
internal sealed class JobWorkshop(ConfigurationSources sources, Func<SluiceSettings, ISluiceRooms> rooms, string cache, ILoggerFactory loggers) : IJobWorkshop, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<IModelHandle>> _models = new(StringComparer.Ordinal);
    private readonly ILogger _logger = loggers.CreateLogger<JobWorkshop>();

    public IJobParts Open(JobTicket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        var settings = ConfigurationLoader.Load(sources with { Job = ($"job {ticket.Id}", ticket.Settings) });
        return new JobParts(this, ticket, settings, rooms(settings));
    }

    public string? FindModel(string name, string fingerprint) => FindModel(name, fingerprint, null);

    public string PlaceForModel(string name, string fingerprint)
    {
        var models = CacheFolder.Models(cache);
        var plain = Path.Combine(models, ShortName(name));
        return Directory.Exists(plain) || name.Contains('/', StringComparison.Ordinal) ? Path.Combine(models, Variant(name, fingerprint)) : plain;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var model in _models.Values)
        {
            if (model.IsCompletedSuccessfully)
            {
                await (await model.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static string ShortName(string name) => name.Length == 0 ? DefaultModel.Name : Path.GetFileName(name.TrimEnd('/'));

    private static string Variant(string name, string fingerprint) => $"{ShortName(name)}-{fingerprint[..Math.Min(12, fingerprint.Length)]}";

    private static IEnumerable<string> Candidates(string name, string fingerprint)
    {
        yield return name.Length == 0 ? DefaultModel.Name : name;
        if (fingerprint.Length > 0)
        {
            yield return Variant(name, fingerprint);
        }
    }

    /// <summary>The folder, in whichever variant and with whatever settings it gives the fingerprint.</summary>
    private string? FindModel(string name, string fingerprint, EmbeddingOptions? options)
    {
        var catalog = new ModelCatalog(cache);
        var match = new ModelMatch(catalog);
        foreach (var candidate in Candidates(name, fingerprint))
        {
            try
            {
                if (fingerprint.Length > 0 ? match.FindFolder(candidate, fingerprint, options) is { } folder : (folder = catalog.Resolve(candidate)) is not null)
                {
                    return folder;
                }
            }
            catch (ModelException)
            {
                // Not here under this name.
            }
        }

        return null;
    }

    private async Task<JobModel> OpenModelAsync(JobParts job, CancellationToken cancellationToken)
    {
        var name = job.ModelName;
        if (FindModel(name, job.Ticket.ModelFingerprint, job.Settings.Get<EmbeddingOptions>()) is { } found && name.Length > 0)
        {
            name = found; // Its folder, which may be the copy of another node's.
        }

        var key = $"{name}/{job.Settings.Get<EmbeddingOptions>().Key}";
        var opening = _models.GetOrAdd(key, _ => OpenAsync(job, name));
        IModelHandle model;
        try
        {
            model = await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _models.TryRemove(new KeyValuePair<string, Task<IModelHandle>>(key, opening)); // It may come from another node, or be put there.
            throw;
        }

        var chunker = job.Rooms.CreateChunker(model);
        var parser = job.Rooms.CreateParser(model);
        return new JobModel(model.Info, parser, chunker, model.CreateEmbedder, ConfigurationHash.Of(parser, chunker, model.Info));
    }

    private async Task<IModelHandle> OpenAsync(JobParts job, string name)
    {
        var model = await job.Rooms.OpenModelAsync(name, text => CompositionLog.Notice(_logger, text), CancellationToken.None).ConfigureAwait(false);
        try
        {
            await model.CheckAsync(CancellationToken.None).ConfigureAwait(false);
            return model;
        }
        catch
        {
            await model.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private sealed class JobParts(JobWorkshop workshop, JobTicket ticket, SluiceSettings settings, ISluiceRooms rooms) : IJobParts
    {
        private readonly Lazy<IVectorSink> _sink = new(() => rooms.OpenSink(SinkUri(settings)));

        public JobTicket Ticket => ticket;

        public SluiceSettings Settings => settings;

        public ISluiceRooms Rooms => rooms;

        public PipelineOptions Options => settings.Get<PipelineOptions>();

        public int EmbedSessions => settings.Get<EmbeddingOptions>().EffectiveSessions;

        public PruneMode Prune => settings.Get<SluiceOptions>().Prune;

        public string ModelName => settings.Get<SluiceOptions>().Model;

        public IVectorSink Sink => _sink.Value;

        public IDocumentSource OpenSource(int index) => rooms.OpenSource(SourceLocation.ParseAbsolute(ticket.Sources[index]), []);

        public Task<JobModel> OpenModelAsync(CancellationToken cancellationToken) => workshop.OpenModelAsync(this, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            if (_sink.IsValueCreated)
            {
                await _sink.Value.DisposeAsync().ConfigureAwait(false);
            }
        }

        /// <summary>The job's database.</summary>
        /// <exception cref="ConfigurationException">It is a file of this machine, which other nodes would each have their own of.</exception>
        private static string SinkUri(SluiceSettings settings)
        {
            var uris = DatabaseUris.From(settings.Get<SluiceOptions>(), Environment.CurrentDirectory);
            if (uris.Sinks.Count > 1)
            {
                throw new ConfigurationException("sluice.databases names several databases; a job of a cluster fills one. Submit a job for each, with sluice.database.");
            }

            var uri = uris.Sink;
            return DatabaseUris.FileOf(uri) is null
                ? uri
                : throw new ConfigurationException($"sluice.database = {uri} is a file, and each node would write one of its own: name a database server in the job or on the nodes, for example pgvector://USER@HOST/DATABASE.");
        }
    }
}
