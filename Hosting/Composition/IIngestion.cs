using Sluice.Actors.Core;
using Sluice.Streams.Documents;
using Sluice.Streams.Flows;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Composition;

/// <summary>What is to be ingested, and with what. The caller owns all of it.</summary>
/// <param name="Sources">The sources, one after the other.</param>
/// <param name="Parser">The parser.</param>
/// <param name="Model">The model.</param>
/// <param name="Sink">The database; its collection fits the model or does not exist.</param>
/// <param name="Ledger">The ledger, initialized and held.</param>
/// <param name="Configuration">Configuration hash of parser, chunker and model.</param>
/// <param name="Prune">What becomes of documents that are gone.</param>
internal sealed record IngestionPlan(
    IReadOnlyList<IDocumentSource> Sources,
    IDocumentParser Parser,
    IModelHandle Model,
    IVectorSink Sink,
    ILedger Ledger,
    string Configuration,
    PruneMode Prune)
{
    /// <summary>Told what is counted; null for nobody.</summary>
    public ActorsMetrics? Metrics { get; init; }
}

/// <summary>A run of the engine over all sources of a plan, with one accounting.</summary>
internal interface IIngestion : IAsyncDisposable
{
    /// <summary>Runs to the end, or until it is stopped.</summary>
    /// <param name="stop">Stops cleanly: what is in hand is finished or left to the next run.</param>
    /// <returns>The accounting; also of a stopped run.</returns>
    Task<IngestionResult> RunAsync(CancellationToken stop);

    /// <summary>How it stands. May be called at any time from any thread.</summary>
    /// <returns>A picture of this moment.</returns>
    IngestionProgress Snapshot();

    /// <summary>Lets the run stand still while it is closed; null where that is done in another way.</summary>
    PauseGate? Gate => null;

    /// <summary>Where every document of the run is, by the ledger: exact, and dearer the more documents there are.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The accounting; null when nothing runs, or it is not known.</returns>
    Task<Accounting?> AccountAsync(CancellationToken cancellationToken) => Task.FromResult<Accounting?>(null);
}
