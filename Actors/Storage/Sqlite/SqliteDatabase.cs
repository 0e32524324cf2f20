using System.Collections.Concurrent;

namespace Sluice.Actors.Storage.Sqlite;

/// <summary>
/// A SQLite file: one writer and a few readers, shared by all in the process that name the same path. Readers never wait for the writer, nor it for them.
/// Each user disposes what <see cref="Share"/> gave it; the last one closes the file. Safe for concurrent use.
/// </summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<string, SqliteDatabase> s_open = new(StringComparer.Ordinal);

    private readonly ConcurrentStack<SqliteSession> _readers = new();
    private readonly SemaphoreSlim _readersFree;
    private readonly SqliteWriter _writer;
    private readonly SqliteOptions _options;
    private int _users = 1;

    private SqliteDatabase(string path, SqliteOptions options)
    {
        Path = path;
        _options = options;
        _readersFree = new SemaphoreSlim(options.MaxReaders, options.MaxReaders);
        _writer = new SqliteWriter(path, options, () => SqliteSession.OpenWriter(path, options));
    }

    /// <summary>The file's absolute path.</summary>
    public string Path { get; }

    /// <summary>The database at <paramref name="path"/>: the one that is open in this process, or a new one. Touches no file before the first read or write.</summary>
    public static SqliteDatabase Share(string path, SqliteOptions options)
    {
        lock (s_lock)
        {
            if (s_open.TryGetValue(path, out var database))
            {
                database._users++;
                return database;
            }

            return s_open[path] = new SqliteDatabase(path, options);
        }
    }

    /// <summary>Writes in a transaction, see <see cref="SqliteWriter.WriteAsync"/>. Creates the file, or brings its schema up to date, the first time.</summary>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> run, long weight, CancellationToken cancellationToken) => _writer.WriteAsync(run, weight, cancellationToken);

    /// <summary>Writes in a transaction.</summary>
    public Task WriteAsync(Action<SqliteSession> run, long weight, CancellationToken cancellationToken) =>
        _writer.WriteAsync(
            session =>
            {
                run(session);
                return true;
            },
            weight,
            cancellationToken);

    /// <summary>Reads what is committed, all of it as of one moment.</summary>
    /// <param name="run">Reads.</param>
    /// <param name="missing">What to answer when there is no file yet, or nothing in it.</param>
    /// <param name="cancellationToken">Cancels waiting for a free reader.</param>
    public async Task<T> ReadAsync<T>(Func<SqliteSession, T> run, T missing, CancellationToken cancellationToken)
    {
        await _readersFree.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Read(run, missing), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _readersFree.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (s_lock)
        {
            if (--_users > 0)
            {
                return;
            }

            s_open.Remove(Path);
        }

        for (var reader = 0; reader < _options.MaxReaders; reader++)
        {
            await _readersFree.WaitAsync().ConfigureAwait(false);
        }

        while (_readers.TryPop(out var session))
        {
            session.Dispose();
        }

        await _writer.DisposeAsync().ConfigureAwait(false);
        _readersFree.Dispose();
    }

    private T Read<T>(Func<SqliteSession, T> run, T missing)
    {
        SqliteSession? session = null;
        try
        {
            if (!_readers.TryPop(out session) && (session = SqliteSession.OpenReader(Path, _options)) is null)
            {
                return missing;
            }

            session.Prepare("BEGIN").Run();
            var result = run(session);
            session.Prepare("COMMIT").Run();
            _readers.Push(session);
            return result;
        }
        catch (Exception exception)
        {
            // Opening another one is cheap beside finding out what this one is still good for.
            session?.Dispose();
            var translated = SqliteErrors.Translate(exception, Path);
            if (ReferenceEquals(translated, exception))
            {
                throw;
            }

            throw translated;
        }
    }
}
