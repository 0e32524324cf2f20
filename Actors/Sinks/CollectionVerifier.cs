using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>
/// Compares what a sink holds with what the ledger says it holds, in pages: memory does not grow with either. Repairs by deleting orphans and by making documents
/// with lost chunks pending, the lost ones forgotten, so that the next run embeds just those. Documents that are not settled are left to the run that processes them. While runs
/// write meanwhile, what they have under way is counted as different.
/// </summary>
/// <param name="sink">The sink; not owned.</param>
/// <param name="ledger">The ledger; not owned.</param>
public sealed class CollectionVerifier(IVectorSink sink, ILedger ledger)
{
    /// <summary>Most differences that a report lists.</summary>
    public const int MaxExamples = 20;

    private const int PageSize = 1_000;

    /// <summary>Documents of more chunks than this are looked up page by page instead of being held as a set.</summary>
    private const int MaxHeldChunks = 50_000;

    private readonly IVectorSink _sink = sink ?? throw new ArgumentNullException(nameof(sink));
    private readonly ILedger _ledger = ledger ?? throw new ArgumentNullException(nameof(ledger));

    /// <summary>Compares, and repairs where asked to.</summary>
    /// <param name="repair">Whether to repair what is found.</param>
    /// <param name="cancellationToken">Stops; what was repaired stays so.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="Streams.Failures.StorageException">Sink or ledger cannot be read, or not be repaired.</exception>
    /// <exception cref="Streams.Failures.TransientException">One of them is busy or away.</exception>
    public async Task<VerificationReport> VerifyAsync(bool repair, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        await _sink.MakeVisibleAsync(cancellationToken).ConfigureAwait(false);
        await FindOrphansAsync(tally, null, repair, cancellationToken).ConfigureAwait(false);
        await FindLostAsync(tally, repair, cancellationToken).ConfigureAwait(false);
        return new VerificationReport(
            tally.SinkChunks, tally.LedgerChunks, tally.Documents, tally.Orphans, tally.Lost, tally.LostDocuments, tally.Unfinished, tally.Examples, repair)
        {
            StaleChunks = tally.Stale,
        };
    }

    /// <summary>
    /// Makes the sink hold just what the ledger says of one settled document. Chunks that it lost are forgotten and the document is pending again. A document that is begun
    /// meanwhile is left alone from then on, and unconfirmed.
    /// </summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Stops; what was repaired stays so.</param>
    /// <returns>What was done.</returns>
    public async Task<DocumentRepair> RepairDocumentAsync(LedgerDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        var (id, tally) = (document.Listed.Id, new Tally { Doubt = document.Doubt });
        await FindStaleAsync(tally, document, repair: true, cancellationToken).ConfigureAwait(false);
        await FindOrphansAsync(tally, id, repair: true, cancellationToken).ConfigureAwait(false);
        var lost = await FindLostAsync(tally, document, repair: true, cancellationToken).ConfigureAwait(false);
        return new DocumentRepair(tally.Removed, lost && tally.Requeued, tally.Doubt);
    }

