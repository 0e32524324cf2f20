using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Documents;
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

    public async Task NoteRootAsync(Walk walk, string root, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        ArgumentNullException.ThrowIfNull(root);
        var noted = await ReadAsync(
            batch => batch.Then(
                "UPDATE ledger_walks SET root = coalesce(root, $3) WHERE num = $1 AND epoch = $2 RETURNING num",
                PostgresBatch.Of(walk.Id),
                PostgresBatch.Of(walk.Epoch),
                PostgresBatch.Of(PostgresBatch.Storable(root))),
            static row => row.GetInt64(0),
            cancellationToken).ConfigureAwait(false);
        if (noted.Count == 0)
        {
            throw LedgerScope.Superseded(walk);
        }
    }

    public async Task EndWalkAsync(Walk walk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(walk);
        var now = _timeProvider.GetUtcNow();

        // Of each scope the last walk is kept, for summaries.
        var ended = await ReadAsync(
            batch => batch
                .Then("UPDATE ledger_walks SET ended = $3 WHERE num = $1 AND epoch = $2 AND listed RETURNING num", PostgresBatch.Of(walk.Id), PostgresBatch.Of(walk.Epoch), PostgresBatch.Of(now))
                .Then(
                    "DELETE FROM ledger_walks AS old USING ledger_walks AS this WHERE this.num = $1 AND this.epoch = $2 AND this.ended IS NOT NULL AND old.sink = this.sink AND old.num < this.num AND old.scope = this.scope",
                    PostgresBatch.Of(walk.Id),
                    PostgresBatch.Of(walk.Epoch)),
            static row => row.GetInt64(0),
            cancellationToken).ConfigureAwait(false);
        if (ended.Count == 0)
        {
            throw await RefusedAsync(walk, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Why a write to a walk was refused.</summary>
    private async Task<Exception> RefusedAsync(Walk walk, CancellationToken cancellationToken)
    {
        var stands = await ReadAsync(
            batch => batch.Then("SELECT cursor FROM ledger_walks WHERE num = $1 AND epoch = $2", PostgresBatch.Of(walk.Id), PostgresBatch.Of(walk.Epoch)),
            static row => row.NullableText(0),
            cancellationToken).ConfigureAwait(false);
        return stands.Count == 0 ? LedgerScope.Superseded(walk) : LedgerScope.ListingLost(walk, stands[0]);
    }

    public async Task<long> GetEpochAsync(string sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var epochs = await ReadAsync(
            batch => batch.Then($"SELECT coalesce(max(epoch), 0) FROM ledger_walks WHERE sink = {SinkOf1}", PostgresBatch.Of(sink)), static row => row.GetInt64(0), cancellationToken)
            .ConfigureAwait(false);
        return epochs[0];
    }

    /// <summary>Begins a walk, or takes one up.</summary>
    /// <remarks>
    /// One transaction, and the next epoch is taken first: its row is locked, so that walks begin one after the other. What is found unfinished nobody takes over meanwhile, and of two
    /// walks over the same documents only the later one is ever seen as held.
    /// </remarks>
    private async Task<Walk> BeginWalkAsync(NpgsqlConnection connection, WalkSpec spec, bool resume, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var rollback = transaction.ConfigureAwait(false);
        var epochs = await connection.ReadAsync(
            static batch => batch.Then("UPDATE ledger_epochs SET last = last + 1 RETURNING last"), static row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
        var walk = resume && await FindUnfinishedAsync(connection, spec, cancellationToken).ConfigureAwait(false) is { } unfinished
            ? await TakeUpAsync(connection, unfinished with { Epoch = epochs[0] }, cancellationToken).ConfigureAwait(false)
            : null;
        if (walk is null)
        {
            walk = await AddWalkAsync(connection, spec, epochs[0], cancellationToken).ConfigureAwait(false);
            await SupersedeAsync(connection, walk, cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return walk;
    }

    private async Task<Walk> AddWalkAsync(NpgsqlConnection connection, WalkSpec spec, long epoch, CancellationToken cancellationToken)
    {
        // The sink is locked against being forgotten; where that was faster, its name is given anew.
        List<long> walks;
        do
        {
            walks = await connection.ReadAsync(
                batch => AddNames(batch, spec).Then(
                    """
                    INSERT INTO ledger_walks (sink, configuration, scope, began, epoch)
                    SELECT num, (SELECT num FROM ledger_configurations WHERE value = $2), $3, $4, $5
                      FROM (SELECT num FROM ledger_sinks WHERE name = $1 FOR KEY SHARE) AS sink
                    RETURNING num
                    """,
                    PostgresBatch.Of(spec.Sink),
                    PostgresBatch.Of(spec.Configuration),
                    PostgresBatch.Of(spec.Scope.ToString()),
                    PostgresBatch.Of(_timeProvider.GetUtcNow()),
                    PostgresBatch.Of(epoch)),
                static row => row.GetInt64(0),
                cancellationToken).ConfigureAwait(false);
        }
        while (walks.Count == 0);

        return new Walk(walks[0], spec, null) { Epoch = epoch };
    }

    /// <summary>Takes a walk up in its new epoch.</summary>
    /// <returns>The walk as it stands then; null when it is gone.</returns>
    private static async Task<Walk?> TakeUpAsync(NpgsqlConnection connection, Walk walk, CancellationToken cancellationToken)
    {
        // Read in the statement that refuses its last owner: that one may still have moved the cursor.
        var taken = await connection.ReadAsync(
            batch => batch.Then(
                "UPDATE ledger_walks SET epoch = $2 WHERE num = $1 AND ended IS NULL RETURNING cursor, listed, complete, root",
                PostgresBatch.Of(walk.Id),
                PostgresBatch.Of(walk.Epoch)),
            row => walk with { Cursor = row.NullableText(0), Listed = row.GetBoolean(1), Complete = row.GetBoolean(2), Root = row.NullableText(3) },
            cancellationToken).ConfigureAwait(false);
        return taken.Count > 0 ? taken[0] : null;
    }

    /// <summary>Takes the documents of unfinished walks over: whoever holds one of them is refused from here on.</summary>
    private static async Task SupersedeAsync(NpgsqlConnection connection, Walk walk, CancellationToken cancellationToken)
    {
        var others = await connection.ReadAsync(
            batch => batch.Then(
                $"SELECT num, scope FROM ledger_walks WHERE sink = {SinkOf1} AND num < $2 AND ended IS NULL AND epoch > 0",
                PostgresBatch.Of(walk.Spec.Sink),
                PostgresBatch.Of(walk.Id)),
            static row => (Num: row.GetInt64(0), Scope: SourceScope.Parse(row.GetString(1))),
            cancellationToken).ConfigureAwait(false);
        long[] superseded = [.. others.Where(other => other.Scope.Overlaps(walk.Spec.Scope)).Select(static other => other.Num)];
        if (superseded.Length > 0)
        {
            await connection.ExecuteAsync(
                batch => batch.Then("UPDATE ledger_walks SET epoch = 0 WHERE num = ANY ($1)", PostgresBatch.Of(superseded)), cancellationToken).ConfigureAwait(false);
        }
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
                PostgresBatch.Of(spec.Scope.ToString())),
            row => (
                Walk: new Walk(row.GetInt64(0), spec, row.NullableText(3)) { Listed = row.GetBoolean(4), Complete = row.GetBoolean(5), Root = row.NullableText(6) },
                Scope: SourceScope.Parse(row.GetString(1)),
                Goes: row.GetBoolean(2)),
            cancellationToken).ConfigureAwait(false);
        foreach (var (walk, scope, goes) in walks)
        {
            if (scope == spec.Scope)
            {
                return goes ? walk : null;
            }

            // A walk over the same documents has taken them from it.
            if (scope.Overlaps(spec.Scope))
            {
                return null;
            }
        }

        return null;
    }
}
