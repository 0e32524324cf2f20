namespace Sluice.Actors.Core.Indexing;

/// <summary>
/// How many requests may be under way to a sink: one more for each round of successes, half of them when it is overloaded (additive increase, multiplicative decrease; Chiu and
/// Jain, 1989). Whoever waits comes in turn. Safe for concurrent use.
/// </summary>
/// <param name="initial">Requests to begin with, 1 to <paramref name="max"/>.</param>
/// <param name="max">Most requests.</param>
/// <param name="time">The clock.</param>
internal sealed class WriteGate(int initial, int max, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private double _limit = initial;
    private int _underWay;
    private long _halvedAt = long.MinValue;
    private long _notBefore = long.MinValue;

    /// <summary>Requests that may be under way now.</summary>
    public int Limit
    {
        get
        {
            lock (_lock)
            {
                return (int)_limit;
            }
        }
    }

    /// <summary>Waits for a place.</summary>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <returns>When the request began, for <see cref="Leave"/>, which is to be called once.</returns>
    public async ValueTask<long> EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource? place = null;
        lock (_lock)
        {
            if (_underWay < (int)_limit && _waiting.Count == 0)
            {
                _underWay++;
            }
            else
            {
                place = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue(place);
            }
        }

        if (place is not null)
        {
            await using var registration = cancellationToken.Register(static state => ((TaskCompletionSource)state!).TrySetCanceled(), place);
            await place.Task;
        }

        try
        {
            // With the place in hand: whoever waited for it while the sink asked for a pause keeps that too.
            while (Closed() is { } pause)
            {
                await Task.Delay(pause, time, cancellationToken);
            }
        }
        catch
        {
            Leave(time.GetTimestamp(), WriteOutcome.Other);
            throw;
        }

        return time.GetTimestamp();
    }

    /// <summary>Gives the place back.</summary>
    /// <param name="began">What <see cref="EnterAsync"/> returned.</param>
    /// <param name="outcome">How it went.</param>
    public void Leave(long began, WriteOutcome outcome)
    {
        lock (_lock)
        {
            _underWay--;
            if (outcome == WriteOutcome.Taken)
            {
                _limit = Math.Min(max, _limit + (1 / _limit));
            }
            else if (outcome == WriteOutcome.Overloaded && began >= _halvedAt)
            {
                // Requests that were under way together tell of one overload, not of several.
                _limit = Math.Max(1, _limit / 2);
                _halvedAt = time.GetTimestamp();
            }

            LetIn_NeedsLock();
        }
    }

    /// <summary>Lets nobody in for a while, because the sink asks for it: for <see cref="Backoff.LongestAsked"/> at most, then it is asked again.</summary>
    public void Close(TimeSpan pause)
    {
        pause = Backoff.Bounded(pause);
        lock (_lock)
        {
            _notBefore = Math.Max(_notBefore, time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency));
        }
    }

    private TimeSpan? Closed()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            return _notBefore > now ? time.GetElapsedTime(now, _notBefore) + TimeSpan.FromMilliseconds(1) : null;
        }
    }

    private void LetIn_NeedsLock()
    {
        while (_underWay < (int)_limit && _waiting.TryDequeue(out var next))
        {
            _underWay += next.TrySetResult() ? 1 : 0;
        }
    }
}

/// <summary>How a request to a sink went, as far as its load goes.</summary>
internal enum WriteOutcome
{
    /// <summary>It was written.</summary>
    Taken,

    /// <summary>The sink could not keep up, or was not there.</summary>
    Overloaded,

    /// <summary>It failed for a reason that is not load.</summary>
    Other,
}
