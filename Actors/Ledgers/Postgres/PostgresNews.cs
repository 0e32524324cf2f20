using System.Net.Sockets;
using Npgsql;
using Sluice.Actors.Storage.Postgres;

namespace Sluice.Actors.Ledgers.Postgres;

/// <summary>
/// Waits for notifications of jobs, on a connection of its own that is made when somebody first waits and made again when it is lost. What comes while nobody waits
/// is kept for who waits next; after a connection was made there may be news that nobody told. Safe for concurrent use.
/// </summary>
internal sealed class PostgresNews(PostgresDatabase database, TimeProvider timeProvider) : IAsyncDisposable
{
    public const string Channel = "sluice_jobs";

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _arrival = New();
    private Task? _listening;

    /// <summary>What notifications of these jobs say: other schemas of the database share the channel.</summary>
    public string Subject => database.Address.Schema;

    /// <summary>Waits for news, or until <paramref name="longest"/> has passed.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        Task arrival;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            _listening ??= Task.Run(() => ListenAsync(_stop.Token), CancellationToken.None);
            arrival = _arrival.Task;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var limit = Task.Delay(longest, timeProvider, ended.Token);
        await Task.WhenAny(arrival, limit).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        await ended.CancelAsync().ConfigureAwait(false);
        lock (_lock)
        {
            if (_arrival.Task.IsCompleted && ReferenceEquals(_arrival.Task, arrival))
            {
                _arrival = New();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task? listening;
        lock (_lock)
        {
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            _stop.Cancel();
            listening = _listening;
        }

        if (listening is not null)
        {
            await listening.ConfigureAwait(false);
        }

        _arrival.TrySetResult();
        _stop.Dispose();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        var source = database.CreateUnpooled();
        await using var disposal = source.ConfigureAwait(false);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await using var closing = connection.ConfigureAwait(false);
                connection.Notification += Notified;
                await connection.ExecuteAsync(static batch => batch.Then("LISTEN " + Channel), cancellationToken).ConfigureAwait(false);
                attempt = 0;
                Arrived();
                while (true)
                {
                    await connection.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException or TimeoutException or InvalidOperationException or SocketException)
            {
                // Whoever waits does so for its longest time, until there is a connection again.
            }

            // Cancelled, it ends at the next try.
            await Task.Delay(PostgresDatabase.Pause(attempt), timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Notified(object sender, NpgsqlNotificationEventArgs notice)
    {
        if (notice.Payload == Subject)
        {
            Arrived();
        }
    }

    private void Arrived()
    {
        lock (_lock)
        {
            _arrival.TrySetResult();
        }
    }
}
