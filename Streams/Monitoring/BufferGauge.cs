namespace Sluice.Streams.Monitoring;

/// <summary>How full a bounded buffer is. Written by its stage, read by whoever watches; safe for concurrent use.</summary>
/// <param name="bound">Where it is full, in the buffer's unit.</param>
/// <param name="time">Measures how long it is full; null for the system's clock.</param>
public sealed class BufferGauge(long bound, TimeProvider? time = null)
{
    private readonly ActivityClock _full = new(time);
    private readonly Lock _lock = new();
    private long _bound = bound;
    private long _fill;
    private long _peak;
    private bool _isFull;

    /// <summary>Where it is full; what is set counts from the next change of what it holds.</summary>
    public long Bound
    {
        get => Interlocked.Read(ref _bound);
        set => Interlocked.Exchange(ref _bound, value);
    }

    /// <summary>What it holds now.</summary>
    public long Fill => Interlocked.Read(ref _fill);

    /// <summary>The most it ever held.</summary>
    public long Peak => Interlocked.Read(ref _peak);

    /// <summary>How long it was full, and whoever fills it had to wait.</summary>
    public TimeSpan Full => _full.Total;

    /// <summary>Adds to what it holds; negative to take away.</summary>
    /// <param name="amount">How much.</param>
    public void Add(long amount)
    {
        var fill = Interlocked.Add(ref _fill, amount);
        if (fill > Interlocked.Read(ref _peak))
        {
            Interlocked.Exchange(ref _peak, fill);
        }

        if (fill >= Bound != Volatile.Read(ref _isFull))
        {
            Turn();
        }
    }

    private void Turn()
    {
        lock (_lock)
        {
            var full = Fill >= Bound;
            if (full != _isFull)
            {
                _isFull = full;
                _ = full ? _full.Enter() : _full.Leave();
            }
        }
    }
}