    private async Task FindOrphansAsync(Tally tally, DocumentId? only, bool repair, CancellationToken cancellationToken)
    {
        await foreach (var page in _sink.ListIdsAsync(only, cancellationToken).ConfigureAwait(false))
        {
            tally.SinkChunks += page.Count;
            foreach (var document in page.GroupBy(static stored => stored.Document, static stored => stored.Chunk))
            {
                var orphans = await UnknownAsync(document.Key, [.. document], cancellationToken).ConfigureAwait(false);
                foreach (var orphan in orphans)
                {
                    tally.Orphans++;
                    tally.AddExample(DifferenceKind.Orphan, document.Key, orphan, null);
                }

                if (repair && orphans.Count > 0)
                {
                    await RemoveOrphansAsync(tally, document.Key, orphans, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task<List<ChunkId>> UnknownAsync(DocumentId document, List<ChunkId> chunks, CancellationToken cancellationToken)
    {
        var known = await _ledger.FindChunksAsync(_sink.Name, document, chunks, cancellationToken).ConfigureAwait(false);
        return known.Count < chunks.Count ? [.. chunks.Except(known.Select(static chunk => chunk.Id))] : [];
    }

    /// <summary>
    /// Deletes what the ledger does not know of a document. The generation is read first, what is unknown is asked again in it, and the ledger confirms last that the document is
    /// settled in it still: so nobody can have stored and not yet recorded one of these chunks. Who begins the document after that compares it in turn.
    /// </summary>
    private async Task RemoveOrphansAsync(Tally tally, DocumentId document, List<ChunkId> orphans, CancellationToken cancellationToken)
    {
        var found = await _ledger.FindDocumentsAsync(_sink.Name, [document], cancellationToken).ConfigureAwait(false);
        if (found.Count > 0)
        {
            orphans = await UnknownAsync(document, orphans, cancellationToken).ConfigureAwait(false);
            if (orphans.Count == 0 || !await IsSettledAsync(tally, found[0], cancellationToken).ConfigureAwait(false))
            {
                return; // Whoever processes it, now or in the next run, has it compared at the end.
            }
        }

        await _sink.DeleteAsync(orphans, cancellationToken).ConfigureAwait(false);
        tally.Removed += orphans.Count;
        if (found.Count > 0)
        {
            // Somebody may have confirmed the doubt before the deletion, and somebody else begun the document: then it is doubted again.
            await _ledger.RemoveChunksAsync(_sink.Name, document, found[0].Generation, orphans, cancellationToken).ConfigureAwait(false);
        }
        else if (await _ledger.FindDocumentsAsync(_sink.Name, [document], cancellationToken).ConfigureAwait(false) is [var listed])
        {
            await IsSettledAsync(tally, listed, cancellationToken).ConfigureAwait(false); // Listed meanwhile, and stored perhaps: unconfirmed by that.
        }
    }

    /// <summary>
    /// Whether a document is settled in the generation that was compared. It is unconfirmed by that, until somebody confirms it: this comparison may, unless another doubt came between.
    /// </summary>
    private async Task<bool> IsSettledAsync(Tally tally, LedgerDocument document, CancellationToken cancellationToken)
    {
        var doubts = await _ledger.DoubtAsync(_sink.Name, [(document.Listed.Id, document.Generation)], cancellationToken).ConfigureAwait(false);
        if (!doubts.TryGetValue(document.Listed.Id, out var doubt))
        {
            return false;
        }

        tally.Doubt += doubt == tally.Doubt + 1 ? 1 : 0;
        return true;
    }

    /// <summary>Finds what is left of earlier readings of a settled document.</summary>
    private async Task FindStaleAsync(Tally tally, LedgerDocument document, bool repair, CancellationToken cancellationToken)
    {
        var id = document.Listed.Id;
        if (document.KeepsEarlier || !await IsAnyStaleAsync(document, cancellationToken).ConfigureAwait(false))
        {
            return; // What is kept of an earlier generation is what the document consists of now.
        }

        while (await _ledger.ListStaleChunksAsync(_sink.Name, id, document.Generation, PageSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } chunks)
        {
            tally.Stale += chunks.Count;
            foreach (var chunk in chunks)
            {
                tally.AddExample(DifferenceKind.Stale, id, chunk, document.Listed.Uri);
            }

            if (!repair)
            {
                return; // The ledger lists them from the first one on: the rest is counted when these are gone.
            }

            if (!await IsSettledAsync(tally, document, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            await _sink.DeleteAsync(chunks, cancellationToken).ConfigureAwait(false);
            await _ledger.RemoveChunksAsync(_sink.Name, id, document.Generation, chunks, cancellationToken).ConfigureAwait(false);
            tally.Removed += chunks.Count;
        }
    }

    /// <summary>
    /// Whether a document has chunks of an older generation beside those of its own. Where all of them are older, it was found unchanged since they were stored, by a version that
    /// raised the generation then: they are what it consists of.
    /// </summary>
    private async Task<bool> IsAnyStaleAsync(LedgerDocument document, CancellationToken cancellationToken)
    {
        var id = document.Listed.Id;
        var stale = await _ledger.ListStaleChunksAsync(_sink.Name, id, document.Generation, 1, cancellationToken).ConfigureAwait(false);
        if (stale.Count == 0)
        {
            return false;
        }

        return document.State != DocumentState.Indexed || await _ledger.HasChunksSinceAsync(_sink.Name, id, document.Generation, cancellationToken).ConfigureAwait(false);
    }

    private async Task FindLostAsync(Tally tally, bool repair, CancellationToken cancellationToken)
    {
        IReadOnlyList<LedgerDocument> page;
        DocumentId? after = null;
        do
        {
            page = await _ledger.ListDocumentsAsync(_sink.Name, after, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var document in page)
            {
                after = document.Listed.Id;
                tally.Documents++;
                var settled = document.State is not (DocumentState.Pending or DocumentState.Processing);
                tally.Unfinished += settled ? 0 : 1;
                if (settled)
                {
                    await FindStaleAsync(tally, document, repair, cancellationToken).ConfigureAwait(false);
                }

                tally.LostDocuments += await FindLostAsync(tally, document, repair, cancellationToken).ConfigureAwait(false) ? 1 : 0;
            }
        }
        while (page.Count == PageSize);
    }

    /// <summary>Finds the lost chunks of one document.</summary>
    /// <returns>Whether there are any.</returns>
    private async Task<bool> FindLostAsync(Tally tally, LedgerDocument document, bool repair, CancellationToken cancellationToken)
    {
        var id = document.Listed.Id;
        var chunks = await _ledger.ListChunksAsync(_sink.Name, id, null, PageSize, cancellationToken).ConfigureAwait(false);
        var held = chunks.Count == 0 ? null : await HoldIdsAsync(id, cancellationToken).ConfigureAwait(false);
        var (any, requeued) = (false, false);
        while (chunks.Count > 0)
        {
            tally.LedgerChunks += chunks.Count;
            var present = held ?? [.. (await _sink.FetchEmbeddingsAsync(chunks, cancellationToken).ConfigureAwait(false)).Keys];
            var lost = chunks.Where(chunk => !present.Contains(chunk)).ToList();
            foreach (var chunk in lost)
            {
                tally.Lost++;
                tally.AddExample(DifferenceKind.Lost, id, chunk, document.Listed.Uri);
            }

            any |= lost.Count > 0;
            if (lost.Count > 0 && repair)
            {
                requeued = requeued || await RequeueAsync(document, cancellationToken).ConfigureAwait(false);
                if (requeued)
                {
                    tally.Requeued = true;
                    await _ledger.RemoveChunksAsync(_sink.Name, id, document.Generation + 1, lost, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await IsSettledAsync(tally, document, cancellationToken).ConfigureAwait(false); // Not settled: the run that processes it compares it at its end.
                }
            }

            if (chunks.Count < PageSize)
            {
                break;
            }

            chunks = await _ledger.ListChunksAsync(_sink.Name, id, chunks[^1], PageSize, cancellationToken).ConfigureAwait(false);
        }

        return any;
    }

    /// <summary>
    /// Makes a document pending, if it is still as it was compared. Before its lost chunks are forgotten: a kill between the two must not leave a document that counts as indexed
    /// without them.
    /// </summary>
    private async Task<bool> RequeueAsync(LedgerDocument document, CancellationToken cancellationToken) =>
        (await _ledger.RequeueAsync(_sink.Name, [(document.Listed.Id, document.Generation)], cancellationToken).ConfigureAwait(false)).Count > 0;

    /// <summary>The ids the sink holds of a document; null when they are too many to hold.</summary>
    private async Task<HashSet<ChunkId>?> HoldIdsAsync(DocumentId document, CancellationToken cancellationToken)
    {
        var ids = new HashSet<ChunkId>();
        await foreach (var page in _sink.ListIdsAsync(document, cancellationToken).ConfigureAwait(false))
        {
            foreach (var stored in page)
            {
                ids.Add(stored.Chunk);
            }

            if (ids.Count > MaxHeldChunks)
            {
                return null;
            }
        }

        return ids;
    }

    private sealed class Tally
    {
        public long SinkChunks { get; set; }

        public long LedgerChunks { get; set; }

        public long Documents { get; set; }

        public long Orphans { get; set; }

        public long Stale { get; set; }

        public long Lost { get; set; }

        public long Removed { get; set; }

        /// <summary>Of a comparison of one document: the doubt that it answers.</summary>
        public long Doubt { get; set; }

        public bool Requeued { get; set; }

        public long LostDocuments { get; set; }

        public long Unfinished { get; set; }

        public List<VerificationDifference> Examples { get; } = [];

        public void AddExample(DifferenceKind kind, DocumentId document, ChunkId chunk, string? uri)
        {
            if (Examples.Count < MaxExamples)
            {
                Examples.Add(new VerificationDifference(kind, document, chunk, uri));
            }
        }
    }
}
