using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Streams.Ledger;

/// <summary>
/// What has been done: documents, chunks, dead letters of one sink. Every call is one transaction; when it returns, it survives a crash. Safe for concurrent
/// use, with one writer per document (its partition).
/// </summary>
/// <remarks>
/// An owner may stand still (a stopped process, a paused machine) while another takes over, and go on. So every write carries what it was decided under, and the statement
/// itself refuses it when the ledger is further: a document's writes carry its generation and its walk, a walk's writes carry the walk's epoch. Where a refused owner may
/// have changed the sink already, the document is marked as unconfirmed, and is compared with the sink at the end of a walk.
/// <para/>
/// The order that keeps the sink whole: <see cref="BeginAsync"/> raises the generation; chunks go into the sink, then into <see cref="RecordChunksAsync"/>;
/// chunks of older generations leave the sink, then the ledger (<see cref="RemoveChunksAsync"/>); last comes <see cref="CompleteAsync"/>. A document that goes as a
/// whole is begun too; then its chunks leave the ledger, then the sink, and last comes <see cref="RemoveDocumentsAsync"/>.
/// </remarks>
public interface ILedger : IAsyncDisposable
{
    /// <summary>What keeps its calls waiting, in words, while they wait for a server that does not answer; null otherwise.</summary>
    string? Trouble => null;

    /// <summary>
    /// Rises when the database turns out to be another one than before: a standby that took the place of its server, or a copy from a backup. It may lack what was committed
    /// last, so whoever remembers anything of the ledger reads it again.
    /// </summary>
    long History => 0;

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

