using Sluice.Actors.Core.Indexing;
using Sluice.Actors.Sinks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;

namespace Sluice.Actors.Core.Jobs;

/// <summary>
/// Compares with the sink, at the end of a walk, the documents whose processing was interrupted and begun anew: what an interrupted owner stored and nobody recorded
/// is removed, what is missing is made pending again. Until then nobody removes what the ledger does not know, so that two owners of a document (one of them
/// believed dead) never delete each other's chunks. Leaves alone what another walk covers, and what is begun while it is being compared: that stays unconfirmed, and
/// whoever ends it compares it.
/// </summary>
internal sealed class Reconciler(ILedger ledger, SinkWriter writer, Walk walk, StageMeter deleted)
{
    private const int PageSize = 100;

    /// <summary>What the sink refused to delete, in words; null where nothing was.</summary>
    public string? Refused { get; private set; }

    /// <summary>Compares; may be repeated after an interruption.</summary>
    /// <param name="cancellationToken">Stops; what was compared stays so.</param>
    /// <returns>How many documents are pending again.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var pending = 0;
        var visible = false;
        var verifier = new CollectionVerifier(new WaitingSink(writer), ledger);
        var stay = new Dictionary<DocumentId, string>();
        while (await NextAsync(stay, cancellationToken) is { Count: > 0 } documents)
        {
            if (!visible)
            {
                await writer.RunAsync(static (sink, ct) => sink.MakeVisibleAsync(ct), cancellationToken); // What was written last must not count as lost.
                visible = true;
            }

            var compared = new List<(DocumentId, long, long)>(documents.Count);
            foreach (var document in documents)
            {
                try
                {
                    var repair = await verifier.RepairDocumentAsync(document, cancellationToken);
                    deleted.Count(repair.Removed, 0);
                    pending += repair.Requeued ? 1 : 0;
                    compared.Add((document.Listed.Id, document.Generation, repair.Doubt));
                }
                catch (RequestRefusedException refused)
                {
                    stay.Add(document.Listed.Id, refused.Message); // It stays in doubt: the next run tries again.
                }
            }

            // Only those that nobody has begun or doubted meanwhile, and that are not pending again: the ledger sees to that.
            await ledger.ConfirmAsync(walk.Spec.Sink, compared, cancellationToken);
        }

        if (stay.Count > 0)
        {
            Refused = $"the database refused to delete what {stay.Count} documents no longer contain ({stay.Values.First()}); it is still found, and the next run tries again";
        }

        return pending;
    }

    private async Task<IReadOnlyList<LedgerDocument>> NextAsync(Dictionary<DocumentId, string> stay, CancellationToken cancellationToken)
    {
        var documents = await ledger.ListUnconfirmedAsync(walk, PageSize + stay.Count, cancellationToken);
        return stay.Count == 0 ? documents : [.. documents.Where(document => !stay.ContainsKey(document.Listed.Id))];
    }
}
