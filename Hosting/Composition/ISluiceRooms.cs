using Sluice.Actors.Parsing.Sources;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Composition;

/// <summary>
/// What the program needs of the rooms below, made from one configuration. Everything is made when it is asked for: a search loads no parser, a status no model.
/// The caller owns what it is given.
/// </summary>
internal interface ISluiceRooms
{
    /// <summary>Makes the parser of all formats that a model can be given: text, or images.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The parser.</returns>
    IDocumentParser CreateParser(IModelHandle model);

    /// <summary>Makes the source of a location.</summary>
    /// <param name="location">The location.</param>
    /// <param name="ownFiles">Files that are Sluice's own and are never documents.</param>
    /// <returns>The source.</returns>
    /// <exception cref="Streams.Failures.ConfigurationException">There is no such place.</exception>
    IDocumentSource OpenSource(SourceLocation location, IReadOnlyList<string> ownFiles);

    /// <summary>Opens the configured model, making the default one ready where that was not done before.</summary>
    /// <param name="model">Name or folder; empty for the default.</param>
    /// <param name="notify">Is told what takes time.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The model; nothing of its network is loaded yet.</returns>
    /// <exception cref="Streams.Failures.ModelException">It cannot be used.</exception>
    Task<IModelHandle> OpenModelAsync(string model, Action<string> notify, CancellationToken cancellationToken);

    /// <summary>
    /// Opens the model that a collection's vectors are from, with the variant, dimensions and output they were made with; what the settings say of these must agree.
    /// </summary>
    /// <param name="collection">The collection.</param>
    /// <param name="notify">Is told what takes time.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The model; nothing of its network is loaded yet.</returns>
    /// <exception cref="Streams.Failures.ModelException">It is not here, or the settings name another one; the message says what to write.</exception>
    Task<IModelHandle> OpenModelAsync(CollectionInfo collection, Action<string> notify, CancellationToken cancellationToken);

    /// <summary>What one writes to use the model that a collection's vectors are from: <c>--model e5 --variant int8</c>.</summary>
    /// <param name="collection">The collection.</param>
    /// <returns>The options; null when the model is not found here.</returns>
    string? DescribeModel(CollectionInfo collection);

    /// <summary>The models there are: in the cache, and the default.</summary>
    /// <returns>Their names and folders.</returns>
    IReadOnlyList<ModelEntry> ListModels();

    /// <summary>Makes the chunker for a model.</summary>
    /// <param name="model">The model.</param>
    /// <returns>The chunker.</returns>
    IChunker CreateChunker(IModelHandle model);

    /// <summary>Opens a ledger.</summary>
    /// <param name="uri">Its URI, with an absolute path.</param>
    /// <returns>The ledger, not yet initialized.</returns>
    ILedger OpenLedger(string uri);

    /// <summary>Opens a database.</summary>
    /// <param name="uri">Its URI, with an absolute path.</param>
    /// <returns>The sink.</returns>
    IVectorSink OpenSink(string uri);

    /// <summary>Compares a database with its ledger.</summary>
    /// <param name="sink">The database.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="repair">Whether to mend what differs.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What differs.</returns>
    Task<VerificationResult> VerifyAsync(IVectorSink sink, ILedger ledger, bool repair, CancellationToken cancellationToken);

    /// <summary>Makes an ingestion ready to run.</summary>
    /// <param name="plan">What is to be ingested, and with what.</param>
    /// <param name="notify">Is told what holds the run up, and when it goes on.</param>
    /// <returns>The ingestion.</returns>
    IIngestion CreateIngestion(IngestionPlan plan, Action<string> notify);

    /// <summary>Makes an ingestion into several databases ready to run.</summary>
    /// <param name="plans">One plan a database; their sources are of their own, parser, model and ledger the same.</param>
    /// <param name="notify">Is told what holds the run up, and when it goes on.</param>
    /// <returns>The ingestion.</returns>
    FanOutIngestion CreateFanOut(IReadOnlyList<IngestionPlan> plans, Action<string> notify);
}
