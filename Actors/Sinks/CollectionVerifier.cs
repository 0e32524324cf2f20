using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>
/// Compares what a sink holds with what the ledger says it holds, in pages: memory does not grow with either. Repairs by deleting orphans and by making documents
/// with lost chunks pending, the lost ones forgotten, so that the next run embeds just those. No run may write meanwhile: the caller holds the ledger's lease.
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

    /// <summary>Makes the sink hold just what the ledger says of one settled document. Chunks that it lost are forgotten and the document is pending again.</summary>
    /// <param name="document">The document; nobody may be processing it.</param>
    /// <param name="cancellationToken">Stops; what was repaired stays so.</param>
    /// <returns>Chunks that were removed, and chunks that were lost.</returns>
    public async Task<(long Removed, long Lost)> RepairDocumentAsync(LedgerDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        var (id, tally) = (document.Listed.Id, new Tally());
        await FindStaleAsync(tally, document, repair: true, cancellationToken).ConfigureAwait(false);
        await FindOrphansAsync(tally, id, repair: true, cancellationToken).ConfigureAwait(false);
        await FindLostAsync(tally, document.Listed, repair: true, cancellationToken).ConfigureAwait(false);
        return (tally.Stale + tally.Orphans, tally.Lost);
    }

    private async Task FindOrphansAsync(Tally tally, DocumentId? only, bool repair, CancellationToken cancellationToken)
    {
        await foreach (var page in _sink.ListIdsAsync(only, cancellationToken).ConfigureAwait(false))
        {
            tally.SinkChunks += page.Count;
            var orphans = new List<ChunkId>();
            foreach (var document in page.GroupBy(static stored => stored.Document, static stored => stored.Chunk))
            {
                var chunks = document.ToList();
                var known = await _ledger.FindChunksAsync(_sink.Name, document.Key, chunks, cancellationToken).ConfigureAwait(false);
                if (known.Count < chunks.Count)
                {
                    foreach (var orphan in chunks.Except(known.Select(static chunk => chunk.Id)))
                    {
                        orphans.Add(orphan);
                        tally.Orphans++;
                        tally.AddExample(DifferenceKind.Orphan, document.Key, orphan, null);
                    }
                }
            }

            if (repair && orphans.Count > 0)
            {
                await _sink.DeleteAsync(orphans, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Finds what is left of earlier readings of a settled document.</summary>
    private async Task FindStaleAsync(Tally tally, LedgerDocument document, bool repair, CancellationToken cancellationToken)
    {
        var id = document.Listed.Id;
        if (!await IsAnyStaleAsync(document, cancellationToken).ConfigureAwait(false))
        {
            return;
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

            await _sink.DeleteAsync(chunks, cancellationToken).ConfigureAwait(false);
            await _ledger.RemoveChunksAsync(_sink.Name, id, chunks, cancellationToken).ConfigureAwait(false);
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

        var all = (await _ledger.ListStaleChunksAsync(_sink.Name, id, document.Generation, int.MaxValue, cancellationToken).ConfigureAwait(false)).ToHashSet();
        ChunkId? after = null;
        IReadOnlyList<ChunkId> page;
        do
        {
            page = await _ledger.ListChunksAsync(_sink.Name, id, after, PageSize, cancellationToken).ConfigureAwait(false);
            if (page.Any(chunk => !all.Contains(chunk)))
            {
                return true;
            }

            after = page.Count > 0 ? page[^1] : after;
        }
        while (page.Count == PageSize);

        return document.State != DocumentState.Indexed;
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

                tally.LostDocuments += await FindLostAsync(tally, document.Listed, repair, cancellationToken).ConfigureAwait(false) ? 1 : 0;
            }
        }
        while (page.Count == PageSize);
    }

    /// <summary>Finds the lost chunks of one document.</summary>
    /// <returns>Whether there are any.</returns>
    private async Task<bool> FindLostAsync(Tally tally, ListedDocument document, bool repair, CancellationToken cancellationToken)
    {
        var chunks = await _ledger.ListChunksAsync(_sink.Name, document.Id, null, PageSize, cancellationToken).ConfigureAwait(false);
        var held = chunks.Count == 0 ? null : await HoldIdsAsync(document.Id, cancellationToken).ConfigureAwait(false);
        var any = false;
        while (chunks.Count > 0)
        {
            tally.LedgerChunks += chunks.Count;
            var present = held ?? [.. (await _sink.FetchEmbeddingsAsync(chunks, cancellationToken).ConfigureAwait(false)).Keys];
            var lost = chunks.Where(chunk => !present.Contains(chunk)).ToList();
            foreach (var chunk in lost)
            {
                tally.Lost++;
                tally.AddExample(DifferenceKind.Lost, document.Id, chunk, document.Uri);
            }

            // Requeued first: a kill between the two must not leave a document that counts as indexed without them.
            if (lost.Count > 0)
            {
                any = true;
                if (repair)
                {
                    await _ledger.RequeueAsync(_sink.Name, [document.Id], cancellationToken).ConfigureAwait(false);
                    await _ledger.RemoveChunksAsync(_sink.Name, document.Id, lost, cancellationToken).ConfigureAwait(false);
                }
            }

            if (chunks.Count < PageSize)
            {
                break;
            }

            chunks = await _ledger.ListChunksAsync(_sink.Name, document.Id, chunks[^1], PageSize, cancellationToken).ConfigureAwait(false);
        }

        return any;
    }

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
