using System.Globalization;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Monitoring;

namespace Sluice.Hosting.Cli.Progress;

/// <summary>A snapshot with what is worked out from those before it. One owner calls it, again and again.</summary>
/// <param name="timeProvider">The clock.</param>
internal sealed class ProgressPicture(TimeProvider timeProvider)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly RateMeter _recent = new(timeProvider, TimeSpan.FromSeconds(5));
    private readonly RateMeter _long = new(timeProvider, TimeSpan.FromSeconds(60));
    private readonly long _start = timeProvider.GetTimestamp();
    private long _settled;
    private long _settledAt = timeProvider.GetTimestamp();

    /// <summary>Time since the beginning.</summary>
    public TimeSpan Elapsed => timeProvider.GetElapsedTime(_start);

    /// <summary>Rate of a stage, in its units a second.</summary>
    /// <param name="stage">The stage.</param>
    /// <returns>The rate.</returns>
    public double RateOf(StageProgress stage) => _recent.Add(stage.Name, stage.Items);

    /// <summary>The totals in one line: documents, chunks, tokens, memory, time left.</summary>
    /// <param name="progress">The snapshot.</param>
    /// <returns>The line.</returns>
    public string Totals(IngestionProgress progress)
    {
        var chunks = _recent.Add("chunks", progress.ChunksEmbedded);
        var tokens = _recent.Add("tokens", progress.Tokens);
        var discovered = Number(progress.Discovered) + (progress.ListingComplete ? "" : "+");
        var problems = (progress.Skipped > 0 ? $", skipped {Number(progress.Skipped)}" : "") + (progress.Dead > 0 ? $", dead {Number(progress.Dead)}" : "");
        return $"documents {Number(progress.Settled)}/{discovered}{problems}; chunks {Number(progress.ChunksEmbedded)} ({Number(chunks)}/s); "
            + $"tokens {Number(tokens)}/s; memory {ByteSize.Humanize(ProcessMemory.Resident)}; {DurationText.Humanize(Elapsed)}{TimeLeft(progress)}";
    }

    /// <summary>A rate or count with thousands apart.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The text.</returns>
    public static string Number(double value) => value.ToString(value is > 0 and < 10 && value != Math.Floor(value) ? "0.0" : "N0", CultureInfo.InvariantCulture);

    private string TimeLeft(IngestionProgress progress)
    {
        var rate = _long.Add("documents", progress.Settled);
        var left = progress.Discovered - progress.Settled;
        if (progress.Settled != _settled)
        {
            (_settled, _settledAt) = (progress.Settled, timeProvider.GetTimestamp());
        }

        // While long documents are in work nothing is settled, the rate sinks, and the time left would count up: then nobody knows it.
        var stands = timeProvider.GetElapsedTime(_settledAt) > s_patience;
        return !progress.ListingComplete || left <= 0 || rate <= 0 || stands || Elapsed < TimeSpan.FromSeconds(3) || left / rate > 1e7
            ? ""
            : $", about {DurationText.Humanize(TimeSpan.FromSeconds(left / rate))} left";
    }
}
