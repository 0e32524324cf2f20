namespace Sluice.Streams.Monitoring;

/// <summary>How full a bounded buffer is. Written by its stage, read by whoever watches; safe for concurrent use.</summary>
/// <param name="bound">Where it is full, in the buffer's unit.</param>
public sealed class BufferGauge(long bound)
{
    private long _fill;
    private long _peak;

    /// <summary>Where it is full.</summary>
    public long Bound { get; } = bound;

    /// <summary>What it holds now.</summary>
    public long Fill => Interlocked.Read(ref _fill);

    /// <summary>The most it ever held.</summary>
    public long Peak => Interlocked.Read(ref _peak);

    /// <summary>Adds to what it holds; negative to take away.</summary>
    /// <param name="amount">How much.</param>
    public void Add(long amount)
    {
        var fill = Interlocked.Add(ref _fill, amount);
        if (fill > Interlocked.Read(ref _peak))
        {
            Interlocked.Exchange(ref _peak, fill);
        }
    }
}
