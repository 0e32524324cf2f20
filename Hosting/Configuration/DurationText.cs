using System.Buffers;
using System.Globalization;

namespace Sluice.Hosting.Configuration;

/// <summary>Durations as people write them: <c>500ms</c>, <c>2 minutes</c>, <c>1.5h</c>, <c>1d</c>. A number without a unit is none.</summary>
internal static class DurationText
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.+-");

    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond), ("microsecond", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond), ("milli", TimeSpan.TicksPerMillisecond), ("millisecond", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond), ("sec", TimeSpan.TicksPerSecond), ("second", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute), ("min", TimeSpan.TicksPerMinute), ("minute", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour), ("hour", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay), ("day", TimeSpan.TicksPerDay),
    ];

    /// <summary>Reads a duration.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var trimmed = text.AsSpan().Trim();
        var split = trimmed.IndexOfAnyExcept(NumberCharacters);
        if (split < 1 || !decimal.TryParse(trimmed[..split], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return trimmed is "0" || (split < 0 && trimmed is "0s");
        }

        var unit = trimmed[split..].Trim().ToString().ToLowerInvariant();
        var ticks = Array.Find(Units, entry => entry.Unit == unit).Ticks;
        if (ticks == 0 && unit.Length > 3 && unit.EndsWith('s'))
        {
            ticks = Array.Find(Units, entry => entry.Unit == unit[..^1]).Ticks;
        }

        if (ticks == 0 || decimal.Abs(number) > long.MaxValue / ticks)
        {
            return false;
        }

        duration = new((long)(number * ticks));
        return true;
    }

    /// <summary>Writes a duration exactly, in the largest unit that divides it.</summary>
    /// <param name="duration">The duration.</param>
    /// <returns><c>500ms</c>.</returns>
    public static string Format(TimeSpan duration)
    {
        ReadOnlySpan<(string Unit, long Ticks)> units = [("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond), ("ms", TimeSpan.TicksPerMillisecond)];
        foreach (var (unit, ticks) in units)
        {
            if (duration.Ticks % ticks == 0 && (duration.Ticks != 0 || unit == "s"))
            {
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / ticks}{unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / (decimal)TimeSpan.TicksPerMicrosecond}us");
    }

    /// <summary>Writes a duration for reading: <c>850 ms</c>, <c>12.4 s</c>, <c>3 m 07 s</c>, <c>2 h 05 m</c>.</summary>
    /// <param name="duration">The duration.</param>
    /// <returns>The text.</returns>
    public static string Humanize(TimeSpan duration) => duration.TotalSeconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0} ms"),
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalMinutes} m {duration.Seconds:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalHours} h {duration.Minutes:00} m"),
    };
}
