using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Streams.Ledger;

/// <summary>
/// What has been done: documents, chunks, dead letters of one sink. Every call is one transaction; when it returns, it survives a crash. Safe for concurrent
/// use, with one writer per document (its partition).
/// </summary>
/// <remarks>
/// The order that keeps the sink whole: <see cref="BeginAsync"/> raises the generation; chunks go into the sink, then into <see cref="RecordChunksAsync"/>;
/// chunks of older generations leave the sink, then the ledger (<see cref="RemoveChunksAsync"/>); last comes <see cref="CompleteAsync"/>. A document that goes as a
/// whole is begun too; then its chunks leave the ledger, then the sink, and last comes <see cref="RemoveDocumentsAsync"/>.
/// </remarks>
public interface ILedger : IAsyncDisposable
{
    /// <summary>What keeps its calls waiting, in words, while they wait for a server that does not answer; null otherwise.</summary>
    string? Trouble => null;

    /// <summary>Creates or migrates the schema.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is ready.</returns>
    /// <exception cref="Failures.StorageException">It cannot be written, or was made by a newer Sluice.</exception>
    Task InitializeAsync(CancellationToken cancellationToken);

    /// <summary>Becomes the one run that writes. Released by disposal, and by the death of the process.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The lease.</returns>
    /// <exception cref="Failures.LedgerHeldException">Another run holds it; the message says which.</exception>
    Task<IAsyncDisposable> AcquireAsync(LeaseRequest request, CancellationToken cancellationToken);

    /// <summary>Takes the ledger for a cluster, as one of its nodes: any number of nodes of the same cluster hold it together, nobody else beside them.</summary>
    /// <param name="request">Who asks.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The node's part of the lease; null for a ledger that no second cluster can reach.</returns>
    /// <exception cref="Failures.LedgerHeldException">Another cluster or a run of one machine holds it; the message names it.</exception>
    Task<IClusterLease?> JoinAsync(ClusterLeaseRequest request, CancellationToken cancellationToken) => Task.FromResult<IClusterLease?>(null);

    /// <summary>Begins a walk, or takes up an unfinished one.</summary>
    /// <param name="spec">What is walked.</param>
    /// <param name="resume">Whether to go on with the last walk of this spec where its listing stopped, if it did not end.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The walk.</returns>
    Task<Walk> BeginWalkAsync(WalkSpec spec, bool resume, CancellationToken cancellationToken);

    /// <summary>Notes what the source's root looked like when a walk began, for whoever reads its documents on another machine. The first note stays.</summary>
    /// <param name="walk">The walk.</param>
    /// <param name="root">What <see cref="IDocumentSource.CheckRootAsync"/> told.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task NoteRootAsync(Walk walk, string root, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a page of the listing, with its cursor, in one transaction. New documents, documents whose length, modification or version differ, and documents of
    /// another configuration become pending, and so do documents that could not be read for a reason of the surroundings (<see cref="Failures.Reasons.AreOfContent"/>), whatever
    /// their listing says; interrupted ones stay to be processed; documents with a <see cref="ListedDocument.Problem"/> are settled at once.
    /// A document listed twice in one walk counts once.
    /// </summary>
    /// <param name="walk">The walk.</param>
    /// <param name="page">The page.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>How many documents of the page are now pending.</returns>
    Task<int> AddListingAsync(Walk walk, ListingPage page, CancellationToken cancellationToken);

    /// <summary>Reads documents of a walk that wait to be processed, in a stable order.</summary>
    /// <param name="walk">The walk.</param>
    /// <param name="slots">Only those in these slots.</param>
    /// <param name="exclude">Documents the caller already has in hand.</param>
    /// <param name="limit">Most documents to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Pending and interrupted documents.</returns>
    Task<IReadOnlyList<PendingDocument>> ListPendingAsync(Walk walk, SlotRange slots, IReadOnlySet<DocumentId> exclude, int limit, CancellationToken cancellationToken);

    /// <summary>Marks documents as being processed, each in a new generation.</summary>
    /// <param name="walk">The walk.</param>
    /// <param name="documents">Document and new generation, one more than the last.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task BeginAsync(Walk walk, IReadOnlyList<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken);

    /// <summary>Which of these chunks the sink holds already.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="document">Their document.</param>
    /// <param name="chunks">The chunks.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Those recorded as stored.</returns>
    Task<IReadOnlyList<LedgerChunk>> FindChunksAsync(string sink, DocumentId document, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken);

    /// <summary>Finds an indexed document of the same content under the same configuration, whose vectors can be reused.</summary>
    /// <param name="walk">The walk.</param>
    /// <param name="contentHash">The content's hash.</param>
    /// <param name="except">The document that asks.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Such a document, or null.</returns>
    Task<DocumentId?> FindTwinAsync(Walk walk, string contentHash, DocumentId except, CancellationToken cancellationToken);

    /// <summary>Records chunks that the sink has committed, or that it held already and that belong to the new generation too.</summary>
    /// <param name="walk">The walk.</param>
    /// <param name="batch">The chunks.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task RecordChunksAsync(Walk walk, IReadOnlyList<StoredChunks> batch, CancellationToken cancellationToken);

    /// <summary>Lists chunks of older generations of a document.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="document">The document.</param>
    /// <param name="olderThan">The generation that stays.</param>
    /// <param name="limit">Most chunks to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Chunks to delete from the sink, then with <see cref="RemoveChunksAsync"/>.</returns>
    Task<IReadOnlyList<ChunkId>> ListStaleChunksAsync(string sink, DocumentId document, long olderThan, int limit, CancellationToken cancellationToken);

