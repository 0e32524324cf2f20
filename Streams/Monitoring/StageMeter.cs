namespace Sluice.Streams.Monitoring;

/// <summary>What has passed through a stage. Written by the stage, read by whoever watches; safe for concurrent use.</summary>
public sealed class StageMeter
{
    private long _items;
    private long _weight;
    private long _busyTicks;

    /// <summary>Items that left the stage.</summary>
    public long Items => Interlocked.Read(ref _items);

    /// <summary>Their weight, in the stage's unit (bytes, tokens).</summary>
    public long Weight => Interlocked.Read(ref _weight);

    /// <summary>Time spent working, summed over parallel workers.</summary>
    public TimeSpan Busy => TimeSpan.FromTicks(Interlocked.Read(ref _busyTicks));

    /// <summary>Counts items.</summary>
    /// <param name="items">How many.</param>
    /// <param name="weight">Their weight.</param>
    public void Count(long items, long weight)
    {
        Interlocked.Add(ref _items, items);
        Interlocked.Add(ref _weight, weight);
    }

    /// <summary>Counts working time.</summary>
    /// <param name="time">How long.</param>
    public void Worked(TimeSpan time) => Interlocked.Add(ref _busyTicks, time.Ticks);
}
