using Microsoft.Extensions.Logging;
using Sluice.Actors.Core;
using Sluice.Actors.Parsing.Sources;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Telemetry;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Http.Local;

/// <summary>Opens what jobs of this machine need. The ledger's lease is held while a job runs, or by whoever made this.</summary>
/// <param name="sources">Where the settings come from; a job lays its own over them.</param>
/// <param name="rooms">Composes, from settings.</param>
/// <param name="sink">The database; not owned.</param>
/// <param name="ledger">The ledger, initialized; not owned.</param>
/// <param name="ownFiles">Files that are never documents.</param>
/// <param name="questions">Asks database and ledger before a job runs: waits for what may pass.</param>
/// <param name="logger">Told of notices.</param>
internal sealed class LocalWorkshop(
    ConfigurationSources sources,
    Func<SluiceSettings, ISluiceRooms> rooms,
    IVectorSink sink,
    ILedger ledger,
    IReadOnlyList<string> ownFiles,
    PatientQuestions questions,
    ILogger logger)
{
    /// <summary>Who holds the ledger already; null when a job has to take it.</summary>
    public IAsyncDisposable? Lease { get; init; }

    /// <summary>The model that is open already; null when a job opens its own.</summary>
    public IModelHandle? Model { get; init; }

    /// <summary>Sources that are open already, by scope.</summary>
    public IReadOnlyList<IDocumentSource> Sources { get; init; } = [];

    /// <summary>Told what is counted.</summary>
    public TelemetryHost? Telemetry { get; init; }

    /// <summary>The model as it is shown.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The view.</returns>
    public static ModelView ViewOf(IModelHandle model) => new(model.Info.Name, model.Info.Dimension, model.Info.MaxTokens, model.Devices);

    /// <summary>Opens a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its run.</returns>
    /// <exception cref="SluiceException">It cannot run; the message says why.</exception>
    public async Task<LocalRun> OpenAsync(LocalJob job, CancellationToken cancellationToken)
    {
        var owned = new Stack<IAsyncDisposable>();
        try
        {
            var settings = SettingsOf(job);
            var own = rooms(settings);
            if (Lease is null)
            {
                owned.Push(await questions.Of(ledger).AcquireAsync(new LeaseRequest($"process {Environment.ProcessId} on {Environment.MachineName}: job {job.Id} of sluice serve"), cancellationToken).ConfigureAwait(false));
            }

            var model = Model;
            if (model is null)
            {
                model = await questions.MeetAsync(sink, cancellationToken).ConfigureAwait(false) is { } collection
                    ? await own.OpenModelAsync(collection, Notice, cancellationToken).ConfigureAwait(false)
                    : await own.OpenModelAsync(settings.Get<SluiceOptions>().Model, Notice, cancellationToken).ConfigureAwait(false);
                owned.Push(model);
            }

            await model.CheckAsync(cancellationToken).ConfigureAwait(false);
            await CheckAsync(model, cancellationToken).ConfigureAwait(false);
            var opened = job.Letters is null
                ? job.Locations.Select(location => own.OpenSource(location, ownFiles)).ToList()
                : await ReplayedAsync(own, job.Letters, cancellationToken).ConfigureAwait(false);
            var parser = own.CreateParser(model);
            var configuration = ConfigurationHash.Of(parser, own.CreateChunker(model), model.Info);
            var plan = new IngestionPlan(opened, parser, model, sink, ledger, configuration, Prune: PruneModeOf(job, settings.Get<SluiceOptions>().Prune)) { Metrics = Telemetry?.Actors };
            return new LocalRun(own.CreateIngestion(plan, Notice), job.Watch.Names with { Model = ViewOf(model) }, [.. owned]);
        }
        catch
        {
            foreach (var resource in owned)
            {
                await resource.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>A replay lists some documents only; whoever confirmed a job agreed to all that it does.</summary>
    private static PruneMode PruneModeOf(LocalJob job, PruneMode setting) => job.Letters is not null ? PruneMode.Never : job.Confirmed && setting == PruneMode.Ask ? PruneMode.Always : setting;

    /// <summary>Sees to it, before a job is taken, that it could run: its settings, globs and sources; and finds what it would do that somebody should agree to, unless they did.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it would do, as a sentence; null for nothing of the kind.</returns>
    /// <exception cref="ApiException">A setting is wrong, or there is no such source.</exception>
    /// <exception cref="SluiceException">Database or ledger cannot be read, or the model cannot be opened.</exception>
    public async Task<string?> ExamineAsync(LocalJob job, CancellationToken cancellationToken)
    {
        SluiceSettings settings;
        ISluiceRooms own;
        var scopes = new List<SourceScope>();
        try
        {
            settings = SettingsOf(job);
            own = rooms(settings);
            foreach (var location in job.Locations)
            {
                var source = own.OpenSource(location, ownFiles);
                scopes.Add(source.Scope);
                (source as IDisposable)?.Dispose();
            }
        }
        catch (ConfigurationException exception)
        {
            throw new ApiException(400, Secrets.Redact(exception.Message));
        }

        if (job.Confirmed || await sink.DescribeAsync(cancellationToken).ConfigureAwait(false) is not { } collection || (await ledger.SummarizeAsync(sink.Name, cancellationToken).ConfigureAwait(false)).Count == 0)
        {
            return null;
        }

        var model = Model ?? await own.OpenModelAsync(collection, Notice, cancellationToken).ConfigureAwait(false);
        try
        {
            var configuration = ConfigurationHash.Of(own.CreateParser(model), own.CreateChunker(model), model.Info);
            long outdated = 0;
            foreach (var scope in scopes)
            {
                outdated += await ledger.CountOutdatedAsync(new WalkSpec(scope, sink.Name, configuration), cancellationToken).ConfigureAwait(false);
            }

            return outdated == 0 ? null : Consequences.ReadAgain(outdated);
        }
        finally
        {
            if (Model is null)
            {
                await model.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private SluiceSettings SettingsOf(LocalJob job) => ConfigurationLoader.Load(
        sources with { Overrides = [.. sources.Overrides, .. JobRules.Settings(job.Settings), .. job.Bounds] });

    private void Notice(string text) => CompositionLog.Notice(logger, Secrets.Redact(text));

    private async Task CheckAsync(IModelHandle model, CancellationToken cancellationToken)
    {
        var preparation = new CollectionPreparation(questions.Of(ledger), TimeProvider.System) { Told = Notice };
        var collection = await questions.FindAsync(preparation, sink, cancellationToken).ConfigureAwait(false);
        if (collection is not null && collection.ModelFingerprint != model.Info.Fingerprint)
        {
            throw new ConfigurationException(
                $"The database holds chunks of the model {collection.ModelName}, and the model {model.Info.Name} would delete and embed all of them again. `sluice ingest` does that, after asking; or set sluice.model.");
        }
    }

    /// <summary>Makes the letters' documents pending, and sources of just these.</summary>
    private async Task<List<IDocumentSource>> ReplayedAsync(ISluiceRooms own, IReadOnlyList<long> letters, CancellationToken cancellationToken)
    {
        var asked = questions.Of(ledger);
        var scopes = (await asked.SummarizeAsync(sink.Name, cancellationToken).ConfigureAwait(false)).Select(static summary => summary.Scope).ToList();
        var documents = await asked.ReplayAsync(sink.Name, letters, cancellationToken).ConfigureAwait(false);
        return [.. documents.GroupBy(document => Covering(scopes, document.Listed.Uri)).Select(group => new ListedSource(
            Sources.FirstOrDefault(source => source.Scope == group.Key) ?? own.OpenSource(SourceLocation.ParseAbsolute(group.Key.Uri), ownFiles),
            [.. group.Select(static document => document.Listed)]))];
    }

    /// <summary>The innermost scope that a document lies in.</summary>
    private static SourceScope Covering(List<SourceScope> scopes, string uri) =>
        SourceScope.Narrowest(scopes, uri)
            ?? throw new StorageException($"The document {uri} belongs to no source that the ledger knows; ingest its folder again.");
}
