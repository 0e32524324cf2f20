namespace Sluice.Hosting.Cli.Progress;

/// <summary>Measures how fast counts rise, over a sliding window; counts are 0 when it is made. Not safe for concurrent use.</summary>
/// <param name="timeProvider">The clock.</param>
/// <param name="window">Length of the window.</param>
internal sealed class RateMeter(TimeProvider timeProvider, TimeSpan window)
{
    private readonly Dictionary<string, Queue<(long At, long Count)>> _samples = new(StringComparer.Ordinal);
    private readonly long _start = timeProvider.GetTimestamp();

    /// <summary>Takes a count and gives its rate.</summary>
    /// <param name="name">What is counted.</param>
    /// <param name="count">How many up to now.</param>
    /// <returns>Units a second over the window.</returns>
    public double Add(string name, long count)
    {
        var now = timeProvider.GetTimestamp();
        if (!_samples.TryGetValue(name, out var samples))
        {
            _samples[name] = samples = new([(_start, 0L)]);
        }

        samples.Enqueue((now, count));
        while (samples.Count > 2 && timeProvider.GetElapsedTime(samples.Peek().At, now) > window)
        {
            samples.Dequeue();
        }

        var (firstAt, firstCount) = samples.Peek();
        var seconds = timeProvider.GetElapsedTime(firstAt, now).TotalSeconds;
        return seconds <= 0 ? 0 : Math.Max(0, count - firstCount) / seconds;
    }
}
