using Akka.Actor;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Flows;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;

namespace Sluice.Actors.Core.Partitions;

/// <summary>
/// Ends a document: removes from the sink, then from the ledger, what no longer belongs to it, then settles it. Of a rejected one the ledger withdraws everything
/// first. Stateless; interrupted anywhere, the document is still marked as in progress and the next run does the rest. Of what the ledger does not know it removes nothing, since another owner may be storing it just now: that is left to <see cref="Jobs.Reconciler"/>.
/// </summary>
internal sealed class DocumentFinisher(ILedger ledger, IActorRef indexer, Walk walk, IngestionMeters meters, TimeProvider time)
{
    private const int PageSize = 1000;

    /// <summary>Most characters of a failed chunk's text that its dead letter keeps.</summary>
    internal const int ExcerptLength = 200;

    /// <summary>Ends it.</summary>
    /// <param name="progress">What was read, all of it recorded, and what failed.</param>
    /// <param name="rejection">Why it is not indexed, if it is not.</param>
    /// <param name="attempts">How often it was read.</param>
    /// <param name="fresh">Chunks that these readings stored and no earlier processing had: they go where its earlier text stays.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Why the ledger did not settle it; null when it did.</returns>
    public async Task<CompletionRefusal?> FinishAsync(DocumentProgress progress, Rejection? rejection, int attempts, IReadOnlyList<ChunkId> fresh, CancellationToken cancellationToken)
    {
        var (read, failures, unmoved) = (progress.Read!, progress.Failures, progress.Unmoved);
        var outcome = new DocumentOutcome(read.Document, read.Generation, DocumentState.Indexed)
        {
            Unchanged = read.Unchanged,
            Begun = read.Begun,
            ContentHash = read.ContentHash,
            Listed = read.Listed,
            ChunkCount = read.ChunkCount - failures.Count,
        };
        if (read.Unchanged)
        {
            return await CompleteAsync(outcome, meters.Unchanged, cancellationToken);
        }

        bool left;
        if (rejection is not null)
        {
            var keeps = read.Pending.EarlierChunks > 0 && !rejection.RemovesEarlier;
            if (await (keeps ? KeepEarlierAsync(read, fresh, cancellationToken) : RemoveAllAsync(read, cancellationToken)) is not { } removal)
            {
                return CompletionRefusal.Superseded;
            }

            (var begun, left) = removal;
            outcome = outcome with
            {
                Begun = begun,
                KeepsEarlier = keeps,
                State = rejection.Verdict == Verdict.Skipped ? DocumentState.Skipped : DocumentState.Dead,
                Rejection = rejection,
                ChunkCount = 0,
                DeadLetters = rejection.Verdict == Verdict.Skipped ? [] : [Letter(read, null, rejection, attempts)],
            };
        }
        else
        {
            left = await RemoveStaleAsync(read, read.Generation, deleteFromSink: true, cancellationToken);
            if (failures.Count + unmoved.Count > 0)
            {
                outcome = outcome with
                {
                    State = DocumentState.Dead,
                    Rejection = failures.Count > 0
                        ? Rejection.Dead(failures[0].Rejection.Reason, $"{failures.Count} of {read.ChunkCount} chunks failed; the others are indexed. The first: {failures[0].Rejection.Message}")
                        : Rejection.Dead(unmoved[0].Rejection.Reason, $"of {read.ChunkCount} chunks, all indexed, {unmoved.Count} show an old place. The first: {unmoved[0].Rejection.Message}"),
                    DeadLetters = [.. failures.Concat(unmoved).Select(failure => Letter(read, failure.Chunk, failure.Rejection, attempts))],
                };
            }
        }

        // A group that was offered twice may be stored once more after what it held was refused or deleted: such a document is compared with the sink at the end of the walk. Said with
        // its end and not after it: a crash in between would leave a settled document of which nobody knows that it is in doubt.
        return await CompleteAsync(
            outcome with { Doubtful = left || failures.Count > 0 || (rejection is not null && read.Groups > 0) },
            outcome.State switch
            {
                DocumentState.Indexed => meters.Indexed,
                DocumentState.Skipped => meters.Skipped,
                _ => meters.Dead,
            },
            cancellationToken);
    }

    private async Task<CompletionRefusal?> CompleteAsync(DocumentOutcome outcome, StageMeter meter, CancellationToken cancellationToken)
    {
        var refused = await ledger.CompleteAsync(walk, [outcome], cancellationToken);
        if (refused.TryGetValue(outcome.Document, out var refusal))
        {
            return refusal;
        }

        meter.Count(1, 0);
        return null;
    }

