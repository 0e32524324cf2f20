using System.Globalization;
using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>
/// The right to write a ledger: a lock of a session of its own, which ends with the process, however that ends, and a row that tells who has it. The session is
/// asked for a sign of life; when it is lost the lease is taken again, and until then the ledger's calls wait. Should another run have come first, they fail.
/// </summary>
internal sealed class PostgresLease : IAsyncDisposable
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>Seconds that a sign of life may take.</summary>
    private const int HeartbeatTimeout = 10;

    private readonly PostgresDatabase _database;
    private readonly NpgsqlDataSource _source;
    private readonly LeaseRequest _request;
    private readonly TimeProvider _timeProvider;
    private readonly Guid _token = Guid.NewGuid();
    private readonly CancellationTokenSource _stop = new();
    private NpgsqlConnection? _session;
    private Task _watch = Task.CompletedTask;
    private volatile Exception? _lost;
    private int _disposed;

    private PostgresLease(PostgresDatabase database, LeaseRequest request, TimeProvider timeProvider)
    {
        _database = database;
        _source = database.CreateUnpooled();
        _request = request;
        _timeProvider = timeProvider;
    }

    /// <summary>Takes the lease.</summary>
    /// <exception cref="LedgerHeldException">Another run holds it.</exception>
    public static async Task<PostgresLease> AcquireAsync(PostgresDatabase database, LeaseRequest request, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var lease = new PostgresLease(database, request, timeProvider);
        try
        {
            // Through the database's own calls, so that it waits for a server that is away as they do.
            lease._session = await database.RunAsync((_, stop) => lease.TakeAsync(stop), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await lease.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        lease._watch = lease.WatchAsync();
        return lease;
    }

    /// <summary>Asked before each call of the ledger.</summary>
    /// <exception cref="LedgerHeldException">Another run has taken the lease.</exception>
    /// <exception cref="TransientException">It is just being taken again.</exception>
    public void ThrowIfNotHeld()
    {
        if (_disposed == 0 && _lost is { } lost)
        {
            throw lost is LedgerHeldException held ? new LedgerHeldException(held.Message) : new TransientException(lost.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(false);
        if (_session is { } session)
        {
            try
            {
                await session.ExecuteAsync(batch => batch.Then("DELETE FROM ledger_holder WHERE token = $1", PostgresBatch.Of(_token)), CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
            {
                // The row is only words; the lock ends with the session.
            }

            await session.DisposeAsync().ConfigureAwait(false);
        }

        await _source.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task<NpgsqlConnection> TakeAsync(CancellationToken cancellationToken)
    {
        var session = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!await TryLockAsync(session, cancellationToken).ConfigureAwait(false))
            {
                throw await DescribeAsync(session, cancellationToken).ConfigureAwait(false);
            }

            await session.ExecuteAsync(
                batch => batch.Then(
                    """
                    INSERT INTO ledger_holder (one, token, backend, process, machine, since, holder) VALUES (1, $1, pg_backend_pid(), $2, $3, $4, $5)
                    ON CONFLICT (one) DO UPDATE SET token = excluded.token, backend = excluded.backend, process = excluded.process, machine = excluded.machine,
                                                    since = excluded.since, holder = excluded.holder
                    """,
                    PostgresBatch.Of(_token),
                    PostgresBatch.Of(Environment.ProcessId),
                    PostgresBatch.Of(Environment.MachineName),
                    PostgresBatch.Of(_timeProvider.GetUtcNow()),
                    PostgresBatch.Of(PostgresBatch.Storable(_request.Holder))),
                cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<bool> TryLockAsync(NpgsqlConnection session, CancellationToken cancellationToken)
    {
        var locked = await session.ReadAsync(
            batch => batch.Then("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", PostgresBatch.Of("sluice ledger " + _database.Address.Schema)),
            static row => row.GetBoolean(0),
            cancellationToken).ConfigureAwait(false);
        return locked[0];
    }

    /// <summary>Who holds the lease. Where it is a session of this very lease that the server has not noticed to be gone, that is ended.</summary>
    private async Task<Exception> DescribeAsync(NpgsqlConnection session, CancellationToken cancellationToken)
    {
        var holders = await session.ReadAsync<Exception>(
            batch => batch.Then(
                """
                SELECT token = $1, process, machine, since, holder,
                       CASE WHEN token = $1 AND EXISTS (SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted AND l.pid = backend)
                            THEN pg_terminate_backend(backend) END
                  FROM ledger_holder
                """,
                PostgresBatch.Of(_token)),
            row => row.GetBoolean(0)
                ? new TransientException($"The lease of the ledger at {Place} is still held by a connection of this run that was lost.")
                : new LedgerHeldException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The ledger at {Place} is being written by PID {row.GetInt32(1)} on {row.GetString(2)} since {row.GetFieldValue<DateTimeOffset>(3):yyyy-MM-dd HH:mm:ss} UTC ({row.GetString(4)}). Wait for it to end, or stop it.")),
            cancellationToken).ConfigureAwait(false);
        return holders.Count > 0 ? holders[0] : new LedgerHeldException($"The ledger at {Place} is being written by another run. Wait for it to end, or stop it.");
    }

    private string Place => $"{_database.Address.Display}, schema {_database.Address.Schema},";

    /// <summary>Asks the session for a sign of life; takes the lease again when there is none.</summary>
    private async Task WatchAsync()
    {
        var attempt = 0;
        try
        {
            while (true)
            {
                await Task.Delay(_lost is null ? s_heartbeat : PostgresDatabase.Pause(attempt++), _timeProvider, _stop.Token).ConfigureAwait(false);
                try
                {
                    if (_lost is null)
                    {
                        await _session!.ExecuteAsync(static batch => batch.Then("SELECT 1"), _stop.Token, HeartbeatTimeout).ConfigureAwait(false);
                    }
                    else
                    {
                        _session = await TakeAsync(_stop.Token).ConfigureAwait(false);
                        (_lost, attempt) = (null, 0);
                    }
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    var translated = PostgresErrors.Translate(exception, _database.Address);
                    _lost = translated is LedgerHeldException
                        ? translated
                        : new TransientException($"The connection that holds the lease of the ledger was lost: {translated.Message}", innerException: translated);
                    if (_session is { } broken)
                    {
                        _session = null;
                        await broken.DisposeAsync().ConfigureAwait(false);
                    }

                    if (translated is LedgerHeldException)
                    {
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
