using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>
/// The right to write a ledger: a lock of a session of its own, which ends with the process, however that ends, and a row that tells who has it. The session is
/// asked for a sign of life; when it is lost the lease is taken again, and until then the ledger's calls wait. Should somebody else have come first, they fail.
/// </summary>
internal abstract class PostgresSessionLease : IAsyncDisposable
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>Seconds that a sign of life may take.</summary>
    private const int HeartbeatTimeout = 10;

    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<string> _lostForGood = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NpgsqlConnection? _session;
    private Task _watch = Task.CompletedTask;
    private volatile Exception? _lost;
    private int _disposed;

    protected PostgresSessionLease(PostgresDatabase database, TimeProvider timeProvider)
    {
        Database = database;
        _source = database.CreateUnpooled();
        _timeProvider = timeProvider;
    }

    /// <summary>Ends, with words, when somebody else has taken the lease.</summary>
    public Task<string> Lost => _lostForGood.Task;

    protected PostgresDatabase Database { get; }

    /// <summary>Differs for each lease: a session that was lost is known by it.</summary>
    protected Guid Token { get; } = Guid.NewGuid();

    protected string Place => $"{Database.Address.Display}, schema {Database.Address.Schema},";

    /// <summary>What is locked: by one run alone, or by the nodes of one cluster together.</summary>
    protected string LockName => "sluice ledger " + Database.Address.Schema;

    /// <summary>Asked before each call of the ledger.</summary>
    /// <exception cref="LedgerHeldException">Somebody else has taken the lease.</exception>
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
                await RemoveRowAsync(session).ConfigureAwait(false);
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

    /// <summary>Takes the lease for the first time.</summary>
    protected async Task BeginAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Through the database's own calls, so that it waits for a server that is away as they do.
            _session = await Database.RunAsync((_, stop) => OpenAsync(stop), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _watch = WatchAsync();
    }

    /// <summary>Takes the lock for a session and writes the row; throws when somebody else has it.</summary>
    protected abstract Task TakeAsync(NpgsqlConnection session, CancellationToken cancellationToken);

    /// <summary>Takes the row away.</summary>
    protected abstract Task RemoveRowAsync(NpgsqlConnection session);

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var session = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await TakeAsync(session, cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks the session for a sign of life; takes the lease again when there is none.</summary>
    private async Task WatchAsync()
    {
        var attempt = 0;
        try
        {
            while (true)
            {
                try
                {
                    if (_lost is null)
                    {
                        await _session!.WaitAsync(s_heartbeat, _stop.Token).ConfigureAwait(false); // A connection that breaks is noticed at once.
                        await _session.ExecuteAsync(static batch => batch.Then("SELECT 1"), _stop.Token, HeartbeatTimeout).ConfigureAwait(false);
                    }
                    else
                    {
                        await Task.Delay(PostgresDatabase.Pause(attempt++), _timeProvider, _stop.Token).ConfigureAwait(false);
                        _session = await OpenAsync(_stop.Token).ConfigureAwait(false);
                        (_lost, attempt) = (null, 0);
                    }
                }
                catch (Exception exception) when (!_stop.IsCancellationRequested)
                {
                    var translated = PostgresErrors.Translate(exception, Database.Address);
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
                        _lostForGood.TrySetResult(translated.Message);
                        return;
                    }
                }
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }
}
