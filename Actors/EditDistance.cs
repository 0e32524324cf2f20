namespace Sluice.Actors;

/// <summary>How far two names are from each other, for guessing which one was meant.</summary>
internal static class EditDistance
{
    /// <summary>The name that was probably meant.</summary>
    /// <returns>Null where none is near.</returns>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        var best = Math.Max(1, name.Length / 3) + 1;
        string? nearest = null;
        foreach (var candidate in known)
        {
            var distance = string.Equals(candidate, name, StringComparison.OrdinalIgnoreCase) ? 0 : Between(name, candidate, best);
            if (distance < best)
            {
                best = distance;
                nearest = candidate;
            }
        }

        return nearest;
    }

    /// <summary>Levenshtein distance with swapped neighbours counted once, or <paramref name="most"/> where it is not smaller.</summary>
    public static int Between(string one, string other, int most)
    {
        if (Math.Abs(one.Length - other.Length) >= most)
        {
            return most;
        }

        var (beforeLast, last, row) = (new int[other.Length + 1], new int[other.Length + 1], new int[other.Length + 1]);
        for (var column = 0; column < row.Length; column++)
        {
            row[column] = column;
        }

        for (var line = 1; line <= one.Length; line++)
        {
            (beforeLast, last, row) = (last, row, beforeLast);
            row[0] = line;
            for (var column = 1; column < row.Length; column++)
            {
                var substituted = last[column - 1] + (one[line - 1] == other[column - 1] ? 0 : 1);
                row[column] = Math.Min(substituted, Math.Min(last[column], row[column - 1]) + 1);
                if (line > 1 && column > 1 && one[line - 1] == other[column - 2] && one[line - 2] == other[column - 1])
                {
                    row[column] = Math.Min(row[column], beforeLast[column - 2] + 1);
                }
            }
        }

        return Math.Min(row[^1], most);
    }
}
