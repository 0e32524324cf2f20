using System.Threading.Channels;

namespace Sluice.Actors.Storage.Sqlite;

/// <summary>
/// The one writer of a file in this process. Work that queues up while a transaction runs is done in the next one together (group commit): each piece below a
/// savepoint of its own, so that one that fails takes nobody with it, and each caller hears of it only after the commit.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int MaxGroup = 128;

    private readonly Channel<SqliteWork> _queue = Channel.CreateUnbounded<SqliteWork>(new UnboundedChannelOptions { SingleReader = true }); // Bounded by the gate.
    private readonly WeightGate _gate;
    private readonly Func<SqliteSession> _open;
    private readonly string _path;
    private readonly long _maxGroupBytes;
    private readonly Task _loop;
    private SqliteSession? _session;

    public SqliteWriter(string path, SqliteOptions options, Func<SqliteSession> open)
    {
        _path = path;
        _open = open;
        _gate = new WeightGate(options.MaxQueuedBytes, options.MaxQueuedWrites);
        _maxGroupBytes = Math.Max(1 << 20, options.LogBytes / 2);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Runs <paramref name="run"/> in a transaction; returns after its commit.</summary>
    /// <param name="run">What to do; may run again when the transaction it shared fails, so it changes nothing but the database.</param>
    /// <param name="weight">Bytes it holds in memory while it waits.</param>
    /// <param name="cancellationToken">Withdraws it while it waits.</param>
    public async Task<T> WriteAsync<T>(Func<SqliteSession, T> run, long weight, CancellationToken cancellationToken)
    {
        await _gate.EnterAsync(weight, cancellationToken).ConfigureAwait(false);
        try
        {
            var work = new SqliteWork<T>(run, weight, cancellationToken);
            ObjectDisposedException.ThrowIf(!_queue.Writer.TryWrite(work), typeof(SqliteDatabase));
            return await work.Task.ConfigureAwait(false);
        }
        finally
        {
            _gate.Exit(weight);
        }
    }

    /// <summary>Finishes what is queued and closes the connection, which brings the log into the database.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
        _session?.Dispose();
        _session = null;
    }

    private async Task RunAsync()
    {
        var group = new List<SqliteWork>(MaxGroup);
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var bytes = 0L;
            while (group.Count < MaxGroup && bytes < _maxGroupBytes && _queue.Reader.TryRead(out var work))
            {
                if (!work.EndIfCancelled())
                {
                    group.Add(work);
                    bytes += work.Weight;
                }
            }

            RunGroup(group);
            foreach (var work in group)
            {
                work.Complete();
            }

            group.Clear();
        }
    }

    private void RunGroup(List<SqliteWork> group)
    {
        if (group.Count == 0 || TryCommit(group) is not { } failure)
        {
            return;
        }

        if (group.Count == 1)
        {
            group[0].Failure = failure;
            return;
        }

        // The transaction fell with all in it: each on its own shows whose fault it was.
        foreach (var work in group)
        {
            if (work.Failure is null && TryCommit([work]) is { } alone)
            {
                work.Failure = alone; // Null when it committed, or when it failed below its savepoint and says so itself.
            }
        }
    }

    /// <summary>Runs a group in one transaction.</summary>
    /// <returns>Null when it is committed, else why all of it was rolled back.</returns>
    private Exception? TryCommit(List<SqliteWork> group)
    {
        try
        {
            _session ??= _open();
            _session.Prepare("BEGIN IMMEDIATE").Run();
            foreach (var work in group)
            {
                if (work.Failure is null)
                {
                    RunIsolated(_session, work);
                }
            }

            _session.Prepare("COMMIT").Run();
            return null;
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the callers: each gets it as the outcome of its write.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return SqliteErrors.Translate(RollBack(exception), _path);
        }
    }

    private void RunIsolated(SqliteSession session, SqliteWork work)
    {
        session.Prepare("SAVEPOINT item").Run();
        try
        {
            work.Execute(session);
            session.Prepare("RELEASE item").Run();
        }
        catch (Exception exception) when (session.InTransaction && !SqliteErrors.SpoilsConnection(exception))
        {
            session.Prepare("ROLLBACK TO item").Run();
            session.Prepare("RELEASE item").Run();
            work.Failure = SqliteErrors.Translate(exception, _path);
        }
    }

    private Exception RollBack(Exception exception)
    {
        try
        {
            if (_session is { InTransaction: true })
            {
                _session.Execute("ROLLBACK");
            }

            if (!SqliteErrors.SpoilsConnection(exception))
            {
                return exception;
            }
        }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            // Closing the connection rolls back as well; the first exception is the one that tells.
        }

        _session?.Dispose();
        _session = null;
        return exception;
    }
}
