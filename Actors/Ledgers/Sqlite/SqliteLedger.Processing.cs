using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

internal sealed partial class SqliteLedger
{
    public Task<IReadOnlySet<DocumentId>> BeginAsync(Walk walk, IReadOnlyList<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(documents);
        return WriteAsync<IReadOnlySet<DocumentId>>(
            session =>
            {
                // The content's hash goes: from here on the sink may hold parts of another content. A generation has one owner: the same one is not given twice.
                var sink = FindSink(session, walk.Spec.Sink);
                var refused = new HashSet<DocumentId>();
                foreach (var (document, generation) in documents)
                {
                    var begun = session.Prepare(
                        """
                        UPDATE ledger_documents
                           SET state = 1, unconfirmed = max(unconfirmed, dirty), doubts = doubts + dirty, dirty = 1, problem = 0, unchanged = 0, content_hash = NULL,
                               attempts = attempts + 1, generation = ?1
                         WHERE sink = ?2 AND id = ?3 AND generation < ?1 AND seen = ?4
                        """)
                        .Bind(generation).Bind(sink).Bind(document.Value).Bind(walk.Id).Run();
                    if (begun == 0)
                    {
                        refused.Add(document);
                    }
                }

                return refused;
            },
            documents.Count,
            cancellationToken);
    }

    public Task<IReadOnlyList<LedgerChunk>> FindChunksAsync(string sink, DocumentId document, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(chunks);
        return ReadAsync<IReadOnlyList<LedgerChunk>>(
            session =>
            {
                var found = new List<LedgerChunk>();
                var number = FindDocument(session, FindSink(session, sink), document);
                using var find = session.Prepare("SELECT place FROM ledger_chunks WHERE document = ? AND id = ?");
                foreach (var chunk in chunks)
                {
                    if (find.Bind(number).Bind(chunk.Value).Step())
                    {
                        found.Add(new LedgerChunk(chunk, find.Int64(0)));
                    }

                    find.Reset();
                }

                return found;
            },
            [],
            cancellationToken);
    }

    public Task<bool> HasChunksSinceAsync(string sink, DocumentId document, long generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync(
            session =>
            {
                using var find = session.Prepare("SELECT 1 FROM ledger_chunks WHERE document = ? AND generation >= ? LIMIT 1");
                return find.Bind(FindDocument(session, FindSink(session, sink), document)).Bind(generation).Step();
            },
            false,
            cancellationToken);
    }

    public Task<DocumentId?> FindTwinAsync(Walk walk, string contentHash, DocumentId except, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentException.ThrowIfNullOrEmpty(contentHash);
        return ReadAsync<DocumentId?>(
            session =>
            {
                using var find = session.Prepare(
                    """
                    SELECT id FROM ledger_documents
                     WHERE sink = ? AND content_hash = ? AND configuration = ? AND state = 2 AND id <> ?
                     ORDER BY num LIMIT 1
                    """);
                find.Bind(FindSink(session, walk.Spec.Sink)).Bind(contentHash).Bind(FindConfiguration(session, walk.Spec.Configuration)).Bind(except.Value);
                return find.Step() ? new DocumentId(find.Guid(0)) : null;
            },
            null,
            cancellationToken);
    }

    public Task<IReadOnlySet<DocumentId>> RecordChunksAsync(Walk walk, IReadOnlyList<StoredChunks> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(batch);
        return WriteAsync<IReadOnlySet<DocumentId>>(
            session =>
            {
                var sink = FindSink(session, walk.Spec.Sink);
                var refused = new HashSet<DocumentId>();
                foreach (var stored in batch)
                {
                    if (!RecordChunks(session, sink, stored))
                    {
                        refused.Add(stored.Document);
                    }
                }

                return refused;
            },
            batch.Sum(static stored => stored.Chunks.Count),
            cancellationToken);
    }

    public Task<IReadOnlyDictionary<DocumentId, CompletionRefusal>> CompleteAsync(Walk walk, IReadOnlyList<DocumentOutcome> outcomes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(outcomes);
        foreach (var outcome in outcomes)
        {
            if (outcome.State < DocumentState.Indexed)
            {
                throw new ArgumentException($"{outcome.State} is not how a document ends.", nameof(outcomes));
            }
        }

        return WriteAsync<IReadOnlyDictionary<DocumentId, CompletionRefusal>>(
            session =>
            {
                var sink = FindSink(session, walk.Spec.Sink);
                var configuration = AddConfiguration(session, walk.Spec.Configuration);
                var refused = new Dictionary<DocumentId, CompletionRefusal>();
                foreach (var outcome in outcomes)
                {
                    if (Complete(session, walk.Id, sink, configuration, outcome) is { } refusal)
                    {
                        refused[outcome.Document] = refusal;
                    }
                }

                return refused;
            },
            outcomes.Sum(static outcome => 8 + (outcome.DeadLetters.Count * 8)),
            cancellationToken);
    }

