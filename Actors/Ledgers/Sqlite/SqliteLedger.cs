using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Ledgers.Sqlite;

/// <summary>
/// A ledger in a SQLite file, which may also hold a <see cref="Sinks.Sqlite.SqliteSink"/>'s collections: both then share one writer. Reading needs no lease and
/// makes no file. Safe for concurrent use.
/// </summary>
internal sealed partial class SqliteLedger : ILedger
{
    /// <summary>What a row of arguments weighs in the writer's queue, in bytes: an id and its neighbours.</summary>
    private const int RowWeight = 128;

    /// <summary>Most rows that one transaction deletes, so that the log stays small.</summary>
    private const int DeletePage = 20_000;

    private readonly SqliteDatabase _database;
    private readonly TimeProvider _timeProvider;
    private readonly string _ownName;
    private int _disposed;

    public SqliteLedger(string path, SqliteOptions options, TimeProvider timeProvider)
    {
        _database = SqliteDatabase.Share(path, options);
        _timeProvider = timeProvider;
        _ownName = SqliteAddress.Scheme + ":" + path + "?";
    }

    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(static _ => { }, 0, cancellationToken).ConfigureAwait(false);
        await ClearForgottenAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<IAsyncDisposable> AcquireAsync(LeaseRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ThrowIfDisposed();
        return await FileLease.AcquireAsync(_database.Path, request, _timeProvider, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? _database.DisposeAsync() : ValueTask.CompletedTask;

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed != 0, this);

    private Task<T> WriteAsync<T>(Func<SqliteSession, T> run, int rows, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        return _database.WriteAsync(run, (rows + 1L) * RowWeight, cancellationToken);
    }

    private Task WriteAsync(Action<SqliteSession> run, int rows, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        return _database.WriteAsync(run, (rows + 1L) * RowWeight, cancellationToken);
    }

    private Task<T> ReadAsync<T>(Func<SqliteSession, T> run, T missing, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        return _database.ReadAsync(run, missing, cancellationToken);
    }

    /// <summary>
    /// The key of a sink: its name, without the path when it lies in the ledger's own file, so that a moved file is still known.
    /// </summary>
    private string KeyOf(string sink) =>
        sink.StartsWith(_ownName, StringComparison.Ordinal) ? string.Concat(SqliteAddress.Scheme, ":.?", sink.AsSpan(_ownName.Length)) : sink;

    /// <summary>The number of a sink, or 0 when the ledger does not know it.</summary>
    private long FindSink(SqliteSession session, string sink)
    {
        using var find = session.Prepare("SELECT num FROM ledger_sinks WHERE name = ?");
        return find.Bind(KeyOf(sink)).Step() ? find.Int64(0) : 0;
    }

    private long AddSink(SqliteSession session, string sink)
    {
        if (FindSink(session, sink) is var known and > 0)
        {
            return known;
        }

        session.Prepare("INSERT INTO ledger_sinks(name) VALUES (?)").Bind(KeyOf(sink)).Run();
        return session.LastInsertRowId;
    }

    private static long FindConfiguration(SqliteSession session, string configuration)
    {
        using var find = session.Prepare("SELECT num FROM ledger_configurations WHERE value = ?");
        return find.Bind(configuration).Step() ? find.Int64(0) : 0;
    }

    private static long AddConfiguration(SqliteSession session, string configuration)
    {
        if (FindConfiguration(session, configuration) is var known and > 0)
        {
            return known;
        }

        session.Prepare("INSERT INTO ledger_configurations(value) VALUES (?)").Bind(configuration).Run();
        return session.LastInsertRowId;
    }

    private static long FindDocument(SqliteSession session, long sink, DocumentId document)
    {
        using var find = session.Prepare("SELECT num FROM ledger_documents WHERE sink = ? AND id = ?");
        return find.Bind(sink).Bind(document.Value).Step() ? find.Int64(0) : 0;
    }
}