    /// <summary>Forgets chunks that are no longer in the sink.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="document">Their document.</param>
    /// <param name="chunks">The chunks.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task RemoveChunksAsync(string sink, DocumentId document, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken);

    /// <summary>Settles documents. An outcome of an older generation than the ledger's is ignored.</summary>
    /// <param name="walk">The walk.</param>
    /// <param name="outcomes">How they ended.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task CompleteAsync(Walk walk, IReadOnlyList<DocumentOutcome> outcomes, CancellationToken cancellationToken);

    /// <summary>
    /// Documents whose processing was interrupted and begun anew since they were last confirmed: the sink may hold chunks of them that the ledger does not know,
    /// or, where two owners overlapped for a moment, lack some that it does.
    /// </summary>
    /// <param name="sink">The sink.</param>
    /// <param name="limit">Most documents to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Settled documents to compare with the sink, then to pass to <see cref="ConfirmAsync"/>.</returns>
    Task<IReadOnlyList<LedgerDocument>> ListUnconfirmedAsync(string sink, int limit, CancellationToken cancellationToken);

    /// <summary>The sink holds just what the ledger says of these documents, or they are pending again.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="documents">The documents.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task ConfirmAsync(string sink, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken);

    /// <summary>Documents within the walk's scope that its listing did not contain.</summary>
    /// <param name="walk">A walk whose listing is complete.</param>
    /// <param name="limit">Most documents to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Documents to begin, to delete from the sink, then to pass to <see cref="RemoveDocumentsAsync"/>.</returns>
    Task<IReadOnlyList<LedgerDocument>> ListRemovedAsync(Walk walk, int limit, CancellationToken cancellationToken);

    /// <summary>What removing the documents of <see cref="ListRemovedAsync"/> would take away.</summary>
    /// <param name="walk">A walk whose listing is complete.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The counts.</returns>
    Task<RemovalForecast> CountRemovedAsync(Walk walk, CancellationToken cancellationToken);

    /// <summary>Forgets documents with their chunks and dead letters, and keeps a note of each (<see cref="ListRemovalsAsync"/>).</summary>
    /// <param name="walk">The walk that did not find them; they are gone from its sink.</param>
    /// <param name="documents">The documents.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task RemoveDocumentsAsync(Walk walk, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken);

    /// <summary>Lists what was removed lately, latest first. The notes are bounded: at least the last 10,000 of a sink are kept.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="limit">Most to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The notes.</returns>
    Task<IReadOnlyList<Removal>> ListRemovalsAsync(string sink, int limit, CancellationToken cancellationToken);

    /// <summary>Ends a walk.</summary>
    /// <param name="walk">The walk.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task EndWalkAsync(Walk walk, CancellationToken cancellationToken);

    /// <summary>The accounting of a walk, as it stands.</summary>
    /// <param name="walk">The walk.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The counts.</returns>
    Task<Accounting> AccountAsync(Walk walk, CancellationToken cancellationToken);

    /// <summary>What the ledger holds for a sink, by source.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>One entry a source that was walked.</returns>
    Task<IReadOnlyList<ScopeSummary>> SummarizeAsync(string sink, CancellationToken cancellationToken);

    /// <summary>Counts documents within a scope that were indexed under another configuration: what a run under the new one embeds again.</summary>
    /// <param name="spec">The scope, sink and new configuration.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The count.</returns>
    Task<long> CountOutdatedAsync(WalkSpec spec, CancellationToken cancellationToken);

    /// <summary>Forgets every document and chunk of a sink, because its collection is dropped.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task ForgetSinkAsync(string sink, CancellationToken cancellationToken);

    /// <summary>Lists documents in pages, by id.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="after">Last id of the page before; null for the first page.</param>
    /// <param name="limit">Most documents to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The page.</returns>
    Task<IReadOnlyList<LedgerDocument>> ListDocumentsAsync(string sink, DocumentId? after, int limit, CancellationToken cancellationToken);

    /// <summary>Lists a document's recorded chunks in pages, by id.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="document">The document.</param>
    /// <param name="after">Last id of the page before; null for the first page.</param>
    /// <param name="limit">Most chunks to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The page.</returns>
    Task<IReadOnlyList<ChunkId>> ListChunksAsync(string sink, DocumentId document, ChunkId? after, int limit, CancellationToken cancellationToken);

    /// <summary>Makes documents pending for the next run, whatever their content: chunks the ledger lists but the sink lost are forgotten first.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="documents">The documents.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task RequeueAsync(string sink, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken);

    /// <summary>Lists dead letters, oldest first.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="after">Number of the last one of the page before; 0 for the first page.</param>
    /// <param name="limit">Most to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The page.</returns>
    Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(string sink, long after, int limit, CancellationToken cancellationToken);

    /// <summary>Makes the documents of dead letters pending for the next run over them.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="letters">Numbers of the letters; null for all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The documents that are pending now.</returns>
    Task<IReadOnlyList<LedgerDocument>> ReplayAsync(string sink, IReadOnlyCollection<long>? letters, CancellationToken cancellationToken);

    /// <summary>
    /// Drops dead letters: their documents count as skipped (<see cref="Failures.Reasons.Dropped"/>) until they change. The earlier text of a document that was dropped as a whole
    /// is forgotten, and marked to be compared with the sink: the end of the next walk takes it out there.
    /// </summary>
    /// <param name="sink">The sink.</param>
    /// <param name="letters">Numbers of the letters; null for all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>How many were dropped.</returns>
    Task<int> DropAsync(string sink, IReadOnlyCollection<long>? letters, CancellationToken cancellationToken);
}
