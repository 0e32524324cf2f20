using Sluice.Actors.Parsing.Sources.Files;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Paths without symbolic links.</summary>
public static class RealPaths
{
    /// <summary>
    /// Resolves every symbolic link of a path, links that lead through other links too. Of a path that does not exist the part that does is resolved; a circle of links
    /// is left as it is, and opening it fails.
    /// </summary>
    /// <param name="path">An absolute path; dots are taken out first.</param>
    /// <returns>The absolute path without links.</returns>
    public static string Resolve(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var full = Path.GetFullPath(path);
        var rest = "";
        for (var known = full.Length > 1 ? full.TrimEnd('/') : full; ;)
        {
            try
            {
                var real = FileSystem.Current.RealPath(known);
                return rest.Length == 0 ? real : Path.Join(real, rest);
            }
            catch (FileFailureException) when (Path.GetDirectoryName(known) is { Length: > 0 } above)
            {
                rest = rest.Length == 0 ? Path.GetFileName(known) : Path.Join(Path.GetFileName(known), rest);
                known = above;
            }
        }
    }

    /// <summary>Whether a path is a folder or lies below it; both without links.</summary>
    /// <param name="path">The path.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>True for the folder itself too.</returns>
    public static bool IsWithin(string path, string folder)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(folder);
        return path == folder || (path.StartsWith(folder, StringComparison.Ordinal) && (folder.EndsWith('/') || path[folder.Length] == '/'));
    }
}