    private async Task<bool> BeginAsync(DocumentRead read, CancellationToken cancellationToken) =>
        read.Begun || (await ledger.BeginAsync(walk, [(read.Document, read.Generation)], cancellationToken)).Count == 0;

    /// <summary>Removes everything of a document.</summary>
    /// <returns>Whether its generation is begun, and whether the sink refused to delete some of it; null when somebody else has the document: nothing is removed then.</returns>
    private async Task<(bool Begun, bool Left)?> RemoveAllAsync(DocumentRead read, CancellationToken cancellationToken)
    {
        if (read.Pending.Generation == 0 && read.Groups == 0)
        {
            return (read.Begun, false);
        }

        if (!await BeginAsync(read, cancellationToken)) // In any case: else it would count as unchanged, should it be readable again.
        {
            return null;
        }

        await RemoveStaleAsync(read, read.Generation + 1, deleteFromSink: false, cancellationToken);
        return (true, (await indexer.AskLivingAsync<EditDone<DocumentId>>(new DeleteDocuments([read.Document]), cancellationToken)).Refused.Count > 0);
    }

    /// <summary>
    /// Leaves what an earlier processing stored, and takes away what the readings that failed added to it. First the ledger: stopped in between, the sink has chunks that nobody
    /// recorded, of a document that is still marked as in progress, and not the other way round.
    /// </summary>
    /// <returns>Whether its generation is begun, and whether the sink refused to delete some of that; null when somebody else has the document: nothing more is removed then.</returns>
    private async Task<(bool Begun, bool Left)?> KeepEarlierAsync(DocumentRead read, IReadOnlyList<ChunkId> fresh, CancellationToken cancellationToken)
    {
        // Begun where it was interrupted, which marks it to be compared with the sink: its interrupted processing may have left something there.
        var begun = read.Begun || read.Pending.Interrupted;
        if (begun && !await BeginAsync(read, cancellationToken))
        {
            return null;
        }

        var left = false;
        foreach (var page in fresh.Chunk(PageSize))
        {
            if (!await ledger.RemoveChunksAsync(walk.Spec.Sink, read.Document, read.Generation, page, cancellationToken))
            {
                return null;
            }

            left |= (await indexer.AskLivingAsync<EditDone<ChunkId>>(new DeleteChunks(page), cancellationToken)).Refused.Count > 0;
            meters.Deleted.Count(page.Length, 0);
        }

        return (begun, left);
    }

    /// <summary>Removes chunks of older generations. What the sink refuses to delete stays in the ledger as well, as what it is: stale, and still in the sink.</summary>
    /// <returns>Whether the sink refused to delete any.</returns>
    private async Task<bool> RemoveStaleAsync(DocumentRead read, long olderThan, bool deleteFromSink, CancellationToken cancellationToken)
    {
        var stay = new HashSet<ChunkId>();
        while (true)
        {
            IReadOnlyList<ChunkId> stale = await ledger.ListStaleChunksAsync(walk.Spec.Sink, read.Document, olderThan, PageSize + stay.Count, cancellationToken);
            stale = stay.Count == 0 ? stale : [.. stale.Where(chunk => !stay.Contains(chunk))];
            if (stale.Count == 0)
            {
                return stay.Count > 0;
            }

            if (deleteFromSink)
            {
                var refused = (await indexer.AskLivingAsync<EditDone<ChunkId>>(new DeleteChunks(stale), cancellationToken)).Refused;
                stay.UnionWith(refused.Select(static refusal => refusal.Item));
                stale = stay.Count == 0 ? stale : [.. stale.Where(chunk => !stay.Contains(chunk))];
            }

            if (stale.Count > 0)
            {
                await ledger.RemoveChunksAsync(walk.Spec.Sink, read.Document, read.Generation, stale, cancellationToken);
                meters.Deleted.Count(stale.Count, 0);
            }
        }
    }

    private DeadLetter Letter(DocumentRead read, Chunk? chunk, Rejection rejection, int attempts) =>
        new(0, read.Document, read.Pending.Listed.Uri, chunk?.Id, chunk?.Place, rejection.Reason, rejection.Message, attempts, time.GetUtcNow())
        {
            Excerpt = chunk is null ? null : chunk.Text.Length <= ExcerptLength ? chunk.Text : chunk.Text[..(char.IsHighSurrogate(chunk.Text[ExcerptLength - 1]) ? ExcerptLength - 1 : ExcerptLength)],
        };
}
