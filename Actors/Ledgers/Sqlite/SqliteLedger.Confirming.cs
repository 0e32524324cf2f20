using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

/// <content>Documents of which sink and ledger may differ.</content>
internal sealed partial class SqliteLedger
{
    // Not those that another unfinished walk has or may yet list, if somebody holds it: by its scope as SourceScope writes it.
    // Also of a walk that nobody will go on with (a run that was killed, a job that was cancelled): nobody can tell it from one whose owner is slow. Nothing is lost by that. Its source is
    // not done before another walk over it ends, for the sake of its pending documents already, and that one supersedes it: then these doubts are its own. Until then `status` tells that
    // the last walk did not end, and verify compares whatever any walk covers. To pass over them costs a look at the few unfinished walks for each, at the end of a walk.
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

    public async Task<IReadOnlyDictionary<DocumentId, long>> DoubtAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken) =>
        await ChangeAsync(sink, documents, SetDoubted, "", cancellationToken).ConfigureAwait(false);

    public Task ConfirmAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation, long Doubt)> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(documents);
        return WriteAsync(
            session =>
            {
                var number = FindSink(session, sink);
                foreach (var (document, generation, doubt) in documents)
                {
                    session.Prepare($"UPDATE ledger_documents SET unconfirmed = 0 WHERE sink = ?1 AND id = ?2 {Settled} AND doubts = ?4")
                        .Bind(number).Bind(document.Value).Bind(generation).Bind(doubt).Run();
                }
            },
            documents.Count,
            cancellationToken);
    }

    // Unconfirmed until it was processed and compared again: a repair that is interrupted here has not told the ledger yet what is lost.
    public async Task<IReadOnlySet<DocumentId>> RequeueAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken)
    {
        var settled = await ChangeAsync(sink, documents, $"state = 0, problem = 0, content_hash = NULL, {SetDoubted}, generation = generation + 1", Settled, cancellationToken).ConfigureAwait(false);
        return settled.Keys.ToHashSet();
    }

    public Task<long> DoubtWalkAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return WriteAsync(
            session => (long)session.Prepare($"UPDATE ledger_documents SET {SetDoubted} WHERE sink = ?1 AND seen = ?2 AND (state < 2 OR settled = ?2)")
                .Bind(FindSink(session, walk.Spec.Sink)).Bind(walk.Id).Run(),
            1,
            cancellationToken);
    }

    /// <summary>A doubt is a new one where the document is in doubt already, too: a comparison that began before it does not answer it.</summary>
    private const string SetDoubted = "unconfirmed = 1, doubts = doubts + 1";

    private const string Settled = "AND generation = ?3 AND state > 1";

    /// <summary>Changes documents, and doubts them.</summary>
    /// <returns>Those that were settled in the given generation, with the number of the doubt.</returns>
    private Task<Dictionary<DocumentId, long>> ChangeAsync(
        string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, string change, string only, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(documents);
        return WriteAsync(
            session =>
            {
                var number = FindSink(session, sink);
                var settled = new Dictionary<DocumentId, long>();
                foreach (var (document, generation) in documents)
                {
                    using (var find = session.Prepare($"SELECT doubts + 1 FROM ledger_documents WHERE sink = ?1 AND id = ?2 {Settled}"))
                    {
                        if (find.Bind(number).Bind(document.Value).Bind(generation).Step())
                        {
                            settled[document] = find.Int64(0);
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
