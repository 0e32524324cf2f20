using System.Security.Cryptography;

namespace Sluice.Actors.Core;

/// <summary>Exponential back-off with full jitter (a random pause between nothing and a bound that doubles).</summary>
internal static class Backoff
{
    /// <summary>
    /// Longest that is waited because the other side asks for it, before it is asked again: a proxy may ask for weeks, or be wrong about the date. Who means it says so again.
    /// </summary>
    public static readonly TimeSpan LongestAsked = TimeSpan.FromHours(1);

    /// <summary>What the other side asked for, within bounds: nothing where it asks for less than nothing, an hour where it asks for more.</summary>
    public static TimeSpan Bounded(TimeSpan asked) => asked < TimeSpan.Zero ? TimeSpan.Zero : asked > LongestAsked ? LongestAsked : asked;

    /// <summary>The pause before try number <paramref name="attempt"/> + 1.</summary>
    /// <param name="options">First and longest pause.</param>
    /// <param name="attempt">Tries so far, from 1.</param>
    /// <param name="asked">What the other side asked for; it is the least, then, up to <see cref="LongestAsked"/>.</param>
    public static TimeSpan Delay(PipelineOptions options, int attempt, TimeSpan? asked = null)
    {
        var bound = Math.Min(options.RetryDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 30)), options.MaxRetryDelay.TotalMilliseconds);
        var jittered = TimeSpan.FromMilliseconds(bound * RandomNumberGenerator.GetInt32(1, 1001) / 1000);
        return asked is { } least && Bounded(least) > jittered ? Bounded(least) : jittered;
    }
}
