using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

internal sealed partial class SqliteLedger
{
    // Where the last page of a long list stopped: the next one begins there and comes round to the beginning. Only saves time; any value is right.
    private (DocumentId Document, ChunkId Chunk) _staleHint;
    private (long Walk, string Uri) _removedHint = (0, "");
    private readonly Lock _hintLock = new();

    public Task<IReadOnlyList<ChunkId>> ListStaleChunksAsync(string sink, DocumentId document, long olderThan, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync<IReadOnlyList<ChunkId>>(session => ListStaleChunks(session, sink, document, olderThan, limit), [], cancellationToken);
    }

    public Task RemoveChunksAsync(string sink, DocumentId document, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(chunks);
        return WriteAsync(
            session =>
            {
                var number = FindDocument(session, FindSink(session, sink), document);
                foreach (var chunk in chunks)
                {
                    session.Prepare("DELETE FROM ledger_chunks WHERE document = ? AND id = ?").Bind(number).Bind(chunk.Value).Run();
                }
            },
            chunks.Count,
            cancellationToken);
    }

    public Task<IReadOnlyList<LedgerDocument>> ListUnconfirmedAsync(string sink, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync<IReadOnlyList<LedgerDocument>>(
            session =>
            {
                var documents = new List<LedgerDocument>();
                using var rows = session.Prepare($"SELECT {DocumentColumns} FROM ledger_documents WHERE sink = ? AND unconfirmed = 1 AND state > 1 ORDER BY num LIMIT ?");
                rows.Bind(FindSink(session, sink)).Bind(limit);
                while (rows.Step())
                {
                    documents.Add(ReadDocument(rows));
                }

                return documents;
            },
            [],
            cancellationToken);
    }

    public Task ConfirmAsync(string sink, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(documents);
        return WriteAsync(
            session =>
            {
                var number = FindSink(session, sink);
                foreach (var document in documents)
                {
                    session.Prepare("UPDATE ledger_documents SET unconfirmed = 0 WHERE sink = ? AND id = ?").Bind(number).Bind(document.Value).Run();
                }
            },
            documents.Count,
            cancellationToken);
    }

    public Task<IReadOnlyList<LedgerDocument>> ListRemovedAsync(Walk walk, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return ReadAsync<IReadOnlyList<LedgerDocument>>(session => ListRemoved(session, walk, limit), [], cancellationToken);
    }

    public async Task ForgetSinkAsync(string sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);

        // Without its name the sink is forgotten at once; what it leaves is cleared page by page, and by the next run if this one is killed.
        await WriteAsync(session => session.Prepare("UPDATE ledger_sinks SET name = NULL WHERE name = ?").Bind(KeyOf(sink)).Run(), 1, cancellationToken).ConfigureAwait(false);
        await ClearForgottenAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ClearForgottenAsync(CancellationToken cancellationToken)
    {
        while (!await WriteAsync(ClearForgotten, 1, cancellationToken).ConfigureAwait(false))
        {
        }
    }

    /// <summary>Clears a page of what forgotten sinks left.</summary>
    /// <returns>Whether nothing is left.</returns>
    private bool ClearForgotten(SqliteSession session)
    {
        long sink;
        using (var find = session.Prepare("SELECT num FROM ledger_sinks WHERE name IS NULL LIMIT 1"))
        {
            if (!find.Step())
            {
                return true;
            }

            sink = find.Int64(0);
        }

        var left = DeletePage;
        while (left > 0)
        {
            long document;
            using (var next = session.Prepare("SELECT num FROM ledger_documents WHERE sink = ? LIMIT 1"))
            {
                if (!next.Bind(sink).Step())
                {
                    break;
                }

                document = next.Int64(0);
            }

            left -= RemoveDocument(session, document, left, note: null);
        }

        if (left > 0)
        {
            session.Prepare("DELETE FROM ledger_removals WHERE sink = ?").Bind(sink).Run();
            session.Prepare("DELETE FROM ledger_walks WHERE sink = ?").Bind(sink).Run();
            session.Prepare("DELETE FROM ledger_sinks WHERE num = ?").Bind(sink).Run();
        }

        return false;
    }

    private List<ChunkId> ListStaleChunks(SqliteSession session, string sink, DocumentId document, long olderThan, int limit)
    {
        var stale = new List<ChunkId>();
        var number = FindDocument(session, FindSink(session, sink), document);
        var hint = Guid.Empty;
        lock (_hintLock)
        {
            hint = _staleHint.Document == document ? _staleHint.Chunk.Value : Guid.Empty;
        }

        using var after = session.Prepare("SELECT id FROM ledger_chunks WHERE document = ? AND generation < ? AND id > ? ORDER BY id LIMIT ?");
        after.Bind(number).Bind(olderThan).Bind(hint).Bind(limit);
        using var before = session.Prepare("SELECT id FROM ledger_chunks WHERE document = ? AND generation < ? AND id <= ? ORDER BY id LIMIT ?");
        foreach (var part in (ReadOnlySpan<SqliteStatement>)[after, before])
        {
            while (part.Step())
            {
                stale.Add(new ChunkId(part.Guid(0)));
            }

            if (part == after)
            {
                before.Bind(number).Bind(olderThan).Bind(hint).Bind(limit - stale.Count);
            }
        }

        lock (_hintLock)
        {
            _staleHint = stale.Count < limit ? default : (document, stale[^1]);
        }

        return stale;
    }

    private List<LedgerDocument> ListRemoved(SqliteSession session, Walk walk, int limit)
    {
        var removed = new List<LedgerDocument>();
        using (var listed = session.Prepare("SELECT 1 FROM ledger_walks WHERE num = ? AND listed AND complete"))
        {
            if (!listed.Bind(walk.Id).Step())
            {
                return removed; // What the listing did not reach must not be taken for removed.
            }
        }

        var sink = FindSink(session, walk.Spec.Sink);
        var scope = LedgerScope.Of(walk.Spec.Scope);
        string hint;
        lock (_hintLock)
        {
            hint = _removedHint.Walk == walk.Id ? _removedHint.Uri : scope.First;
        }

        ReadRemoved(hint, scope.Beyond);
        ReadRemoved(scope.First, hint);
        lock (_hintLock)
        {
            _removedHint = removed.Count < limit ? default : (walk.Id, removed[^1].Listed.Uri);
        }

        return removed;

        void ReadRemoved(string first, string beyond)
        {
            using var rows = session.Prepare($"SELECT {DocumentColumns} FROM ledger_documents INDEXED BY ledger_documents_uri WHERE sink = ? AND uri >= ? AND uri < ? AND seen < ? ORDER BY uri LIMIT ?");
            rows.Bind(sink).Bind(first).Bind(beyond).Bind(walk.Id).Bind(limit - removed.Count);
            while (rows.Step())
            {
                removed.Add(ReadDocument(rows));
            }
        }
    }
}
