using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Sluice.Actors.Storage.Sqlite;

/// <summary>A connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);
    private readonly SqliteConnection _connection;
    private bool _hasVectors;

    private SqliteSession(SqliteConnection connection) => _connection = connection;

    /// <summary>Whether a transaction is open: SQLite ends it by itself on some errors.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_connection.Handle!) == 0;

    static SqliteSession() => Batteries_V2.Init();

    /// <summary>Opens the file at <paramref name="path"/> for writing, creating it and its folder where missing.</summary>
    public static SqliteSession OpenWriter(string path, SqliteOptions options)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var session = Open(path, SqliteOpenMode.ReadWriteCreate, options);
        try
        {
            SqliteSchema.Identify(session, path);
            session.Execute($"PRAGMA page_size = {SqliteSchema.PageSize}");
            session.Execute("PRAGMA journal_mode = WAL");
            session.Execute(options.SynchronousCommit ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            session.Execute($"PRAGMA wal_autocheckpoint = {options.LogBytes / session.Scalar("PRAGMA page_size")}");
            session.Execute($"PRAGMA journal_size_limit = {options.LogBytes}");
            session.Execute($"PRAGMA cache_size = -{options.CacheBytes >> 10}");
            if (options.MaxPages > 0)
            {
                session.Execute($"PRAGMA max_page_count = {options.MaxPages}");
            }

            SqliteSchema.Migrate(session);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Opens the file at <paramref name="path"/> for reading.</summary>
    /// <returns>The session, or null when there is no file, or nothing of Sluice in it yet.</returns>
    public static SqliteSession? OpenReader(string path, SqliteOptions options)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            return null;
        }

        SqliteSession? session = null;
        try
        {
            session = OpenForReading(path, options);
            if (!SqliteSchema.Identify(session, path))
            {
                session.Dispose();
                return null;
            }

            session.Execute($"PRAGMA cache_size = -{options.CacheBytes >> 12}");
            return session;
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    /// <summary>Makes sure that vector tables can be used on this connection.</summary>
    public void RequireVectors()
    {
        if (!_hasVectors)
        {
            VectorExtension.Load(_connection);
            _hasVectors = true;
        }
    }

    /// <summary>The statement <paramref name="sql"/>, prepared once; dispose it after each use. Not to be used twice at once.</summary>
    public SqliteStatement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            _statements.Add(sql, statement = new SqliteStatement(_connection.Handle!, sql));
            return statement;
        }

        statement.Reset(); // A use that failed may have left it half bound.
        return statement;
    }

    /// <summary>Runs a statement that is not worth keeping prepared.</summary>
    public void Execute(string sql)
    {
        var statement = new SqliteStatement(_connection.Handle!, sql);
        try
        {
            statement.Run();
        }
        finally
        {
            statement.Close();
        }
    }

    /// <summary>The first column of the first row of a statement that is not worth keeping prepared.</summary>
    public long Scalar(string sql)
    {
        var statement = new SqliteStatement(_connection.Handle!, sql);
        try
        {
            return statement.Step() ? statement.Int64(0) : 0;
        }
        finally
        {
            statement.Close();
        }
    }

    /// <summary>The rowid of the last row inserted.</summary>
    public long LastInsertRowId => raw.sqlite3_last_insert_rowid(_connection.Handle!);

    /// <summary>Gives SQL a predicate over a text, in place of any of the same name before.</summary>
    public void DefinePredicate(string name, Func<string, bool> predicate) =>
        _connection.CreateFunction(name, predicate, isDeterministic: true);

    /// <summary>Forgets prepared statements, because tables they use are dropped.</summary>
    public void ForgetStatements()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Close();
        }

        _statements.Clear();
    }

    public void Dispose()
    {
        ForgetStatements();
        _connection.Dispose();
    }

    private static SqliteSession OpenForReading(string path, SqliteOptions options)
    {
        SqliteSession? session = null;
        try
        {
            session = Open(path, SqliteOpenMode.ReadOnly, options);
            session.Scalar("SELECT count(*) FROM sqlite_schema");
            return session;
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY && IsFileWithoutLog(path))
        {
            // On a read-only file system the log's index cannot be made; without a log none is needed.
            session?.Dispose();
            return Open($"file:{Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal)}?immutable=1", SqliteOpenMode.ReadOnly, options);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    private static bool IsFileWithoutLog(string path) => File.Exists(path) && new FileInfo(path + "-wal") is not { Exists: true, Length: > 0 };

    private static SqliteSession Open(string source, SqliteOpenMode mode, SqliteOptions options)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source,
            Mode = mode,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = Math.Max(1, (int)Math.Ceiling(options.BusyTimeout.TotalSeconds)),
        }.ToString());
        try
        {
            connection.Open();
            var session = new SqliteSession(connection);
            session.Execute($"PRAGMA busy_timeout = {(long)options.BusyTimeout.TotalMilliseconds}");
            session.Execute("PRAGMA mmap_size = 0");
            session.Execute("PRAGMA trusted_schema = OFF");
            return session;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
