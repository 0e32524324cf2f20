using System.Globalization;
using Sluice.Actors.Core;
using Sluice.Actors.Embedding;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Composition;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary>Asks before an ingestion replaces what a database holds: after another model, or after other settings of chunking and parsing.</summary>
/// <param name="context">The verb's context.</param>
/// <param name="questions">Waits for what may pass; null where the database is asked once.</param>
/// <param name="ledger">The ledger, held.</param>
/// <param name="model">The model of the run.</param>
/// <param name="sources">What is ingested.</param>
/// <param name="configuration">Hash of what decides what a document becomes.</param>
/// <param name="yes">Whether consent was given beforehand.</param>
internal sealed class IngestConsent(VerbContext context, PatientQuestions? questions, ILedger ledger, IModelHandle model, IReadOnlyList<IDocumentSource> sources, string configuration, bool yes)
{
    /// <summary>Asks for one database, and makes it ready for the new model where that is agreed to.</summary>
    /// <param name="sink">The database.</param>
    /// <returns>Whether to go on.</returns>
    /// <exception cref="Streams.Failures.ConfigurationException">Nobody is there to answer.</exception>
    public async Task<bool> AskAsync(IVectorSink sink)
    {
        var preparation = new CollectionPreparation(ledger, context.Host.TimeProvider) { Told = context.Note };
        var collection = await (questions?.FindAsync(preparation, sink, context.Stop) ?? preparation.FindAsync(sink, context.Stop));
        if (collection is null)
        {
            return true;
        }

        if (await FindAsync(sink, collection) is not { } consequence)
        {
            return true;
        }

        if (!await Question.ConfirmAsync(context, consequence, yes))
        {
            return false;
        }

        if (collection.ModelFingerprint != model.Info.Fingerprint)
        {
            var epoch = await ledger.GetEpochAsync(sink.Name, context.Stop);
            if (!await ledger.ForgetSinkAsync(sink.Name, epoch, context.Stop)) // First, so that a crash in between loses nothing: what the ledger forgot is done again.
            {
                throw new LedgerHeldException($"Another run has begun to fill {sink.Name} just now; its collection was left as it is. Run again when that run has ended.");
            }

            await (questions?.Of(sink) ?? sink).DropCollectionAsync(context.Stop);
        }

        return true;
    }

    /// <summary>Says what somebody should agree to before a run, and changes nothing.</summary>
    /// <param name="sink">The database.</param>
    /// <param name="collection">What it holds.</param>
    /// <returns>The consequence as a sentence or more; null when there is none.</returns>
    public async Task<string?> FindAsync(IVectorSink sink, CollectionInfo collection)
    {
        if (collection.ModelFingerprint != model.Info.Fingerprint)
        {
            var chunks = await (questions?.Of(sink) ?? sink).CountAsync(context.Stop);
            var others = (await ledger.SummarizeAsync(sink.Name, context.Stop)).Select(static scope => scope.Scope)
                .Where(scope => !sources.Any(source => source.Scope == scope)).Select(scope => Places.OfDocument(scope.Uri, context.Host.WorkingDirectory)).ToList();
            var rest = others.Count == 0 ? "" : $" Of these the run restores only what it is given; ingest the others again afterwards: {string.Join(", ", others)}.";
            var what = string.Create(CultureInfo.InvariantCulture, $"The database holds {chunks:N0} chunks of {Old(collection)}; with {New(collection)} all of them are deleted and embedded again.");
            return what + rest + (context.Rooms.DescribeModel(collection) is { } right ? $" To keep them, write {right}." : "");
        }

        long outdated = 0;
        foreach (var source in sources)
        {
            outdated += await ledger.CountOutdatedAsync(new(source.Scope, sink.Name, configuration), context.Stop);
        }

        return outdated == 0 ? null : Consequences.ReadAgain(outdated);
    }

    /// <summary>The model of the database; with what tells it from the one of the run, where their names do not.</summary>
    private string Old(CollectionInfo collection) => collection.ModelName != model.Info.Name
        ? $"the model {collection.ModelName}"
        : string.Create(CultureInfo.InvariantCulture, $"the model {collection.ModelName} ({Details("", collection.Kind, collection.Dimension, collection.ModelFingerprint)})");

    private string New(CollectionInfo collection) => collection.ModelName != model.Info.Name
        ? $"the model {model.Info.Name}"
        : $"the same model as it is chosen now ({Details(context.Settings.Get<EmbeddingOptions>().Variant, model.Info.Kind, model.Info.Dimension, model.Info.Fingerprint)})";

    private static string Details(string variant, EmbeddingKind kind, int dimension, string fingerprint) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(variant.Length > 0 ? $"variant {variant}, " : "")}{kind.ToString().ToLowerInvariant()}, {dimension} dimensions, fingerprint {fingerprint[..Math.Min(8, fingerprint.Length)]}");
}
