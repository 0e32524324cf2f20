namespace Sluice.Streams.Monitoring;

/// <summary>
/// Durations counted in buckets whose bounds grow by the square root of two, from 100 µs to 20 minutes: percentiles of a period are read off the difference of two
/// copies, within 20 %. Safe for concurrent use; counting costs one addition.
/// </summary>
public sealed class DurationHistogram
{
    /// <summary>Number of buckets; the last one takes all that is longer.</summary>
    public const int Buckets = 48;

    private const double Smallest = 100e-6;

    private readonly long[] _counts = new long[Buckets];

    /// <summary>Counts a duration.</summary>
    /// <param name="duration">How long.</param>
    public void Add(TimeSpan duration) => Interlocked.Increment(ref _counts[IndexOf(duration.TotalSeconds)]);

    /// <summary>Copies the counts.</summary>
    /// <returns>One count a bucket.</returns>
    public long[] Read()
    {
        var counts = new long[Buckets];
        for (var index = 0; index < Buckets; index++)
        {
            counts[index] = Interlocked.Read(ref _counts[index]);
        }

        return counts;
    }

    /// <summary>Where a bucket ends, in seconds.</summary>
    /// <param name="bucket">Its index.</param>
    /// <returns>The bound.</returns>
    public static double BoundOf(int bucket) => Smallest * Math.Pow(2, bucket / 2.0);

    /// <summary>The duration, in seconds, that a share of the counted ones does not pass; within its bucket they are taken to lie evenly.</summary>
    /// <param name="counts">Counts, one a bucket.</param>
    /// <param name="share">0 to 1.</param>
    /// <returns>The duration; 0 when nothing is counted.</returns>
    public static double Percentile(ReadOnlySpan<long> counts, double share)
    {
        long total = 0;
        foreach (var count in counts)
        {
            total += count;
        }

        var rank = share * total;
        double below = 0;
        for (var index = 0; index < counts.Length; index++)
        {
            if (counts[index] > 0 && below + counts[index] >= rank)
            {
                var lower = index == 0 ? 0 : BoundOf(index - 1);
                return lower + ((BoundOf(index) - lower) * Math.Max(0, rank - below) / counts[index]);
            }

            below += counts[index];
        }

        return 0;
    }

    private static int IndexOf(double seconds) =>
        seconds <= Smallest ? 0 : Math.Min(Buckets - 1, (int)Math.Ceiling(2 * Math.Log2(seconds / Smallest)));
}
