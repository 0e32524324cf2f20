namespace Sluice.Actors.Parsing.Zip;

/// <summary>Names of entries, resolved against each other. They only ever look entries up: none becomes a path on disk.</summary>
internal static class PartPath
{
    /// <summary>Resolves a reference.</summary>
    /// <param name="folder">Folder of the part that refers, ending in <c>/</c>, or empty.</param>
    /// <param name="target">The reference, possibly with <c>..</c>, a fragment, or from the root.</param>
    /// <returns>The entry's name, never above the root.</returns>
    public static string Resolve(string folder, string target)
    {
        var end = target.AsSpan().IndexOfAny('#', '?');
        var path = (end < 0 ? target : target[..end]).Replace('\\', '/');
        if (!path.StartsWith('/'))
        {
            path = folder + path;
        }

        var segments = new List<string>();
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == "..")
            {
                if (segments.Count > 0)
                {
                    segments.RemoveAt(segments.Count - 1);
                }
            }
            else if (segment != ".")
            {
                segments.Add(segment);
            }
        }

        return string.Join('/', segments);
    }
}
