using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

internal sealed partial class PostgresLedger
{
    /// <summary>Most chunks that one transaction deletes, so that none takes long.</summary>
    private const int DeletePage = 20_000;

    /// <summary>Documents of a forgotten sink that are cleared at once, with their chunks.</summary>
    private const int ClearPage = 2_000;

    private const string DeleteChunkPage =
        """
        WITH gone AS (
          DELETE FROM ledger_chunks WHERE ctid = ANY (ARRAY(
            SELECT c.ctid
              FROM unnest($1, $3) AS i(num, generation) CROSS JOIN LATERAL
                   (SELECT ctid FROM ledger_chunks WHERE document = i.num AND generation <= i.generation LIMIT $2) AS c
             WHERE $4 = 0 OR EXISTS (SELECT FROM ledger_walks WHERE num = $4 AND epoch = $5)
             LIMIT $2)) RETURNING 1)
        SELECT count(*) FROM gone
        """;

    /// <summary>Notes of removed documents that are kept of a sink; more of them are cut now and then.</summary>
    private const int MaxRemovals = 10_000;

    private const string CutRemovals =
        $"""
        DELETE FROM ledger_removals WHERE sink = {SinkOf1}
           AND num <= (SELECT num FROM ledger_removals WHERE sink = {SinkOf1} ORDER BY num DESC LIMIT 1 OFFSET $2)
        """;

    public async Task<RemovalForecast> CountRemovedAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        var (first, beyond) = RangeOf(walk.Spec.Scope);

