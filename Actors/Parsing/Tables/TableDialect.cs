using System.Globalization;

namespace Sluice.Actors.Parsing.Tables;

/// <summary>How a delimited file is written, told by its beginning.</summary>
/// <param name="Delimiter">What separates fields.</param>
internal readonly record struct TableDialect(char Delimiter)
{
    private const int SampleLines = 50;

    /// <summary>Tells the delimiter: the one that splits most lines into the same number of fields.</summary>
    public static TableDialect Detect(ReadOnlySpan<char> sample, char expected)
    {
        var best = expected;
        var bestScore = 0.0;
        ReadOnlySpan<char> candidates = [expected, ',', ';', '\t', '|'];
        foreach (var candidate in candidates)
        {
            var score = Score(sample, candidate);
            if (score > bestScore * 1.05)
            {
                bestScore = score;
                best = candidate;
            }
        }

        return new(best);
    }

    /// <summary>Whether <paramref name="first"/> names the columns: distinct short names, no numbers, as data rows would have.</summary>
    public static bool IsHeader(IReadOnlyList<string> first)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var cell in first)
        {
            var name = cell.Trim();
            if (name.Length is 0 or > 100 || IsValue(name) || !names.Add(name))
            {
                return false;
            }
        }

        return first.Count > 1 || (first.Count == 1 && first[0].Length <= 40 && !first[0].Contains(' ', StringComparison.Ordinal));
    }

    private static bool IsValue(string text) =>
        double.TryParse(text, NumberStyles.Any, CultureInfo.InvariantCulture, out _)
        || (char.IsAsciiDigit(text[0]) && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        || text.Contains('@', StringComparison.Ordinal)
        || text.Contains("://", StringComparison.Ordinal);

    /// <summary>Fields a line beyond the first, weighed by the share of lines that agree on their number.</summary>
    private static double Score(ReadOnlySpan<char> sample, char delimiter)
    {
        var counts = new Dictionary<int, int>();
        var fields = 0;
        var lines = 0;
        var quoted = false;
        foreach (var character in sample)
        {
            quoted ^= character == '"';
            if (character == delimiter && !quoted)
            {
                fields++;
            }
            else if (character == '\n' && !quoted)
            {
                counts[fields] = counts.GetValueOrDefault(fields) + 1;
                fields = 0;
                if (++lines == SampleLines)
                {
                    break;
                }
            }
        }

        if (lines == 0)
        {
            return fields;
        }

        var best = 0.0;
        foreach (var (count, times) in counts)
        {
            best = Math.Max(best, Math.Min(count, 5) * Math.Pow((double)times / lines, 2));
        }

        return best;
    }
}
