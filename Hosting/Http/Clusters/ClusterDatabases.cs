using System.Collections.Concurrent;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Http.Clusters;

/// <summary>The databases that the cluster's jobs write to, opened for searches when they are first asked for. Safe for concurrent use.</summary>
/// <param name="sources">Where the node's own settings come from; a job's are laid over them.</param>
/// <param name="rooms">Composes, from settings.</param>
/// <param name="time">The clock.</param>
internal sealed class ClusterDatabases(ConfigurationSources sources, Func<SluiceSettings, ISluiceRooms> rooms, TimeProvider time) : IAsyncDisposable
{
    private const int MostOpen = 16;
    private readonly ConcurrentDictionary<string, CollectionSearch> _searches = new(StringComparer.Ordinal);
    private readonly Lazy<ServedModels> _models = new(() => ServedModels.Of(ConfigurationLoader.Load(sources)));
    private readonly ConcurrentDictionary<long, (string Uri, string Name)> _ofJobs = new();

    /// <summary>The database of a job, or the node's own: its URI, and its name in the ledger. Nothing is connected to.</summary>
    /// <param name="job">The job; null for the node's own.</param>
    /// <returns>URI and name.</returns>
    public (string Uri, string Name) Of(JobRecord? job) => job is null ? Read(null) : _ofJobs.GetOrAdd(job.Id, _ => Read(job));

    /// <summary>The search over a job's database.</summary>
    /// <param name="job">The job; null for the node's own.</param>
    /// <returns>The search; not owned by the caller.</returns>
    /// <exception cref="ApiException">Too many databases are open.</exception>
    public CollectionSearch Search(JobRecord? job)
    {
        var settings = Settings(job, sources.Environment);
        var uri = DatabaseUris.From(settings.Get<SluiceOptions>(), sources.WorkingDirectory).Sink;
        return _searches.Count < MostOpen || _searches.ContainsKey(uri)
            ? _searches.GetOrAdd(uri, _ => new CollectionSearch(rooms(settings), uri, _models.Value, settings.Get<SearchOptions>(), time))
            : throw new ApiException(409, $"This node has {MostOpen} databases open for searches already.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var search in _searches.Values)
        {
            await search.DisposeAsync().ConfigureAwait(false);
        }

        if (_models.IsValueCreated)
        {
            await _models.Value.DisposeAsync().ConfigureAwait(false);
        }
    }

    private (string Uri, string Name) Read(JobRecord? job)
    {
        // A secret may be known on other nodes alone; the name has none in it.
        var settings = Settings(job, new PresentVariables(sources.Environment));
        var uri = DatabaseUris.From(settings.Get<SluiceOptions>(), sources.WorkingDirectory).Sink;
        return (uri, rooms(settings).OpenSink(uri).Name);
    }

    private SluiceSettings Settings(JobRecord? job, IReadOnlyDictionary<string, string> environment) =>
        ConfigurationLoader.Load(sources with { Job = job is null ? null : ($"job {job.Id}", job.Submission.Settings), Environment = environment });
}
