namespace Sluice.Streams.Flows;

/// <summary>Where a run stands still when that is wished: nothing new is read while it is closed; what is under way goes on. Open when made. Safe for concurrent use.</summary>
public sealed class PauseGate
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _closed;

    /// <summary>Whether it is closed.</summary>
    public bool IsClosed => Volatile.Read(ref _closed) is not null;

    /// <summary>Closes it.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Opens it; whoever waits goes on.</summary>
    public void Open()
    {
        lock (_lock)
        {
            var closed = _closed;
            Volatile.Write(ref _closed, null);
            closed?.TrySetResult();
        }
    }

    /// <summary>Waits while it is closed.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>When it is open.</returns>
    public ValueTask PassAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _closed) is { } closed ? new ValueTask(WaitAsync(closed, cancellationToken)) : ValueTask.CompletedTask;

    private async Task WaitAsync(TaskCompletionSource closed, CancellationToken cancellationToken)
    {
        for (var next = closed; next is not null; next = Volatile.Read(ref _closed))
        {
            await next.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
