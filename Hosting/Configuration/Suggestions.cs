namespace Sluice.Hosting.Configuration;

/// <summary>Finds what was meant by a mistyped word: by edit distance (Levenshtein), with swapped neighbours counted once.</summary>
internal static class Suggestions
{
    /// <summary>The nearest of some words, if one is near enough: at most a third of its letters differ.</summary>
    /// <param name="word">What was typed.</param>
    /// <param name="known">What exists.</param>
    /// <returns>The nearest, or null.</returns>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        string? best = null;
        var bestDistance = int.MaxValue;
        foreach (var candidate in known)
        {
            var most = Math.Max(1, Math.Min(word.Length, candidate.Length) / 3);
            var distance = Math.Abs(word.Length - candidate.Length) > most ? int.MaxValue : Distance(word, candidate);
            if (distance <= most && distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>The words to put after an error.</summary>
    /// <param name="suggestion">What was probably meant; null for no words.</param>
    /// <returns><c>; did you mean X?</c> or nothing.</returns>
    public static string DidYouMean(string? suggestion) => suggestion is null ? "" : $"; did you mean {suggestion}?";

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other; case does not count.</summary>
    /// <param name="left">One word.</param>
    /// <param name="right">The other.</param>
    /// <returns>Their number.</returns>
    public static int Distance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (var j = 0; j <= right.Length; j++)
        {
            rows[0, j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var same = Same(left[i - 1], right[j - 1]);
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]))
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[left.Length, right.Length];
    }

    private static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
