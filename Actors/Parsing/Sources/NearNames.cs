using Sluice.Actors.Parsing.Sources.Files;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Guesses which name a mistyped path meant.</summary>
internal static class NearNames
{
    private const int MostNames = 10_000;

    /// <summary><c>; did you mean X?</c>, or nothing.</summary>
    public static string Hint(FileSystem files, string path)
    {
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        var rest = "";
        while (Path.GetDirectoryName(path) is { } parent)
        {
            var entries = new List<FileEntry>();
            try
            {
                files.List(parent, entries);
            }
            catch (FileFailureException failure) when (failure.Failure == FileFailure.Missing)
            {
                rest = Path.GetFileName(path) + (rest.Length == 0 ? "" : "/" + rest);
                path = parent;
                continue;
            }
            catch (FileFailureException)
            {
                return "";
            }

            var name = Path.GetFileName(path);
            return Nearest(name, entries) is { } near
                ? $"; did you mean {PathText.Show(Path.Combine(parent, near))}?"
                : rest.Length > 0 ? $" ({PathText.Show(parent)} has no {PathText.Show(name)})" : "";
        }

        return "";
    }

    private static string? Nearest(string name, List<FileEntry> entries)
    {
        var best = Math.Max(1, name.Length / 3) + 1;
        string? nearest = null;
        for (var index = 0; index < Math.Min(entries.Count, MostNames); index++)
        {
            var candidate = entries[index].Name;
            var distance = string.Equals(candidate, name, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(name, candidate, best);
            if (distance < best || (distance == best && nearest is not null && string.CompareOrdinal(candidate, nearest) < 0))
            {
                best = distance;
                nearest = candidate;
            }
        }

        return nearest;
    }

    /// <summary>Levenshtein distance with swapped neighbours counted once, or <paramref name="most"/> where it is not smaller.</summary>
    private static int Distance(string one, string other, int most)
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