        // What the walk itself brought is not what the source had. One that was interrupted may have text that no count tells yet.
        var counts = await ReadAsync(
            batch => batch.Then(ForReports).Then(
                $"""
                SELECT count(*) FILTER (WHERE seen < $4), count(*) FROM ledger_documents
                 WHERE sink = {SinkOf1} AND left(uri, 600) >= left($2, 600) AND left(uri, 600) <= left($3, 600) AND uri >= $2 AND uri < $3
                   AND born < $4 AND (chunks > 0 OR (state < 2 AND generation > 0))
                """,
                PostgresBatch.Of(walk.Spec.Sink),
                PostgresBatch.Of(first),
                PostgresBatch.Of(beyond),
                PostgresBatch.Of(walk.Id)),
            static row => new RemovalForecast(row.GetInt64(0), row.GetInt64(1)),
            cancellationToken,
            LongTimeout).ConfigureAwait(false);
        return counts[0];
    }

    public Task<IReadOnlyList<Removal>> ListRemovalsAsync(string sink, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return ReadAsync(
            batch => batch.Then(
                $"SELECT uri, at, walk, chunks FROM ledger_removals WHERE sink = {SinkOf1} ORDER BY num DESC LIMIT $2", PostgresBatch.Of(sink), PostgresBatch.Of(limit)),
            static row => new Removal(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetInt64(2), row.GetInt64(3)),
            cancellationToken);
    }

    /// <summary>Whoever holds a walk no more gets no row; who takes it over waits until this transaction is over.</summary>
    private const string RequireStatement = "SELECT id FROM (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS id FROM ledger_walks WHERE num = $1 AND epoch = $2 FOR SHARE) AS held";

    private const string WithdrawStatement =
        $"""
        UPDATE ledger_documents AS d
           SET state = 1, queue = d.seen, unconfirmed = d.unconfirmed OR d.dirty, doubts = d.doubts + d.dirty::int, dirty = true, problem = false, unchanged = false, content_hash = NULL,
               generation = i.generation + 1
          FROM unnest($2, $3) AS i(id, generation) {NumberOfEach}
         WHERE d.num = n.num AND d.generation = i.generation AND d.seen < $4
           AND EXISTS (SELECT FROM ledger_walks WHERE num = $4 AND epoch = $5 AND listed AND complete)
        RETURNING d.id
        """;

    // Of those that are to be forgotten: the ones that somebody has meanwhile stay, and are doubted.
    private const string FindWithdrawnStatement =
        $"""
        WITH found AS MATERIALIZED (
          SELECT n.num, i.generation, d.generation = i.generation AND d.seen < $4 AS goes
            FROM unnest($2, $3) AS i(id, generation) {NumberOfEach} JOIN ledger_documents AS d ON d.num = n.num
           WHERE EXISTS (SELECT FROM ledger_walks WHERE num = $4 AND epoch = $5)),
        doubted AS (
          UPDATE ledger_documents SET {SetDoubted} WHERE num = ANY (ARRAY(SELECT num FROM found WHERE NOT goes ORDER BY num)))
        SELECT num, generation FROM found WHERE goes
        """;

    // Their chunks are deleted from the sink already: of a document that is back, the sink has lost them.
    private const string DoubtUnlessHeldStatement =
        $"""
        UPDATE ledger_documents AS d SET {SetDoubted} FROM unnest($2, $3) AS i(id, generation) {NumberOfEach}
         WHERE d.num = n.num AND i.generation >= 0 AND NOT EXISTS (SELECT FROM ledger_walks WHERE num = $4 AND epoch = $5)
        """;

    // One statement: where the answer to a commit was lost and it is done again, nothing is noted or counted twice.
    private const string ForgetWithdrawnStatement =
        $"""
        WITH gone AS (
          DELETE FROM ledger_documents AS d USING unnest($1, $2) AS i(num, generation)
           WHERE d.num = i.num AND d.generation = i.generation AND d.seen < $3 AND EXISTS (SELECT FROM ledger_walks WHERE num = $3 AND epoch = $5)
          RETURNING d.num, d.sink, d.chunks, d.uri),
        doubted AS (
          UPDATE ledger_documents AS d SET {SetDoubted} FROM unnest($1, $2) AS i(num, generation)
           WHERE d.num = i.num AND NOT (d.generation = i.generation AND d.seen < $3)),
        letters AS (
          DELETE FROM ledger_dead_letters WHERE document = ANY (ARRAY(SELECT num FROM gone))),
        chunks AS (
          DELETE FROM ledger_chunks WHERE document = ANY (ARRAY(SELECT num FROM gone))),
        counted AS (
          UPDATE ledger_walks SET removed = removed + (SELECT count(*) FROM gone) WHERE num = $3)
        INSERT INTO ledger_removals (sink, walk, at, chunks, uri) SELECT sink, $3, $4, chunks, uri FROM gone ORDER BY uri
        """;

    public async Task<IReadOnlySet<DocumentId>> WithdrawAsync(Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(documents);
        var (ids, generations) = Split(documents);
        var answer = await ReadAsync(
            batch => Require(batch, walk).Then(
                WithdrawStatement, PostgresBatch.Of(walk.Spec.Sink), PostgresBatch.Of(ids), PostgresBatch.Of(generations), PostgresBatch.Of(walk.Id), PostgresBatch.Of(walk.Epoch)),
            ReadId,
            cancellationToken).ConfigureAwait(false);
        return answer.Count > 0 ? answer.Skip(1).ToHashSet() : throw LedgerScope.Superseded(walk);
    }

    public async Task RemoveDocumentsAsync(Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(documents);
        var found = await HoldingAsync(
            walk, documents, static (batch, given) => batch.Then(FindWithdrawnStatement, given), static row => (Num: row.GetInt64(0), Generation: row.GetInt64(1)), cancellationToken).ConfigureAwait(false);
        if (found.Count == 0)
        {
            return;
        }

        var sorted = found.OrderBy(static pair => pair.Num).ToArray();
        var numbers = Array.ConvertAll(sorted, static pair => pair.Num);
        var seen = Array.ConvertAll(sorted, static pair => pair.Generation);
        var now = _timeProvider.GetUtcNow();
        await RemoveChunkPagesAsync(numbers, seen, walk, cancellationToken).ConfigureAwait(false);
        await HoldingAsync(
            walk,
            documents,
            (batch, _) => batch
                .Then("SELECT FROM ledger_documents WHERE num = ANY ($1) ORDER BY num FOR UPDATE", PostgresBatch.Of(numbers))
                .Then(ForgetWithdrawnStatement, PostgresBatch.Of(numbers), PostgresBatch.Of(seen), PostgresBatch.Of(walk.Id), PostgresBatch.Of(now), PostgresBatch.Of(walk.Epoch))
                .Then(CutRemovals, PostgresBatch.Of(walk.Spec.Sink), PostgresBatch.Of((long)MaxRemovals)),
            static _ => true,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Does something about removed documents, in the transaction that sees to it that the walk is held: who takes it over waits until that is over. Where somebody has taken it over, the
    /// documents are doubted in that transaction instead.
    /// </summary>
    private async Task<List<T>> HoldingAsync<T>(
        Walk walk, IReadOnlyCollection<(DocumentId Document, long Generation)> documents, Action<NpgsqlBatch, NpgsqlParameter[]> fill, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var (ids, generations) = Split(documents);
        NpgsqlParameter[] Given() =>
            [PostgresBatch.Of(walk.Spec.Sink), PostgresBatch.Of(ids), PostgresBatch.Of(generations), PostgresBatch.Of(walk.Id), PostgresBatch.Of(walk.Epoch)];
        var (held, rows) = (false, new List<T>());
        await _database.RunAsync(
            async (connection, stop) =>
            {
                var transaction = await connection.BeginTransactionAsync(stop).ConfigureAwait(false);
                await using var rollback = transaction.ConfigureAwait(false);
                held = (await connection.ReadAsync(batch => Require(batch, walk), ReadId, stop).ConfigureAwait(false)).Count > 0;
                rows = await connection.ReadAsync(batch => FillHeld(batch, held), read, stop).ConfigureAwait(false);
                await transaction.CommitAsync(stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return held ? rows : throw LedgerScope.Superseded(walk);

        void FillHeld(NpgsqlBatch batch, bool isHeld)
        {
            if (isHeld)
            {
                fill(batch, Given());
            }
            else
            {
                batch.Then(DoubtUnlessHeldStatement, Given());
            }
        }
    }

    public async Task<bool> ForgetSinkAsync(string sink, long epoch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);

        // Without its name the sink is forgotten at once; what it leaves is cleared page by page, and by the next start if this one is killed. The lock comes first and in a
        // statement of its own, so that the next one sees a walk that has begun while it waited.
        var left = await ReadAsync(
            batch => batch
                .Then("SELECT FROM ledger_sinks WHERE name = $1 FOR UPDATE", PostgresBatch.Of(sink))
                .Then($"UPDATE ledger_walks SET epoch = 0 WHERE sink = {SinkOf1} AND {NoneSince}", PostgresBatch.Of(sink), PostgresBatch.Of(epoch))
                .Then($"UPDATE ledger_sinks SET name = NULL WHERE name = $1 AND {NoneSince}", PostgresBatch.Of(sink), PostgresBatch.Of(epoch))
                .Then("SELECT count(*) FROM ledger_sinks WHERE name = $1", PostgresBatch.Of(sink)),
            static row => row.GetInt64(0),
            cancellationToken).ConfigureAwait(false);
        if (left[0] > 0)
        {
            return false;
        }

        await ClearForgottenAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    private const string NoneSince = $"NOT EXISTS (SELECT FROM ledger_walks AS since WHERE since.sink = {SinkOf1} AND since.epoch > $2)";

    private static NpgsqlBatch Require(NpgsqlBatch batch, Walk walk) => batch.Then(RequireStatement, PostgresBatch.Of(walk.Id), PostgresBatch.Of(walk.Epoch));

    /// <summary>Documents and generations, in the order of their ids.</summary>
    private static (Guid[] Ids, long[] Generations) Split(IReadOnlyCollection<(DocumentId Document, long Generation)> documents)
    {
        var sorted = documents.OrderBy(static pair => pair.Document.Value).ToArray();
        return (Array.ConvertAll(sorted, static pair => pair.Document.Value), Array.ConvertAll(sorted, static pair => pair.Generation));
    }

    private async Task ClearForgottenAsync(CancellationToken cancellationToken)
    {
        var sinks = await ReadAsync(
            static batch => batch.Then("SELECT num FROM ledger_sinks WHERE name IS NULL ORDER BY num"), static row => row.GetInt32(0), cancellationToken).ConfigureAwait(false);
        foreach (var sink in sinks)
        {
            IReadOnlyList<long> numbers;
            while ((numbers = await ReadAsync(
                batch => batch.Then($"SELECT num FROM ledger_documents WHERE sink = $1 ORDER BY id LIMIT {ClearPage}", PostgresBatch.Of(sink)),
                static row => row.GetInt64(0),
                cancellationToken).ConfigureAwait(false)).Count > 0)
            {
                await RemoveAsync([.. numbers], cancellationToken).ConfigureAwait(false);
            }

            await ExecuteAsync(
                batch => batch
                    .Then("DELETE FROM ledger_removals WHERE sink = $1", PostgresBatch.Of(sink))
                    .Then("DELETE FROM ledger_walks WHERE sink = $1", PostgresBatch.Of(sink))
                    .Then("DELETE FROM ledger_sinks WHERE num = $1 AND name IS NULL", PostgresBatch.Of(sink)),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes documents with all that belongs to them: chunks in pages, then the rest in one transaction, with chunks that came meanwhile.</summary>
    private async Task RemoveAsync(long[] documents, CancellationToken cancellationToken)
    {
        Array.Sort(documents);
        await RemoveChunkPagesAsync(documents, Array.ConvertAll(documents, static _ => long.MaxValue), walk: null, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(
            batch => batch
                .Then("SELECT FROM ledger_documents WHERE num = ANY ($1) ORDER BY num FOR UPDATE", PostgresBatch.Of(documents))
                .Then("DELETE FROM ledger_chunks WHERE document = ANY ($1)", PostgresBatch.Of(documents))
                .Then("DELETE FROM ledger_dead_letters WHERE document = ANY ($1)", PostgresBatch.Of(documents))
                .Then("DELETE FROM ledger_documents WHERE num = ANY ($1)", PostgresBatch.Of(documents)),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes chunks in pages: nothing more from the moment on that somebody else has taken over the walk, where there is one.</summary>
    private async Task RemoveChunkPagesAsync(long[] documents, long[] generations, Walk? walk, CancellationToken cancellationToken)
    {
        while ((await ReadAsync(
            batch => batch.Then(
                DeleteChunkPage,
                PostgresBatch.Of(documents),
                PostgresBatch.Of(DeletePage),
                PostgresBatch.Of(generations),
                PostgresBatch.Of(walk?.Id ?? 0),
                PostgresBatch.Of(walk?.Epoch ?? 0)),
            static row => row.GetInt64(0),
            cancellationToken).ConfigureAwait(false))[0] >= DeletePage)
        {
        }
    }
}
