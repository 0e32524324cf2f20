namespace Sluice.Simulation.Tests.Scheduling;

/// <summary>A clock that stands still until the simulation moves it to the next timer. Starts at 2030-01-01.</summary>
internal sealed class SimulatedTime : TimeProvider
{
    /// <summary>
    /// Waits end on a grid as coarse as this, and among those that end together in the order in which they began: the jitter in the engine's pauses decides nothing, so that a seed
    /// brings the same order each time.
    /// </summary>
    private static readonly long s_grid = TimeSpan.TicksPerMinute;

    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Entry, (long Due, long Order)> _timers = new();
    private long _now;
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Elapsed => TimeSpan.FromTicks(Interlocked.Read(ref _now));

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => s_start + Elapsed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs something once the clock stands at a moment.</summary>
    public void At(TimeSpan delay, Action action, Func<bool> isWanted)
    {
        lock (_lock)
        {
            _timers.Enqueue(new Entry(action, isWanted), ((_now + Math.Max(0, delay.Ticks) + s_grid - 1) / s_grid * s_grid, _order++));
        }
    }

    /// <summary>Moves on to the next timer and lets it fire, on this thread.</summary>
    /// <returns>False when there is none.</returns>
    public bool FireNext()
    {
        while (true)
        {
            Entry entry;
            lock (_lock)
            {
                if (!_timers.TryDequeue(out entry!, out var when))
                {
                    return false;
                }

                if (!entry.IsWanted())
                {
                    continue;
                }

                Interlocked.Exchange(ref _now, Math.Max(_now, when.Due));
            }

            entry.Action();
            return true;
        }
    }

    private sealed record Entry(Action Action, Func<bool> IsWanted);

    private sealed class Timer(SimulatedTime time, Action fire) : ITimer
    {
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var version = Interlocked.Increment(ref _version);
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Arm(version, dueTime, period);
            }

            return true;
        }

        public void Dispose() => Interlocked.Increment(ref _version);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm(int version, TimeSpan delay, TimeSpan period) => time.At(
            delay,
            () =>
            {
                if (period > TimeSpan.Zero)
                {
                    Arm(version, period, period);
                }

                fire();
            },
            () => Volatile.Read(ref _version) == version);
    }
}
