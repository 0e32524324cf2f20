namespace Sluice.Streams.Monitoring;

/// <summary>
/// How long something has been going on, summed over all who do it at once. What still goes on counts up to the moment of reading, so that one long wait is seen
/// while it lasts. Safe for concurrent use.
/// </summary>
/// <param name="time">The clock; null for the system's.</param>
public sealed class ActivityClock(TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private long _sum;
    private long _last;
    private int _active;

    /// <summary>The sum up to now.</summary>
    public TimeSpan Total
    {
        get
        {
            lock (_lock)
            {
                Advance_NeedsLock(_time.GetTimestamp());
                return _time.GetElapsedTime(0, _sum);
            }
        }
    }

    /// <summary>One more does it from now on.</summary>
    /// <returns>The timestamp of this moment.</returns>
    public long Enter()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            Advance_NeedsLock(now);
            _active++;
            return now;
        }
    }

    /// <summary>One less does it from now on.</summary>
    /// <returns>The timestamp of this moment.</returns>
    public long Leave()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            Advance_NeedsLock(now);
            _active--;
            return now;
        }
    }

    private void Advance_NeedsLock(long now)
    {
        _sum += _active * (now - _last);
        _last = now;
    }
}
