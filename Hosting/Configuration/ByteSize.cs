using System.Buffers;
using System.Globalization;

namespace Sluice.Hosting.Configuration;

/// <summary>Numbers of bytes as people write them: <c>64MiB</c>, <c>1.5 GB</c>, <c>4096</c>. Units of 1,024 (KiB, MiB, GiB, TiB, PiB, and k, m, g, t as in HOCON) and of 1,000 (kB, MB, GB, TB, PB).</summary>
internal static class ByteSize
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.,_+-");

    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("b", 1), ("byte", 1), ("bytes", 1),
        ("kib", 1L << 10), ("mib", 1L << 20), ("gib", 1L << 30), ("tib", 1L << 40), ("pib", 1L << 50),
        ("k", 1L << 10), ("m", 1L << 20), ("g", 1L << 30), ("t", 1L << 40), ("p", 1L << 50),
        ("kb", 1_000), ("mb", 1_000_000), ("gb", 1_000_000_000), ("tb", 1_000_000_000_000), ("pb", 1_000_000_000_000_000),
    ];

    /// <summary>Reads a size.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The number of bytes.</param>
    /// <returns>False when it is none, or not a whole number of bytes.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var trimmed = text.AsSpan().Trim();
        var split = trimmed.IndexOfAnyExcept(NumberCharacters);
        var number = (split < 0 ? trimmed : trimmed[..split]).ToString().Replace("_", "", StringComparison.Ordinal);
        var unit = split < 0 ? "b" : trimmed[split..].Trim().ToString().ToLowerInvariant();
        var factor = Array.Find(Units, entry => entry.Unit == unit).Bytes;
        if (factor == 0 || !decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        var product = value > long.MaxValue ? decimal.MaxValue : value < long.MinValue ? decimal.MinValue : value;
        if (product is decimal.MaxValue or decimal.MinValue || decimal.Abs(product) > long.MaxValue / (decimal)factor || decimal.Truncate(product * factor) != product * factor)
        {
            return false;
        }

        bytes = (long)(product * factor);
        return true;
    }

    /// <summary>Writes a size exactly, in the largest unit of 1,024 that divides it.</summary>
    /// <param name="bytes">The number of bytes.</param>
    /// <returns><c>64MiB</c>.</returns>
    public static string Format(long bytes)
    {
        ReadOnlySpan<string> names = ["", "KiB", "MiB", "GiB", "TiB", "PiB"];
        var unit = 0;
        while (bytes != 0 && bytes % 1024 == 0 && unit < names.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes}{names[unit]}");
    }

    /// <summary>Writes a size for reading, with three digits: <c>1.21 GiB</c>.</summary>
    /// <param name="bytes">The number of bytes.</param>
    /// <returns>The text.</returns>
    public static string Humanize(long bytes)
    {
        ReadOnlySpan<string> names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        double value = bytes;
        var unit = 0;
        while (Math.Abs(value) >= 1000 && unit < names.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        var digits = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00";
        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(digits, CultureInfo.InvariantCulture)} {names[unit]}");
    }
}
