namespace Sluice.Actors.Storage.Sqlite;

/// <summary>A piece of writing that waits for the writer. Runs inside a transaction, more than once if that transaction fails with others in it.</summary>
internal abstract class SqliteWork(long weight, CancellationToken cancellationToken)
{
    /// <summary>Bytes it holds while it waits.</summary>
    public long Weight { get; } = weight;

    /// <summary>Set when it failed by itself, without harm to the others.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Ends it, when its caller has gone before it began.</summary>
    /// <returns>True when there is nothing left to do.</returns>
    public bool EndIfCancelled()
    {
        if (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }

        Cancel(cancellationToken);
        return true;
    }

    public abstract void Execute(SqliteSession session);

    /// <summary>Tells the caller the result, after the commit; or <see cref="Failure"/>.</summary>
    public abstract void Complete();

    protected abstract void Cancel(CancellationToken token);
}

/// <inheritdoc/>
internal sealed class SqliteWork<T>(Func<SqliteSession, T> run, long weight, CancellationToken cancellationToken) : SqliteWork(weight, cancellationToken)
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _completion.Task;

    public override void Execute(SqliteSession session) => _result = run(session);

    public override void Complete()
    {
        if (Failure is null)
        {
            _completion.TrySetResult(_result!);
        }
        else
        {
            _completion.TrySetException(Failure);
        }
    }

    protected override void Cancel(CancellationToken token) => _completion.TrySetCanceled(token);
}
