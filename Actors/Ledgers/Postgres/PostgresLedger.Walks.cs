using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

internal sealed partial class PostgresLedger
{
    // Where the answer to a commit was lost, a second walk begins; the first is taken over by it, as by any later one.
    public Task<Walk> BeginWalkAsync(WalkSpec spec, bool resume, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return _database.RunAsync((connection, stop) => BeginWalkAsync(connection, spec, resume, stop), cancellationToken);
    }

    public Task NoteRootAsync(Walk walk, string root, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(root);
        return ExecuteAsync(
            batch => batch.Then("UPDATE ledger_walks SET root = $2 WHERE num = $1 AND root IS NULL", PostgresBatch.Of(walk.Id), PostgresBatch.Of(PostgresBatch.Storable(root))), cancellationToken);
    }

    public Task EndWalkAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        var now = _timeProvider.GetUtcNow();

        // Of each scope the last walk is kept, for summaries.
        return ExecuteAsync(
            batch => batch
                .Then("UPDATE ledger_walks SET ended = $2 WHERE num = $1", PostgresBatch.Of(walk.Id), PostgresBatch.Of(now))
                .Then(
                    "DELETE FROM ledger_walks AS old USING ledger_walks AS this WHERE this.num = $1 AND old.sink = this.sink AND old.num < this.num AND old.scope = this.scope",
                    PostgresBatch.Of(walk.Id)),
            cancellationToken);
    }

    private async Task<Walk> BeginWalkAsync(NpgsqlConnection connection, WalkSpec spec, bool resume, CancellationToken cancellationToken)
    {
        if (resume && await FindUnfinishedAsync(connection, spec, cancellationToken).ConfigureAwait(false) is { } unfinished)
        {
            return unfinished;
        }

        var walks = await connection.ReadAsync(
            batch => AddNames(batch, spec).Then(
                $"""
                INSERT INTO ledger_walks (sink, configuration, scope, began)
                VALUES ({SinkOf1}, (SELECT num FROM ledger_configurations WHERE value = $2), $3, $4) RETURNING num
                """,
                PostgresBatch.Of(spec.Sink),
                PostgresBatch.Of(spec.Configuration),
                PostgresBatch.Of(spec.Scope),
                PostgresBatch.Of(_timeProvider.GetUtcNow())),
            static row => row.GetInt64(0),
            cancellationToken).ConfigureAwait(false);
        return new Walk(walks[0], spec, null);
    }

    /// <summary>
    /// The last walk of a spec, if it did not end. A later walk that overlaps it has taken over its documents: then there is none to take up.
    /// </summary>
    private static async Task<Walk?> FindUnfinishedAsync(NpgsqlConnection connection, WalkSpec spec, CancellationToken cancellationToken)
    {
        // The last walk of this scope, and the scopes of those that came later: few.
        var walks = await connection.ReadAsync(
            batch => batch.Then(
                $"""
                SELECT w.num, w.scope, c.value = $2 AND w.ended IS NULL, w.cursor, w.listed, w.complete, w.root
                  FROM ledger_walks AS w JOIN ledger_configurations AS c ON c.num = w.configuration
                 WHERE w.sink = {SinkOf1} AND w.num >= (SELECT max(num) FROM ledger_walks WHERE sink = {SinkOf1} AND scope = $3)
                 ORDER BY w.num DESC
                """,
                PostgresBatch.Of(spec.Sink),
                PostgresBatch.Of(spec.Configuration),
                PostgresBatch.Of(spec.Scope)),
            row => (
                Walk: new Walk(row.GetInt64(0), spec, row.NullableText(3)) { Listed = row.GetBoolean(4), Complete = row.GetBoolean(5), Root = row.NullableText(6) },
                Scope: row.GetString(1),
                Goes: row.GetBoolean(2)),
            cancellationToken).ConfigureAwait(false);
        foreach (var (walk, scope, goes) in walks)
        {
            if (scope.Equals(spec.Scope, StringComparison.Ordinal))
            {
                return goes ? walk : null;
            }

            // A walk over the same documents has taken them from it.
            if (LedgerScope.Overlap(scope, spec.Scope))
            {
                return null;
            }
        }

        return null;
    }
}
