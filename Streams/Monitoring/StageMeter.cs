namespace Sluice.Streams.Monitoring;

/// <summary>What has passed through a stage, and what its workers spent their time on. Written by the stage, read by whoever watches; safe for concurrent use.</summary>
/// <param name="time">Measures; null for the system's clock.</param>
/// <param name="instruments">Told the same; null for none.</param>
public sealed class StageMeter(TimeProvider? time = null, StageInstruments? instruments = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ActivityClock _working = new(time);
    private readonly ActivityClock _roomWait = new(time);
    private long _items;
    private long _weight;
    private long _busyTicks;
    private int _workers;

    /// <summary>Items that left the stage.</summary>
    public long Items => Interlocked.Read(ref _items);

    /// <summary>Their weight, in the stage's unit (bytes, tokens).</summary>
    public long Weight => Interlocked.Read(ref _weight);

    /// <summary>Time spent working, summed over parallel workers; what is still being worked on counts up to now.</summary>
    public TimeSpan Busy => TimeSpan.FromTicks(Interlocked.Read(ref _busyTicks)) + _working.Total;

    /// <summary>Time spent waiting for room further on, summed over parallel workers.</summary>
    public TimeSpan RoomWait => _roomWait.Total;

    /// <summary>How many can work at once.</summary>
    public int Workers => Volatile.Read(ref _workers);

    /// <summary>How long pieces of work took.</summary>
    public DurationHistogram Durations { get; } = new();

    /// <summary>Counts items.</summary>
    /// <param name="items">How many.</param>
    /// <param name="weight">Their weight.</param>
    public void Count(long items, long weight)
    {
        Interlocked.Add(ref _items, items);
        Interlocked.Add(ref _weight, weight);
        instruments?.Items?.Add(items, instruments.Tags);
        instruments?.Weight?.Add(weight, instruments.Tags);
    }

    /// <summary>Counts working time after the fact.</summary>
    /// <param name="time">How long.</param>
    public void Worked(TimeSpan time) => Interlocked.Add(ref _busyTicks, time.Ticks);

    /// <summary>A worker begins a piece of work.</summary>
    /// <returns>To be passed to <see cref="EndWork"/>.</returns>
    public long BeginWork() => _working.Enter();

    /// <summary>A worker has ended a piece of work, with success or without.</summary>
    /// <param name="begun">What <see cref="BeginWork"/> returned.</param>
    /// <returns>How long it took.</returns>
    public TimeSpan EndWork(long begun)
    {
        var took = _time.GetElapsedTime(begun, _working.Leave());
        Durations.Add(took);
        instruments?.Durations?.Record(took.TotalSeconds, instruments.DurationTags);
        return took;
    }

    /// <summary>A worker begins to wait for room.</summary>
    public void BeginRoomWait() => _roomWait.Enter();

    /// <summary>A worker has room again.</summary>
    public void EndRoomWait() => _roomWait.Leave();

    /// <summary>Workers come, or go.</summary>
    /// <param name="workers">How many; negative for those that go.</param>
    public void AddWorkers(int workers) => Interlocked.Add(ref _workers, workers);
}
