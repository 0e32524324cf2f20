using System.Globalization;
using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>The lock of a ledger and the rows that say who has it, read and written on a lease's own session.</summary>
internal static class PostgresLeaseRows
{
    /// <summary>A row's session lives: it holds a lock, and is not another one that was given the same process id since.</summary>
    private const string Lives =
        """
        EXISTS (SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted AND l.pid = n.backend)
        AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.pid = n.backend AND a.backend_start <> n.began)
        """;

    /// <summary>Takes the lock for the session, where it is free.</summary>
    public static async Task<bool> TryLockAsync(NpgsqlConnection session, string name, bool shared, CancellationToken cancellationToken)
    {
        var locked = await session.ReadAsync(
            batch => batch.Then($"SELECT pg_try_advisory_lock{(shared ? "_shared" : "")}(hashtextextended($1, 0))", PostgresBatch.Of(name)), static row => row.GetBoolean(0), cancellationToken).ConfigureAwait(false);
        return locked[0];
    }

    /// <summary>The nodes that live, the oldest first.</summary>
    public static Task<List<LeaseNode>> ListNodesAsync(NpgsqlConnection session, CancellationToken cancellationToken) => session.ReadAsync(
        static batch => batch.Then($"SELECT token, incarnation, cluster, address, node, machine, since FROM ledger_nodes AS n WHERE {Lives} ORDER BY since, token"),
        static row => new LeaseNode(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6)),
        cancellationToken);

    /// <summary>Writes a node's row, in place of those of sessions that are gone.</summary>
    public static Task WriteNodeAsync(NpgsqlConnection session, LeaseNode node, CancellationToken cancellationToken) => session.ExecuteAsync(
        batch => batch
            .Then($"DELETE FROM ledger_nodes AS n WHERE token = $1 OR NOT ({Lives})", PostgresBatch.Of(node.Token))
            .Then(
                """
                INSERT INTO ledger_nodes (token, incarnation, backend, began, node, process, since, cluster, address, machine)
                VALUES ($1, $2, pg_backend_pid(), (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()), $3, $4, clock_timestamp(), $5, $6, $7)
                """,
                PostgresBatch.Of(node.Token),
                PostgresBatch.Of(node.Incarnation),
                PostgresBatch.Of(node.Node),
                PostgresBatch.Of(Environment.ProcessId),
                PostgresBatch.Of(PostgresBatch.Storable(node.Cluster)),
                PostgresBatch.Of(PostgresBatch.Storable(node.Address)),
                PostgresBatch.Of(Environment.MachineName)),
        cancellationToken);

    /// <summary>Takes a node's row away.</summary>
    public static Task RemoveNodeAsync(NpgsqlConnection session, Guid token) =>
        session.ExecuteAsync(batch => batch.Then("DELETE FROM ledger_nodes WHERE token = $1", PostgresBatch.Of(token)), CancellationToken.None);

    /// <summary>The one run that holds the ledger; null when none has left its name.</summary>
    public static async Task<LedgerHeldException?> FindRunAsync(NpgsqlConnection session, string place, CancellationToken cancellationToken)
    {
        var runs = await session.ReadAsync(
            static batch => batch.Then("SELECT false, process, machine, since, holder FROM ledger_holder"), row => HeldByRun(row, place), cancellationToken).ConfigureAwait(false);
        return runs.Count > 0 ? runs[0] : null;
    }

    /// <summary>Says which run holds the ledger, from its row.</summary>
    public static LedgerHeldException HeldByRun(NpgsqlDataReader row, string place) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"The ledger at {place} is being written by PID {row.GetInt32(1)} on {row.GetString(2)} since {row.GetFieldValue<DateTimeOffset>(3):yyyy-MM-dd HH:mm:ss} UTC ({row.GetString(4)}). Wait for it to end, or stop it."));

    /// <summary>Whether no job of the cluster runs.</summary>
    public static async Task<bool> HasNoJobAsync(NpgsqlConnection session, string schema, CancellationToken cancellationToken)
    {
        var tables = await session.ReadAsync(
            batch => batch.Then("SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'jobs')", PostgresBatch.Of(schema)), static row => row.GetBoolean(0), cancellationToken).ConfigureAwait(false);
        var runs = tables[0]
            ? await session.ReadAsync(static batch => batch.Then("SELECT EXISTS (SELECT FROM jobs WHERE state = 1)"), static row => row.GetBoolean(0), cancellationToken).ConfigureAwait(false)
            : [false];
        return !runs[0];
    }
}
