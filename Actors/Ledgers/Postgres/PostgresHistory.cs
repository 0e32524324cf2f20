using Npgsql;
using Sluice.Actors.Storage.Postgres;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>
/// Notices that the ledger's database is another one than it was: after a failover it may lack the last commits, which this process and its sinks still know of. Then the
/// documents of unfinished walks are marked to be compared with the sink at the end, by whoever notices first, and <see cref="Number"/> rises in each process. Asked for each
/// new connection, which a failover makes of all. Safe for concurrent use.
/// </summary>
internal sealed class PostgresHistory
{
    private const int Patience = 600;

    private readonly Lock _lock = new();
    private volatile PostgresOrigin? _settled;
    private volatile bool _ready;
    private long _number;

    /// <summary>Rises with each change that this process has seen.</summary>
    public long Number => Interlocked.Read(ref _number);

    /// <summary>The tables are there: from now on connections are compared with what they say.</summary>
    public void Begin() => _ready = true;

    /// <summary>Looks which database a new connection has come to.</summary>
    public async Task CheckAsync(NpgsqlConnection connection)
    {
        if (!_ready || await PostgresOrigin.ReadAsync(connection, CancellationToken.None).ConfigureAwait(false) is not { } origin || origin == _settled)
        {
            return;
        }

        await SettleAsync(connection, origin).ConfigureAwait(false);
        lock (_lock)
        {
            if (_settled is { } before && before != origin)
            {
                Interlocked.Increment(ref _number);
            }

            _settled = origin;
        }
    }

    /// <summary>
    /// Compares with what the database itself says of its origin; it was written on the server before. Where that is another one, all that was being done then is in doubt:
    /// what was recorded may be missing in the sink, and what the sink has may not be recorded.
    /// </summary>
    private static async Task SettleAsync(NpgsqlConnection connection, PostgresOrigin origin)
    {
        var transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
        await using var rollback = transaction.ConfigureAwait(false);
        await connection.ExecuteAsync(
            static batch => batch
                .Then("SELECT set_config('statement_timeout', $1, true), set_config('enable_seqscan', 'on', true), set_config('enable_hashjoin', 'on', true)", PostgresBatch.Of($"{Patience * 1000}"))
                .Then("LOCK TABLE ledger_server IN SHARE ROW EXCLUSIVE MODE"), // One after the other: the first one marks.
            CancellationToken.None,
            Patience).ConfigureAwait(false);
        var known = await connection.ReadAsync(
            static batch => batch.Then("SELECT system, timeline FROM ledger_server"), static row => new PostgresOrigin(row.GetInt64(0), row.GetString(1)), CancellationToken.None).ConfigureAwait(false);
        if (known is not [var same] || same != origin)
        {
            await connection.ExecuteAsync(
                batch => batch
                    .Then(
                        """
                        UPDATE ledger_documents AS d SET unconfirmed = true, doubts = doubts + 1
                          FROM ledger_walks AS w
                         WHERE w.ended IS NULL AND d.sink = w.sink AND (d.queue = w.num OR (d.settled = w.num AND NOT d.unchanged)) AND $1
                        """,
                        PostgresBatch.Of(known.Count > 0))
                    .Then(
                        """
                        INSERT INTO ledger_server (one, system, timeline, since) VALUES (1, $1, $2, clock_timestamp())
                        ON CONFLICT (one) DO UPDATE SET system = excluded.system, timeline = excluded.timeline, since = excluded.since
                        """,
                        PostgresBatch.Of(origin.System),
                        PostgresBatch.Of(origin.Timeline)),
                CancellationToken.None,
                Patience).ConfigureAwait(false);
        }

        await transaction.CommitAsync().ConfigureAwait(false);
    }
}