    /// <summary>Records chunks in the generation that their document is in.</summary>
    /// <returns>False when it is in another one, or gone.</returns>
    private static bool RecordChunks(SqliteSession session, long sink, StoredChunks stored)
    {
        long document, generation;
        using (var find = session.Prepare("SELECT num, generation FROM ledger_documents WHERE sink = ? AND id = ?"))
        {
            if (!find.Bind(sink).Bind(stored.Document.Value).Step())
            {
                return false; // Removed meanwhile: verify finds what the sink still holds of it.
            }

            (document, generation) = (find.Int64(0), find.Int64(1));
        }

        if (generation != stored.Generation)
        {
            Doubt(session, document); // The sink holds what is not recorded.
            return false;
        }

        using var record = session.Prepare(
            """
            INSERT INTO ledger_chunks(document, id, generation, place) VALUES (?, ?, ?, ?)
            ON CONFLICT(document, id) DO UPDATE SET generation = max(generation, excluded.generation), place = excluded.place
            """);
        foreach (var chunk in stored.Chunks)
        {
            record.Bind(document).Bind(chunk.Id.Value).Bind(stored.Generation).Bind(chunk.PlaceHash).Run();
        }

        return true;
    }

    private static void Doubt(SqliteSession session, long document) =>
        session.Prepare($"UPDATE ledger_documents SET {SetDoubted} WHERE num = ?").Bind(document).Run();

    /// <summary>Whether as many chunks of a document are recorded in its generation as it has.</summary>
    private static bool IsWhole(SqliteSession session, long document, DocumentOutcome outcome)
    {
        using var count = session.Prepare("SELECT count(*), count(*) FILTER (WHERE generation = ?2) FROM ledger_chunks WHERE document = ?1");
        count.Bind(document).Bind(outcome.Generation).Step();
        if (count.Int64(0) > count.Int64(1))
        {
            Doubt(session, document); // They were forgotten once: the ledger's memory went back.
        }

        return count.Int64(1) == outcome.ChunkCount;
    }

    private CompletionRefusal? Complete(SqliteSession session, long walk, long sink, long configuration, DocumentOutcome outcome)
    {
        long document;
        using (var find = session.Prepare("SELECT num, generation, seen FROM ledger_documents WHERE sink = ? AND id = ?"))
        {
            if (!find.Bind(sink).Bind(outcome.Document.Value).Step())
            {
                return CompletionRefusal.Superseded; // Removed meanwhile.
            }

            document = find.Int64(0);
            var begun = outcome.Begun && !outcome.Unchanged;
            if (find.Int64(2) != walk || (begun ? find.Int64(1) != outcome.Generation : find.Int64(1) >= outcome.Generation))
            {
                if (begun)
                {
                    Doubt(session, document);
                }

                return CompletionRefusal.Superseded;
            }
        }

        if (outcome.IsCounted && !IsWhole(session, document, outcome))
        {
            session.Prepare($"UPDATE ledger_documents SET state = 0, {SetDoubted}, content_hash = NULL WHERE num = ?").Bind(document).Run();
            return CompletionRefusal.Incomplete;
        }

        var indexed = outcome.State == DocumentState.Indexed;
        session.Prepare(
            """
            UPDATE ledger_documents
               SET state = ?1, dirty = 0, attempts = 0, unconfirmed = max(unconfirmed, ?12), doubts = doubts + ?12, problem = 0, unchanged = ?2, generation = CASE WHEN ?2 THEN generation ELSE ?3 END, settled = ?4, configuration = ?5, reason = ?6, message = ?7,
                   content_hash = CASE WHEN ?1 = 2 THEN coalesce(?8, CASE WHEN ?2 THEN content_hash END) WHEN ?11 AND configuration = ?5 THEN content_hash END,
                   chunks = CASE WHEN ?2 THEN max(chunks, ?9) WHEN ?11 THEN chunks ELSE ?9 END
             WHERE num = ?10
            """)
            .Bind((long)outcome.State).Bind(indexed && outcome.Unchanged ? 1 : 0).Bind(outcome.Generation).Bind(walk).Bind(configuration)
            .Bind(indexed ? null : outcome.Rejection?.Reason ?? Reasons.ParserFailed).Bind(indexed ? null : outcome.Rejection?.Message ?? "no reason was given")
            .Bind(outcome.ContentHash).Bind(outcome.ChunkCount).Bind(document).Bind(outcome.KeepsEarlier && !indexed ? 1 : 0).Bind(outcome.Doubtful ? 1 : 0).Run();
        if (outcome.Listed is { } listed)
        {
            session.Prepare("UPDATE ledger_documents SET length = ?, modified = ?, version = ?, media_type = ? WHERE num = ?")
                .Bind(listed.Length).Bind(listed.Modified?.UtcTicks).Bind(listed.Version).Bind(listed.MediaType).Bind(document).Run();
        }

        // Of an unchanged one too: a letter that its listing, or an opening that failed, left is answered by its content.
        DeleteLetters(session, document);
        foreach (var letter in outcome.DeadLetters)
        {
            AddLetter(session, sink, document, letter);
        }

        if (outcome is { State: DocumentState.Dead, DeadLetters.Count: 0 })
        {
            AddLetter(session, sink, document, outcome.Rejection ?? Rejection.Dead(Reasons.ParserFailed, "no reason was given"));
        }

        return null;
    }
}
