using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>
/// Moves records from one database to another without embedding again, with what the ledger knows of their documents, so that a later ingestion into the other database finds
/// them unchanged. Document by document, in the order of an ingestion: records first, then the ledger; interrupted anywhere, the next copy goes on where it stopped. Streams: memory
/// does not grow with the collection. The caller holds the leases of both ledgers.
/// </summary>
public sealed class CollectionCopier
{
    private const int PageDocuments = 200;
    private const int PageChunks = 500;

    private readonly PatientQuestions _questions;
    private readonly IVectorSink _from;
    private readonly ILedger _known;
    private readonly IVectorSink _to;
    private readonly ILedger _ledger;
    private readonly PipelineOptions _options;
    private readonly TimeProvider _time;
    private readonly SinkWriter _writer;
    private long _documents;
    private long _unchanged;
    private long _left;
    private long _chunks;
    private long _refused;
    private long _missing;

    /// <summary>Makes it; nothing is asked yet.</summary>
    /// <param name="from">Where they are; not owned.</param>
    /// <param name="known">The ledger of <paramref name="from"/>; not owned.</param>
    /// <param name="to">Where they go; not owned.</param>
    /// <param name="ledger">The ledger of <paramref name="to"/>; may be the same.</param>
    /// <param name="options">The write policy.</param>
    /// <param name="time">The clock.</param>
    public CollectionCopier(IVectorSink from, ILedger known, IVectorSink to, ILedger ledger, PipelineOptions options, TimeProvider time)
    {
        _questions = new PatientQuestions(options, Notices, time);
        (_from, _known, _to, _ledger) = (_questions.Of(from), _questions.Of(known), to, _questions.Of(ledger));
        (_options, _time) = (options, time);
        _writer = new SinkWriter(to, options, Notices, time);
    }

    /// <summary>What holds the copy up, in words, as it happens.</summary>
    public NoticeBoard Notices { get; } = new();

    /// <summary>Documents and chunks as they stand; may be asked at any time.</summary>
    public CopyReport Report => new(
        Interlocked.Read(ref _documents), Interlocked.Read(ref _unchanged), Interlocked.Read(ref _left), Interlocked.Read(ref _chunks), Interlocked.Read(ref _refused), Interlocked.Read(ref _missing));

    /// <summary>Copies everything that the ledger of the first database knows of it.</summary>
    /// <param name="cancellationToken">Stops; what was copied stays and is known.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="ConfigurationException">There is nothing to copy, or nothing is known of it.</exception>
    /// <exception cref="CollectionMismatchException">The other database holds a collection that does not fit.</exception>
    public async Task<CopyReport> CopyAsync(CancellationToken cancellationToken)
    {
        var (collection, scopes) = await FindAsync(_from, _known, cancellationToken).ConfigureAwait(false);

        // Where there is no collection, what the ledger knew of an earlier one there is void: decided as before an ingestion, never on one answer.
        var preparation = new CollectionPreparation(_ledger, _time) { Told = text => Notices.Post("collection", text) };
        await _questions.FindAsync(preparation, _to, cancellationToken).ConfigureAwait(false);
        Notices.Clear("collection");
        var model = new EmbeddingModelInfo(collection.ModelName, collection.ModelFingerprint, collection.Kind, collection.Dimension, 1, collection.Distance);
        await _writer.RunAsync((sink, token) => sink.EnsureCollectionAsync(new CollectionSpec(model), token), cancellationToken).ConfigureAwait(false);
        await _from.MakeVisibleAsync(cancellationToken).ConfigureAwait(false);
        foreach (var scope in scopes)
        {
            await CopyScopeAsync(scope, [.. scopes.Select(static other => other.Scope)], cancellationToken).ConfigureAwait(false);
        }

        if (_to is IPublishing publishing)
        {
            await _writer.RunAsync((_, token) => publishing.PublishAsync(token), cancellationToken).ConfigureAwait(false);
        }

        return Report;
    }

    /// <summary>What there is to copy; also for asking before anything is made in the other database.</summary>
    /// <param name="from">Where it is.</param>
    /// <param name="known">The ledger that it was filled with.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The collection, and the sources it was filled from.</returns>
    /// <exception cref="ConfigurationException">There is nothing to copy, or nothing is known of it.</exception>
    public static async Task<(CollectionInfo Collection, IReadOnlyList<ScopeSummary> Scopes)> FindAsync(IVectorSink from, ILedger known, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(known);
        var collection = await from.DescribeAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new ConfigurationException($"There is no collection at {from.Name}: nothing to copy.");
        var scopes = await known.SummarizeAsync(from.Name, cancellationToken).ConfigureAwait(false);
        if (scopes.Count == 0)
        {
            throw new ConfigurationException($"The ledger knows nothing of {from.Name}, so what was copied could not be kept up to date. Name the ledger that it was filled with: --ledger URI.");
        }

        return (collection, scopes);
    }

