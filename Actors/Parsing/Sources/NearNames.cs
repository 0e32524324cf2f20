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
            var distance = string.Equals(candidate, name, StringComparison.OrdinalIgnoreCase) ? 0 : EditDistance.Between(name, candidate, best);
            if (distance < best || (distance == best && nearest is not null && string.CompareOrdinal(candidate, nearest) < 0))
            {
                best = distance;
                nearest = candidate;
            }
        }

        return nearest;
    }
}
