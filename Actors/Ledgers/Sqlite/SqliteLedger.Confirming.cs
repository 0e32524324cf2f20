using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

/// <content>Documents of which sink and ledger may differ.</content>
internal sealed partial class SqliteLedger
{
    // Another unfinished walk that somebody holds, and that has the document or may yet list it: by its scope as SourceScope writes it.
    private const string ListUnconfirmedStatement =
        $"""
        SELECT {DocumentColumns} FROM ledger_documents AS d
         WHERE sink = ?1 AND unconfirmed = 1 AND state > 1
           AND NOT EXISTS (SELECT 1 FROM ledger_walks AS w
                            WHERE w.sink = ?1 AND w.num <> ?2 AND w.ended IS NULL AND w.epoch > 0
                              AND (w.num = d.seen OR w.scope = d.uri OR w.scope = 'exact+' || d.uri
                                   OR (w.scope LIKE '%/'
                                       AND (substr('prefix+' || d.uri, 1, length(w.scope)) = w.scope
                                            OR (substr(d.uri, 1, length(w.scope)) = w.scope AND w.scope NOT LIKE 'http:%' AND w.scope NOT LIKE 'https:%' AND w.scope NOT LIKE 'stdin:%')))))
         ORDER BY num LIMIT ?3
        """;

    public Task<IReadOnlyList<LedgerDocument>> ListUnconfirmedAsync(Walk walk, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return ReadAsync<IReadOnlyList<LedgerDocument>>(
            session =>
            {
                var documents = new List<LedgerDocument>();
                using var rows = session.Prepare(ListUnconfirmedStatement);
                rows.Bind(FindSink(session, walk.Spec.Sink)).Bind(walk.Id).Bind(limit);
                while (rows.Step())
                {
                    documents.Add(ReadDocument(rows));
                }

                return documents;
            },
            [],
            cancellationToken);
    }

    public Task<IReadOnlySet<DocumentId>> DoubtAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) =>
        ChangeAsync(sink, documents, "unconfirmed = 1", "", cancellationToken);

    public Task ConfirmAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) =>
        ChangeAsync(sink, documents, "unconfirmed = 0", Settled, cancellationToken);

    // Unconfirmed until it was processed and compared again: a repair that is interrupted here has not told the ledger yet what is lost.
    public Task<IReadOnlySet<DocumentId>> RequeueAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) =>
        ChangeAsync(sink, documents, "state = 0, problem = 0, content_hash = NULL, unconfirmed = 1, generation = generation + 1", Settled, cancellationToken);

    public Task<long> DoubtWalkAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return WriteAsync(
            session => (long)session.Prepare("UPDATE ledger_documents SET unconfirmed = 1 WHERE sink = ?1 AND seen = ?2 AND (state < 2 OR settled = ?2)")
                .Bind(FindSink(session, walk.Spec.Sink)).Bind(walk.Id).Run(),
            1,
            cancellationToken);
    }

    private const string Settled = "AND generation = ?3 AND state > 1";

    /// <summary>Changes documents.</summary>
    /// <returns>Those that were settled in the given generation.</returns>
    private Task<IReadOnlySet<DocumentId>> ChangeAsync(
        string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, string change, string only, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(documents);
        return WriteAsync<IReadOnlySet<DocumentId>>(
            session =>
            {
                var number = FindSink(session, sink);
                var settled = new HashSet<DocumentId>();
                foreach (var (document, generation) in documents)
                {
                    using (var find = session.Prepare($"SELECT 1 FROM ledger_documents WHERE sink = ?1 AND id = ?2 {Settled}"))
                    {
                        if (find.Bind(number).Bind(document.Value).Bind(generation).Step())
                        {
                            settled.Add(document);
                        }
                    }

                    session.Prepare($"UPDATE ledger_documents SET {change} WHERE sink = ?1 AND id = ?2 AND ?3 >= 0 {only}").Bind(number).Bind(document.Value).Bind(generation).Run();
                }

                return settled;
            },
            documents.Count,
            cancellationToken);
    }
}
