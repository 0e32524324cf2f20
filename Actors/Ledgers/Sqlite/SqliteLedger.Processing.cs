using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

internal sealed partial class SqliteLedger
{
    public Task BeginAsync(Walk walk, IReadOnlyList<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(documents);
        return WriteAsync(
            session =>
            {
                // The content's hash goes: from here on the sink may hold parts of another content.
                var sink = FindSink(session, walk.Spec.Sink);
                foreach (var (document, generation) in documents)
                {
                    session.Prepare(
                        """
                        UPDATE ledger_documents
                           SET state = 1, unconfirmed = max(unconfirmed, dirty), dirty = 1, problem = 0, unchanged = 0, content_hash = NULL, generation = ?1
                         WHERE sink = ?2 AND id = ?3 AND generation <= ?1
                        """)
                        .Bind(generation).Bind(sink).Bind(document.Value).Run();
                }
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

    public Task RecordChunksAsync(Walk walk, IReadOnlyList<StoredChunks> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(batch);
        return WriteAsync(
            session =>
            {
                var sink = FindSink(session, walk.Spec.Sink);
                foreach (var stored in batch)
                {
                    RecordChunks(session, FindDocument(session, sink, stored.Document), stored);
                }
            },
            batch.Sum(static stored => stored.Chunks.Count),
            cancellationToken);
    }

    public Task CompleteAsync(Walk walk, IReadOnlyList<DocumentOutcome> outcomes, CancellationToken cancellationToken)
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

        return WriteAsync(
            session =>
            {
                var sink = FindSink(session, walk.Spec.Sink);
                var configuration = AddConfiguration(session, walk.Spec.Configuration);
                foreach (var outcome in outcomes)
                {
                    Complete(session, walk.Id, sink, configuration, outcome);
                }
            },
            outcomes.Sum(static outcome => 8 + (outcome.DeadLetters.Count * 8)),
            cancellationToken);
    }

    private static void RecordChunks(SqliteSession session, long document, StoredChunks stored)
    {
        if (document == 0)
        {
            return; // Removed meanwhile: verify finds what the sink still holds of it.
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
    }

    private void Complete(SqliteSession session, long walk, long sink, long configuration, DocumentOutcome outcome)
    {
        long document;
        using (var find = session.Prepare("SELECT num, generation FROM ledger_documents WHERE sink = ? AND id = ?"))
        {
            if (!find.Bind(sink).Bind(outcome.Document.Value).Step() || find.Int64(1) > outcome.Generation)
            {
                return; // Removed, or begun anew meanwhile.
            }

            document = find.Int64(0);
        }

        var indexed = outcome.State == DocumentState.Indexed;
        session.Prepare(
            """
            UPDATE ledger_documents
               SET state = ?1, dirty = 0, problem = 0, unchanged = ?2, generation = CASE WHEN ?2 THEN generation ELSE ?3 END, settled = ?4, configuration = ?5, reason = ?6, message = ?7,
                   content_hash = CASE WHEN ?1 = 2 THEN coalesce(?8, CASE WHEN ?2 THEN content_hash END) WHEN ?11 AND configuration = ?5 THEN content_hash END,
                   chunks = CASE WHEN ?2 THEN max(chunks, ?9) WHEN ?11 THEN chunks ELSE ?9 END
             WHERE num = ?10
            """)
            .Bind((long)outcome.State).Bind(indexed && outcome.Unchanged ? 1 : 0).Bind(outcome.Generation).Bind(walk).Bind(configuration)
            .Bind(indexed ? null : outcome.Rejection?.Reason ?? Reasons.ParserFailed).Bind(indexed ? null : outcome.Rejection?.Message ?? "no reason was given")
            .Bind(outcome.ContentHash).Bind(outcome.ChunkCount).Bind(document).Bind(outcome.KeepsEarlier && !indexed ? 1 : 0).Run();
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
    }
}