    /// <summary>Begins a walk, or takes up an unfinished one. Either way in a new epoch: whoever held the walk, or an older one over the same documents, is refused from here on.</summary>
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
    /// <exception cref="Failures.SupersededException">Another one has taken the walk over.</exception>
    Task NoteRootAsync(Walk walk, string root, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a page of the listing, with its cursor, in one transaction. New documents, documents whose length, modification or version differ, and documents of
    /// another configuration become pending, and so do documents that could not be read for a reason of the surroundings (<see cref="Failures.Reasons.AreOfContent"/>), whatever
    /// their listing says; interrupted ones stay to be processed; documents with a <see cref="ListedDocument.Problem"/> are settled at once.
    /// A document listed twice in one walk counts once; one that a later walk has seen is left to that. Nothing is taken where the ledger stands at another cursor than the one that
    /// the page follows: a commit that was taken back would leave a hole in the listing, and what stood in it would look removed. The same page again is taken again.
    /// </summary>
    /// <param name="walk">The walk, with the cursor that the page follows: <see cref="Walk.Cursor"/> is null for the first page.</param>
    /// <param name="page">The page.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>How many documents of the page are now pending.</returns>
    /// <exception cref="Failures.SupersededException">Another one has taken the walk over.</exception>
    /// <exception cref="Failures.ListingLostException">The ledger stands elsewhere; it says where.</exception>
    Task<int> AddListingAsync(Walk walk, ListingPage page, CancellationToken cancellationToken);

    /// <summary>Reads documents of a walk that wait to be processed, in a stable order.</summary>
    /// <param name="walk">The walk.</param>
    /// <param name="slots">Only those in these slots.</param>
    /// <param name="exclude">Documents the caller already has in hand.</param>
    /// <param name="limit">Most documents to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Pending and interrupted documents.</returns>
    Task<IReadOnlyList<PendingDocument>> ListPendingAsync(Walk walk, SlotRange slots, IReadOnlySet<DocumentId> exclude, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Marks documents as being processed, each in a new generation, and counts the attempt in the same statement. Who begins a generation owns it: nobody else gets the same one. A document that is found with
    /// <see cref="PendingDocument.Attempts"/> was under way when a process stopped. <see cref="CompleteAsync"/> sets the count back.
    /// </summary>
    /// <param name="walk">The walk.</param>
    /// <param name="documents">Document and new generation, one more than the last.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Documents that were refused: they are in that generation or a newer one already, belong to another walk by now, or are gone. Read them again from the ledger.</returns>
    Task<IReadOnlySet<DocumentId>> BeginAsync(Walk walk, IReadOnlyList<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken);

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
    /// <param name="batch">The chunks, each batch in the generation that its document is in.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Documents that were refused: they are in another generation, or gone. Those that are there are unconfirmed now, since the sink holds what was not recorded.</returns>
    Task<IReadOnlySet<DocumentId>> RecordChunksAsync(Walk walk, IReadOnlyList<StoredChunks> batch, CancellationToken cancellationToken);

    /// <summary>Lists chunks of older generations of a document; none when the document is in a newer generation itself.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="document">The document.</param>
    /// <param name="olderThan">The generation that stays.</param>
    /// <param name="limit">Most chunks to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Chunks to delete from the sink, then with <see cref="RemoveChunksAsync"/>.</returns>
    Task<IReadOnlyList<ChunkId>> ListStaleChunksAsync(string sink, DocumentId document, long olderThan, int limit, CancellationToken cancellationToken);

    /// <summary>Whether any chunk of a document is recorded in this generation or a newer one.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="document">The document.</param>
    /// <param name="generation">The generation.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Whether there is one.</returns>
    Task<bool> HasChunksSinceAsync(string sink, DocumentId document, long generation, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets chunks that are no longer in the sink. Those that a newer generation has recorded stay, and a document that is in another generation is unconfirmed now: the sink
    /// may have lost what the other owner keeps.
    /// </summary>
    /// <param name="sink">The sink.</param>
    /// <param name="document">Their document.</param>
    /// <param name="generation">The document's generation that this was decided under.</param>
    /// <param name="chunks">The chunks.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Whether the document is in that generation.</returns>
    Task<bool> RemoveChunksAsync(string sink, DocumentId document, long generation, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken);

    /// <summary>
    /// Settles documents. One that is in the sink must have as many chunks recorded in its generation as it has; where it has not (the database's memory went back), it is pending
    /// again, and unconfirmed.
    /// </summary>
    /// <param name="walk">The walk.</param>
    /// <param name="outcomes">How they ended.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Documents that were not settled, with the reason; nothing in the usual case.</returns>
    Task<IReadOnlyDictionary<DocumentId, CompletionRefusal>> CompleteAsync(Walk walk, IReadOnlyList<DocumentOutcome> outcomes, CancellationToken cancellationToken);

    /// <summary>
    /// Documents of which the sink may hold chunks that the ledger does not know, or lack some that it does: their processing was interrupted and begun anew since they were last
    /// confirmed, or a stale owner was refused. Settled ones only, and none that another unfinished walk covers: its owner may be processing them at any moment.
    /// </summary>
    /// <param name="walk">The walk that is to end.</param>
    /// <param name="limit">Most documents to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Documents to compare with the sink, then to pass to <see cref="ConfirmAsync"/>.</returns>
    Task<IReadOnlyList<LedgerDocument>> ListUnconfirmedAsync(Walk walk, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Marks documents as unconfirmed. To be asked right before something is deleted from the sink on the word of a comparison, and only for those that are settled in the
    /// generation that was compared: whoever begins one of them after this answer compares it in turn, so that nothing which it stores can be lost by the deletion unnoticed.
    /// </summary>
    /// <param name="sink">The sink.</param>
    /// <param name="documents">Document and generation that was compared.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Those that are settled in that generation, with the number of this doubt; leave the others alone.</returns>
    Task<IReadOnlyDictionary<DocumentId, long>> DoubtAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken);

    /// <summary>
    /// Marks every document as unconfirmed that the walk has processed or has yet to process. To be called when the ledger's own memory went back, after a failover say: the sink was
    /// told what the ledger does not know any more.
    /// </summary>
    /// <param name="walk">The walk.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>How many are unconfirmed by it.</returns>
    Task<long> DoubtWalkAsync(Walk walk, CancellationToken cancellationToken);

    /// <summary>
    /// The sink holds just what the ledger says of these documents. Those that are not settled in that generation any more stay unconfirmed, and so do those that were doubted again since
    /// the comparison began: it may have looked too early.
    /// </summary>
    /// <param name="sink">The sink.</param>
    /// <param name="documents">Document and generation that was compared, and <see cref="LedgerDocument.Doubt"/> as it was read before.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    Task ConfirmAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation, long Doubt)> documents, CancellationToken cancellationToken);

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

    /// <summary>
    /// Begins to remove documents that a walk did not find: each is marked as in progress in the generation after the given one, and its content's hash is cleared, so that it is
    /// read whole should it come back. Left alone are those that are in another generation, or that this walk or a later one has seen; all of them are where the ledger does not have
    /// the whole listing of the walk, each page of it complete.
    /// </summary>
    /// <param name="walk">A walk whose listing is complete.</param>
    /// <param name="documents">Document and generation, as <see cref="ListRemovedAsync"/> gave them.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Those that were begun: to delete from the sink.</returns>
    /// <exception cref="Failures.SupersededException">Another one has taken the walk over.</exception>
    Task<IReadOnlySet<DocumentId>> WithdrawAsync(Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets documents that are gone from the sink, with their chunks and dead letters, and keeps a note of each (<see cref="ListRemovalsAsync"/>). One that is in a newer generation, or that a later walk has seen meanwhile, stays and is
    /// unconfirmed: what its owner stored may have been deleted.
    /// </summary>
    /// <param name="walk">The walk that did not find them.</param>
    /// <param name="documents">Document and the generation that <see cref="WithdrawAsync"/> gave it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    /// <exception cref="Failures.SupersededException">Another one has taken the walk over.</exception>
    Task RemoveDocumentsAsync(Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken);

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
    /// <exception cref="Failures.SupersededException">Another one has taken the walk over.</exception>
    /// <exception cref="Failures.ListingLostException">The ledger has not the end of its listing.</exception>
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

    /// <summary>The epoch of the last walk of a sink that began or was taken up: what <see cref="ForgetSinkAsync"/> is decided under.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The epoch; 0 where there was none.</returns>
    Task<long> GetEpochAsync(string sink, CancellationToken cancellationToken);

    /// <summary>Forgets every document and chunk of a sink, because its collection is dropped or gone. Unfinished walks of it are superseded.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="epoch">What <see cref="GetEpochAsync"/> said before the sink was asked.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False when a walk has begun or was taken up since then: nothing is forgotten.</returns>
    Task<bool> ForgetSinkAsync(string sink, long epoch, CancellationToken cancellationToken);

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

    /// <summary>Finds documents by their ids.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="documents">The documents; at most a few thousand.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Those that are there, in no order.</returns>
    Task<IReadOnlyList<LedgerDocument>> FindDocumentsAsync(string sink, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken);

    /// <summary>
    /// Makes settled documents pending, whatever their content, because the sink lost chunks of them. In the generation after the one that was compared: what was decided about
    /// them before is void.
    /// </summary>
    /// <param name="sink">The sink.</param>
    /// <param name="documents">Document and generation that was compared. Those that are not settled in it any more are left alone.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Those that are pending now, in the next generation.</returns>
    Task<IReadOnlySet<DocumentId>> RequeueAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken);

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
