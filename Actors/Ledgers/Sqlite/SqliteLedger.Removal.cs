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

    public Task<bool> RemoveChunksAsync(string sink, DocumentId document, long generation, IReadOnlyCollection<ChunkId> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(chunks);
        return WriteAsync(
            session =>
            {
                var number = FindDocument(session, FindSink(session, sink), document);
                foreach (var chunk in chunks)
                {
                    session.Prepare("DELETE FROM ledger_chunks WHERE document = ? AND id = ? AND generation <= ?").Bind(number).Bind(chunk.Value).Bind(generation).Run();
                }

                return number > 0 && session.Prepare($"UPDATE ledger_documents SET {SetDoubted} WHERE num = ? AND generation <> ?").Bind(number).Bind(generation).Run() == 0;
            },
            chunks.Count,
            cancellationToken);
    }

    public Task<IReadOnlyList<LedgerDocument>> ListRemovedAsync(Walk walk, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return ReadAsync<IReadOnlyList<LedgerDocument>>(session => ListRemoved(session, walk, limit), [], cancellationToken);
    }

    public Task<IReadOnlySet<DocumentId>> WithdrawAsync(Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(documents);
        return WriteAsync<IReadOnlySet<DocumentId>>(
            session =>
            {
                Require(session, walk);
                var sink = FindSink(session, walk.Spec.Sink);
                var withdrawn = new HashSet<DocumentId>();
                foreach (var (document, generation) in documents)
                {
                    var begun = session.Prepare(
                        """
                        UPDATE ledger_documents
                           SET state = 1, unconfirmed = max(unconfirmed, dirty), doubts = doubts + dirty, dirty = 1, problem = 0, unchanged = 0, content_hash = NULL, generation = ?3 + 1
                         WHERE sink = ?1 AND id = ?2 AND generation = ?3 AND seen < ?4 AND EXISTS (SELECT 1 FROM ledger_walks WHERE num = ?4 AND listed AND complete)
                        """)
                        .Bind(sink).Bind(document.Value).Bind(generation).Bind(walk.Id).Run();
                    if (begun > 0)
                    {
                        withdrawn.Add(document);
                    }
                }

                return withdrawn;
            },
            documents.Count,
            cancellationToken);
    }

    public Task<long> GetEpochAsync(string sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync(session => EpochOf(session, FindSink(session, sink)), 0L, cancellationToken);
    }

    public async Task<bool> ForgetSinkAsync(string sink, long epoch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);

        // Without its name the sink is forgotten at once; what it leaves is cleared page by page, and by the next run if this one is killed.
        var forgotten = await WriteAsync(
            session =>
            {
                var number = FindSink(session, sink);
                if (EpochOf(session, number) > epoch)
                {
                    return false;
                }

                session.Prepare("UPDATE ledger_walks SET epoch = 0 WHERE sink = ?").Bind(number).Run();
                session.Prepare("UPDATE ledger_sinks SET name = NULL WHERE num = ?").Bind(number).Run();
                return true;
            },
            1,
            cancellationToken).ConfigureAwait(false);
        if (forgotten)
        {
            await ClearForgottenAsync(cancellationToken).ConfigureAwait(false);
        }

        return forgotten;
    }

    private static long EpochOf(SqliteSession session, long sink)
    {
        using var last = session.Prepare("SELECT coalesce(max(epoch), 0) FROM ledger_walks WHERE sink = ?");
        return last.Bind(sink).Step() ? last.Int64(0) : 0;
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
        long number;
        using (var find = session.Prepare("SELECT num FROM ledger_documents WHERE sink = ? AND id = ? AND generation <= ?"))
        {
            number = find.Bind(FindSink(session, sink)).Bind(document.Value).Bind(olderThan).Step() ? find.Int64(0) : 0; // Not one that somebody else has begun anew.
        }

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
        using (var listed = session.Prepare("SELECT 1 FROM ledger_walks WHERE num = ? AND epoch = ? AND listed AND complete"))
        {
            if (!listed.Bind(walk.Id).Bind(walk.Epoch).Step())
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
