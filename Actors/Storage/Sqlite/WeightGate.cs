namespace Sluice.Actors.Storage.Sqlite;

/// <summary>
/// Lets in as much as fits, in the order of arrival: at most so many entrants, weighing together at most so much. One that is heavier than the whole gate passes
/// when it is alone. Safe for concurrent use.
/// </summary>
internal sealed class WeightGate(long capacity, int maxEntrants)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private long _weight;
    private int _entrants;

    /// <summary>Waits until <paramref name="weight"/> fits.</summary>
    public async ValueTask EnterAsync(long weight, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            if (_waiters.Count == 0 && Fits_NeedsLock(weight))
            {
                Admit_NeedsLock(weight);
                return;
            }

            node = _waiters.AddLast(new Waiter(weight));
        }

        using var registration = cancellationToken.UnsafeRegister(_ => Cancel(node, cancellationToken), null);
        await node.Value.Admitted.Task.ConfigureAwait(false);
    }

    /// <summary>Gives back what <see cref="EnterAsync"/> let in.</summary>
    public void Exit(long weight)
    {
        lock (_lock)
        {
            _weight -= weight;
            _entrants--;
            AdmitWaiters_NeedsLock();
        }
    }

    private void Cancel(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (node.List is null)
            {
                return; // Already admitted.
            }

            _waiters.Remove(node);
            AdmitWaiters_NeedsLock();
        }

        node.Value.Admitted.TrySetCanceled(cancellationToken);
    }

    private void AdmitWaiters_NeedsLock()
    {
        while (_waiters.First is { } first && Fits_NeedsLock(first.Value.Weight))
        {
            _waiters.RemoveFirst();
            Admit_NeedsLock(first.Value.Weight);
            first.Value.Admitted.TrySetResult();
        }
    }

    private bool Fits_NeedsLock(long weight) => _entrants == 0 || (_entrants < maxEntrants && _weight + weight <= capacity);

    private void Admit_NeedsLock(long weight)
    {
        _weight += weight;
        _entrants++;
    }

    private sealed record Waiter(long Weight)
    {
        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
