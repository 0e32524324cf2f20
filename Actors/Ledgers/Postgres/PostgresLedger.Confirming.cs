using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

/// <content>Documents of which sink and ledger may differ.</content>
internal sealed partial class PostgresLedger
{
    // Not those that another unfinished walk has or may yet list, if somebody holds it: by its scope as SourceScope writes it.
    // Also of a walk that nobody will go on with (a run that was killed, a job that was cancelled): nobody can tell it from one whose owner is slow. Nothing is lost by that. Its source is
    // not done before another walk over it ends, for the sake of its pending documents already, and that one supersedes it: then these doubts are its own. Until then `status` tells that
    // the last walk did not end, and verify compares whatever any walk covers. To pass over them costs a look at the few unfinished walks for each, at the end of a walk.
    internal const string UnconfirmedStatement =
        $"""
        SELECT {DocumentColumns} FROM ledger_documents AS d
         WHERE d.sink = {SinkOf1} AND d.unconfirmed AND d.state > 1
           AND NOT EXISTS (SELECT FROM ledger_walks AS w
                            WHERE w.sink = d.sink AND w.num <> $2 AND w.ended IS NULL AND w.epoch > 0
                              AND (w.num = d.seen OR w.scope = d.uri OR w.scope = 'exact+' || d.uri
                                   OR (right(w.scope, 1) = '/'
                                       AND (starts_with('prefix+' || d.uri, w.scope) OR (starts_with(d.uri, w.scope) AND w.scope !~ '^(https?|stdin):')))))
         ORDER BY d.num LIMIT $3
        """;

    public Task<IReadOnlyList<LedgerDocument>> ListUnconfirmedAsync(Walk walk, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return ReadAsync(
            batch => batch.Then(UnconfirmedStatement, PostgresBatch.Of(walk.Spec.Sink), PostgresBatch.Of(walk.Id), PostgresBatch.Of(limit)), ReadDocument, cancellationToken);
    }

    public async Task<IReadOnlyDictionary<DocumentId, long>> DoubtAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken)
    {
        var changed = await ChangeAsync(sink, documents, $"UPDATE ledger_documents AS d SET {SetDoubted}", "", cancellationToken).ConfigureAwait(false);
        return changed.Where(static row => row.Settled).ToDictionary(static row => row.Id, static row => row.Doubt);
    }

    public Task ConfirmAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation, long Doubt)> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(documents);
        var sorted = documents.OrderBy(static document => document.Document.Value).ToArray();
        return ExecuteAsync(
            batch => batch.Then(
                $"""
                UPDATE ledger_documents AS d SET unconfirmed = false FROM unnest($2, $3, $4) AS i(id, generation, doubt) {NumberOfEach}
                 WHERE d.num = n.num AND d.doubts = i.doubt {Settled}
                """,
                PostgresBatch.Of(sink),
                PostgresBatch.Of(Array.ConvertAll(sorted, static document => document.Document.Value)),
                PostgresBatch.Of(Array.ConvertAll(sorted, static document => document.Generation)),
                PostgresBatch.Of(Array.ConvertAll(sorted, static document => document.Doubt))),
            cancellationToken);
    }

    // Unconfirmed until it was processed and compared again: a repair that is interrupted here has not told the ledger yet what is lost.
    public async Task<IReadOnlySet<DocumentId>> RequeueAsync(string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken)
    {
        var changed = await ChangeAsync(
            sink,
            documents,
            $"UPDATE ledger_documents AS d SET state = 0, queue = d.seen, problem = false, content_hash = NULL, {SetDoubted}, generation = d.generation + 1",
            Settled,
            cancellationToken).ConfigureAwait(false);
        return changed.Select(static row => row.Id).ToHashSet();
    }

    public async Task<long> DoubtWalkAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        return await _database.RunAsync(
            async (connection, stop) => (long)await connection.ExecuteAsync(
                batch => batch
                    .Then(ForReports)
                    .Then(
                        $"UPDATE ledger_documents SET {SetDoubted} WHERE sink = {SinkOf1} AND seen = $2 AND (state < 2 OR settled = $2)",
                        PostgresBatch.Of(walk.Spec.Sink),
                        PostgresBatch.Of(walk.Id)),
                stop,
                LongTimeout).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A doubt is a new one where the document is in doubt already, too: a comparison that began before it does not answer it.</summary>
    private const string SetDoubted = "unconfirmed = true, doubts = doubts + 1";

    private const string Settled = "AND d.generation = i.generation AND d.state > 1";

    /// <summary>Changes documents.</summary>
    /// <returns>Those that changed: whether they were settled in the given generation, and the number of their last doubt.</returns>
    private async Task<IReadOnlyList<(DocumentId Id, bool Settled, long Doubt)>> ChangeAsync(
        string sink, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, string update, string only, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(documents);
        if (documents.Count == 0)
        {
            return [];
        }

        var (ids, generations) = Split(documents);
        return await ReadAsync(
            batch => batch.Then(
                $"""
                {update} FROM unnest($2, $3) AS i(id, generation) {NumberOfEach} WHERE d.num = n.num {only}
                RETURNING d.id, {(only.Length > 0 ? "true" : "d.generation = i.generation AND d.state > 1")}, d.doubts
                """,
                PostgresBatch.Of(sink),
                PostgresBatch.Of(ids),
                PostgresBatch.Of(generations)),
            static row => (ReadId(row), row.GetBoolean(1), row.GetInt64(2)),
            cancellationToken).ConfigureAwait(false);
    }
}
