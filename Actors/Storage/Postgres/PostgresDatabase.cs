using System.Data;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Storage.Postgres;

/// <summary>
/// A pool of connections whose calls wait while the server is away: what may pass is tried again, with exponential back-off and full jitter, until the caller
/// cancels. So every piece of work must be safe to repeat, even where it was committed and only the answer was lost. Safe for concurrent use.
/// </summary>
/// <param name="address">Where it is. Its schema is the search path.</param>
/// <param name="serverSettings">Settings of the server for its connections, as <c>-c NAME=VALUE ...</c>.</param>
/// <param name="timeProvider">The clock of the pauses.</param>
/// <param name="opened">Told of each connection of the pool before it is first used; null for nobody.</param>
internal sealed class PostgresDatabase(PostgresAddress address, string serverSettings, TimeProvider timeProvider, Func<NpgsqlConnection, Task>? opened = null) : IAsyncDisposable
{
    private const int FirstPause = 100;
    private const int LongestPause = 2_000;

    private readonly NpgsqlDataSource _pool = address.CreateDataSource(builder => Configure(builder, address, serverSettings), opened);
    private readonly PostgresTrouble _trouble = new(timeProvider);
    private volatile bool _worked;
    private int _disposed;

    public PostgresAddress Address => address;

    /// <summary>What calls wait for, in words; null when they do not.</summary>
    public string? Trouble => _trouble.Words;

    /// <summary>Asked before each try: may throw, a <see cref="TransientException"/> to make the call wait.</summary>
    public Action? Guard { get; set; }

    /// <summary>Makes sources of connections that are not pooled and live until they are disposed: for locks and notifications.</summary>
    public NpgsqlDataSource CreateUnpooled() => address.CreateDataSource(builder =>
    {
        Configure(builder, address, serverSettings);
        builder.Pooling = false;
        builder.MaxAutoPrepare = 0;
    });

    /// <summary>
    /// Does a piece of work, again and again while it fails for now; also while it fails for what a person has to mend (a changed password, a right that was taken), once
    /// calls have worked here.
    /// </summary>
    /// <exception cref="StorageException">It failed for good.</exception>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            ThrowIfDisposed();
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Guard?.Invoke();
                var result = await TryAsync(work, cancellationToken).ConfigureAwait(false);
                _worked = true;
                _trouble.Over();
                return result;
            }
            catch (SluiceException exception) when (exception is TransientException || (exception is StorageException { IsMendable: true } && _worked))
            {
                _trouble.Met(exception.Message);
            }

            await Task.Delay(Pause(attempt), timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Does a piece of work once.</summary>
    /// <exception cref="TransientException">It failed for now.</exception>
    /// <exception cref="StorageException">It failed for good.</exception>
    public async Task<T> TryAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await _pool.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            return await work(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            ThrowIfDisposed();
            var translated = exception is InvalidOperationException && connection is { State: not ConnectionState.Open }
                ? new TransientException($"PostgreSQL at {address.Display} closed the connection between two statements.", innerException: exception)
                : PostgresErrors.Translate(exception, address);
            if (ReferenceEquals(translated, exception))
            {
                throw;
            }

            throw translated;
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? _pool.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>A pause before the next try: anything up to a bound that doubles.</summary>
    internal static TimeSpan Pause(int attempt)
    {
        var bound = (int)Math.Min(FirstPause * Math.Pow(2, Math.Min(attempt, 20)), LongestPause);
        return TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, bound + 1));
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed != 0, this);

    private static void Configure(NpgsqlConnectionStringBuilder builder, PostgresAddress address, string serverSettings)
    {
        builder.CancellationTimeout = -1; // A server that hangs would not answer a request to cancel either.
        builder.MaxAutoPrepare = 64;
        builder.AutoPrepareMinUsages = 2;

        // A statement whose client gave up ends soon after; a client that is gone without a word is noticed in half a minute.
        builder.SearchPath = address.Schema;
        builder.Options = string.Create(
            CultureInfo.InvariantCulture,
            $"{serverSettings} -c statement_timeout={(builder.CommandTimeout + 5) * 1000} -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3");
    }
}
