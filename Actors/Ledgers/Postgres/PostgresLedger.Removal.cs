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
          DELETE FROM ledger_chunks WHERE ctid = ANY (ARRAY(SELECT ctid FROM ledger_chunks WHERE document = ANY ($1) LIMIT $2)) RETURNING 1)
        SELECT count(*) FROM gone
        """;

    /// <summary>Notes of removed documents that are kept of a sink; more of them are cut now and then.</summary>
    private const int MaxRemovals = 10_000;

    private const string RemoveAndNote =
        """
        WITH gone AS (
          DELETE FROM ledger_documents WHERE num = ANY ($1) RETURNING sink, chunks, uri),
        counted AS (
          UPDATE ledger_walks SET removed = removed + (SELECT count(*) FROM gone) WHERE num = $2)
        INSERT INTO ledger_removals (sink, walk, at, chunks, uri) SELECT sink, $2, $3, chunks, uri FROM gone ORDER BY uri
        """;

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

    public async Task RemoveDocumentsAsync(Walk walk, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(documents);
        var ids = Sorted(documents);
        var numbers = await ReadAsync(
            batch => batch.Then($"SELECT unnest({NumbersOf2})", PostgresBatch.Of(walk.Spec.Sink), PostgresBatch.Of(ids)),
            static row => row.GetInt64(0),
            cancellationToken).ConfigureAwait(false);
        if (numbers.Count > 0)
        {
            await RemoveAsync([.. numbers], walk, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task ForgetSinkAsync(string sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);

        // Without its name the sink is forgotten at once; what it leaves is cleared page by page, and by the next start if this one is killed.
        await ExecuteAsync(batch => batch.Then("UPDATE ledger_sinks SET name = NULL WHERE name = $1", PostgresBatch.Of(sink)), cancellationToken).ConfigureAwait(false);
        await ClearForgottenAsync(cancellationToken).ConfigureAwait(false);
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
                await RemoveAsync([.. numbers], note: null, cancellationToken).ConfigureAwait(false);
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
    private async Task RemoveAsync(long[] documents, Walk? note, CancellationToken cancellationToken)
    {
        Array.Sort(documents);
        while ((await ReadAsync(
            batch => batch.Then(DeleteChunkPage, PostgresBatch.Of(documents), PostgresBatch.Of(DeletePage)), static row => row.GetInt64(0), cancellationToken)
            .ConfigureAwait(false))[0] >= DeletePage)
        {
        }

        var now = _timeProvider.GetUtcNow();
        await ExecuteAsync(
            batch =>
            {
                batch
                    .Then("SELECT FROM ledger_documents WHERE num = ANY ($1) ORDER BY num FOR UPDATE", PostgresBatch.Of(documents))
                    .Then("DELETE FROM ledger_chunks WHERE document = ANY ($1)", PostgresBatch.Of(documents))
                    .Then("DELETE FROM ledger_dead_letters WHERE document = ANY ($1)", PostgresBatch.Of(documents));
                if (note is null)
                {
                    batch.Then("DELETE FROM ledger_documents WHERE num = ANY ($1)", PostgresBatch.Of(documents));
                    return;
                }

                // In one statement with the documents' end: where the answer to a commit was lost and it is done again, nothing is noted or counted twice.
                batch
                    .Then(RemoveAndNote, PostgresBatch.Of(documents), PostgresBatch.Of(note.Id), PostgresBatch.Of(now))
                    .Then(CutRemovals, PostgresBatch.Of(note.Spec.Sink), PostgresBatch.Of((long)MaxRemovals));
            },
            cancellationToken).ConfigureAwait(false);
    }
}