    private async Task CopyScopeAsync(ScopeSummary scope, SourceScope[] scopes, CancellationToken cancellationToken)
    {
        var walk = await _ledger.BeginWalkAsync(new WalkSpec(scope.Scope, _to.Name, scope.Configuration), resume: false, cancellationToken).ConfigureAwait(false);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Math.Min(_options.SinkParallelism, _to.Capabilities.MaxConcurrency)), CancellationToken = cancellationToken };
        DocumentId? after = null;
        IReadOnlyList<LedgerDocument> page;
        do
        {
            page = await _known.ListDocumentsAsync(_from.Name, after, PageDocuments, cancellationToken).ConfigureAwait(false);
            after = page.Count > 0 ? page[^1].Listed.Id : after;
            var mine = page.Where(document => ScopeOf(document.Listed.Uri, scopes) == scope.Scope).ToList();

            // What was settled under an earlier configuration is not what a run would make now.
            var current = mine.Where(document => document.State == DocumentState.Indexed && document.Configuration == scope.Configuration).ToDictionary(static document => document.Listed.Id);
            Interlocked.Add(ref _left, mine.Count - current.Count);
            await _ledger.AddListingAsync(walk, new ListingPage([.. current.Values.Select(static document => document.Listed)], null), cancellationToken).ConfigureAwait(false);
            var pending = await PendingAsync(walk, current, cancellationToken).ConfigureAwait(false);
            Interlocked.Add(ref _unchanged, current.Count - pending.Count);
            await Parallel.ForEachAsync(pending, parallel, async (document, token) => await CopyAsync(walk, current[document.Id], document, token).ConfigureAwait(false)).ConfigureAwait(false);
        }
        while (page.Count == PageDocuments);

        await _ledger.EndWalkAsync(walk, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Which of a page's documents the other database does not hold as they are.</summary>
    private async Task<List<PendingDocument>> PendingAsync(Walk walk, Dictionary<DocumentId, LedgerDocument> page, CancellationToken cancellationToken)
    {
        var all = await _ledger.ListPendingAsync(walk, new SlotRange(0, DocumentId.SlotCount), new HashSet<DocumentId>(), int.MaxValue, cancellationToken).ConfigureAwait(false);
        return [.. all.Where(document => page.ContainsKey(document.Id))];
    }

    private async Task CopyAsync(Walk walk, LedgerDocument document, PendingDocument pending, CancellationToken cancellationToken)
    {
        var (id, generation) = (pending.Id, pending.Generation + 1);
        await _ledger.BeginAsync(walk, [(id, generation)], cancellationToken).ConfigureAwait(false);
        var (copied, whole) = (0L, true);
        ChunkId? after = null;
        IReadOnlyList<ChunkId> page;
        do
        {
            page = await _known.ListChunksAsync(_from.Name, id, after, PageChunks, cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
            {
                break;
            }

            after = page[^1];
            var stored = await CopyPageAsync(id, page, cancellationToken).ConfigureAwait(false);
            await _ledger.RecordChunksAsync(walk, [new StoredChunks(id, generation, stored)], cancellationToken).ConfigureAwait(false);
            copied += stored.Count;
            whole &= stored.Count == page.Count;
        }
        while (page.Count == PageChunks);

        await RemoveStaleAsync(id, generation, cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref _chunks, copied);
        if (!whole)
        {
            Interlocked.Increment(ref _left); // It stays to be processed: the next ingestion embeds what is not here.
            return;
        }

        var outcome = new DocumentOutcome(id, generation, DocumentState.Indexed) { ContentHash = document.ContentHash, ChunkCount = copied, Listed = document.Listed };
        await _ledger.CompleteAsync(walk, [outcome], cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref _documents);
    }

    private async Task<List<LedgerChunk>> CopyPageAsync(DocumentId document, IReadOnlyList<ChunkId> page, CancellationToken cancellationToken)
    {
        var records = await _from.ReadRecordsAsync(page, cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref _missing, page.Count - records.Count);
        var refused = (await _writer.WriteAsync(records, cancellationToken).ConfigureAwait(false)).Select(static failure => failure.Chunk.Id).ToHashSet();
        Interlocked.Add(ref _refused, refused.Count);
        var places = (await _known.FindChunksAsync(_from.Name, document, page, cancellationToken).ConfigureAwait(false)).ToDictionary(static chunk => chunk.Id);
        return [.. records.Where(record => !refused.Contains(record.Chunk.Id)).Select(record => places[record.Chunk.Id])];
    }

    private async Task RemoveStaleAsync(DocumentId document, long generation, CancellationToken cancellationToken)
    {
        while (await _ledger.ListStaleChunksAsync(_to.Name, document, generation, PageChunks, cancellationToken).ConfigureAwait(false) is { Count: > 0 } stale)
        {
            await _writer.RunAsync((sink, token) => sink.DeleteAsync(stale, token), cancellationToken).ConfigureAwait(false);
            await _ledger.RemoveChunksAsync(_to.Name, document, generation, stale, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The narrowest scope that holds a document: scopes may lie within each other. What lies in none counts to the first.</summary>
    private static SourceScope ScopeOf(string uri, SourceScope[] scopes) => SourceScope.Narrowest(scopes, uri) ?? scopes[0];
}

/// <summary>What a copy did.</summary>
/// <param name="Documents">Documents copied.</param>
/// <param name="Unchanged">Documents that the other database held already, as they are.</param>
/// <param name="Left">Documents left to the next ingestion: skipped, dead or waiting ones, and those with chunks that could not be copied.</param>
/// <param name="Chunks">Chunks copied.</param>
/// <param name="Refused">Chunks that the other database refused.</param>
/// <param name="Missing">Chunks that the ledger knows and the first database does not hold.</param>
public sealed record CopyReport(long Documents, long Unchanged, long Left, long Chunks, long Refused, long Missing);
