using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

internal sealed partial class SqliteLedger
{
    /// <summary>Notes of removed documents that are kept of a sink; more of them are cut now and then.</summary>
    private const int MaxRemovals = 10_000;

    public Task<RemovalForecast> CountRemovedAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return ReadAsync(
            session =>
            {
                // What the walk itself brought is not what the source had. One that was interrupted may have text that no count tells yet.
                var scope = LedgerScope.Of(walk.Spec.Scope);
                using var count = session.Prepare(
                    """
                    SELECT count(*) FILTER (WHERE seen < ?4), count(*) FROM ledger_documents INDEXED BY ledger_documents_uri
                     WHERE sink = ?1 AND uri >= ?2 AND uri < ?3 AND born < ?4 AND (chunks > 0 OR (state < 2 AND generation > 0))
                    """);
                count.Bind(FindSink(session, walk.Spec.Sink)).Bind(scope.First).Bind(scope.Beyond).Bind(walk.Id).Step();
                return new RemovalForecast(count.Int64(0), count.Int64(1));
            },
            default,
            cancellationToken);
    }

    public async Task RemoveDocumentsAsync(Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(documents);
        bool? done;
        do
        {
            done = await WriteAsync(session => RemoveDocuments(session, walk, documents), documents.Count, cancellationToken).ConfigureAwait(false);
        }
        while (done == false);
        if (done is null)
        {
            throw LedgerScope.Superseded(walk);
        }
    }

    public Task<IReadOnlyList<Removal>> ListRemovalsAsync(string sink, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync<IReadOnlyList<Removal>>(
            session =>
            {
                var removals = new List<Removal>();
                using var rows = session.Prepare("SELECT uri, at, walk, chunks FROM ledger_removals WHERE sink = ? ORDER BY num DESC LIMIT ?");
                rows.Bind(FindSink(session, sink)).Bind(limit);
                while (rows.Step())
                {
                    removals.Add(new Removal(rows.Text(0), new DateTimeOffset(rows.Int64(1), TimeSpan.Zero), rows.Int64(2), rows.Int64(3)));
                }

                return removals;
            },
            [],
            cancellationToken);
    }

    /// <summary>Removes documents, or a page of what belongs to them.</summary>
    /// <returns>Whether all are removed; null where another one has taken the walk over.</returns>
    private bool? RemoveDocuments(SqliteSession session, Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents)
    {
        var sink = FindSink(session, walk.Spec.Sink);
        if (!IsHeld(session, walk))
        {
            foreach (var (id, _) in documents)
            {
                Doubt(session, FindDocument(session, sink, id)); // Their chunks are deleted already: of a document that is back, the sink has lost them.
            }

            return null;
        }

        var left = DeletePage;
        foreach (var (id, generation) in documents)
        {
            if (FindDocument(session, sink, id) is not (var document and > 0))
            {
                continue;
            }

            using (var same = session.Prepare("SELECT 1 FROM ledger_documents WHERE num = ? AND generation = ? AND seen < ?"))
            {
                if (!same.Bind(document).Bind(generation).Bind(walk.Id).Step())
                {
                    Doubt(session, document);
                    continue;
                }
            }

            left -= RemoveDocument(session, document, left, walk);
            if (left <= 0)
            {
                return false;
            }
        }

        session.Prepare("DELETE FROM ledger_removals WHERE sink = ?1 AND num <= (SELECT num FROM ledger_removals WHERE sink = ?1 ORDER BY num DESC LIMIT 1 OFFSET ?2)")
            .Bind(sink).Bind(MaxRemovals).Run();
        return true;
    }

    /// <summary>Removes a document with all that belongs to it, or only some of its chunks when it has more than <paramref name="limit"/>.</summary>
    /// <returns>Rows deleted, about.</returns>
    private int RemoveDocument(SqliteSession session, long document, int limit, Walk? note)
    {
        var chunks = session.Prepare("DELETE FROM ledger_chunks WHERE document = ?1 AND id IN (SELECT id FROM ledger_chunks WHERE document = ?1 LIMIT ?2)")
            .Bind(document).Bind(limit).Run();
        if (chunks < limit)
        {
            DeleteLetters(session, document);
            if (note is not null)
            {
                session.Prepare("INSERT INTO ledger_removals(sink, walk, at, chunks, uri) SELECT sink, ?, ?, chunks, uri FROM ledger_documents WHERE num = ?")
                    .Bind(note.Id).Bind(_timeProvider.GetUtcNow().UtcTicks).Bind(document).Run();
                session.Prepare("UPDATE ledger_walks SET removed = removed + 1 WHERE num = ?").Bind(note.Id).Run();
            }

            session.Prepare("DELETE FROM ledger_documents WHERE num = ?").Bind(document).Run();
        }

        return chunks + 1;
    }
}
