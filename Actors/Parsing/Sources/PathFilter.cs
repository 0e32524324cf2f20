namespace Sluice.Actors.Parsing.Sources;

/// <summary>Which relative paths a source takes: globs and hidden names. Immutable.</summary>
internal sealed class PathFilter(SourceOptions options)
{
    private static readonly string[] VersionControl = [".git", ".hg", ".svn"];

    private readonly PathGlob[] _include = Array.ConvertAll(options.Include, static glob => new PathGlob(glob));
    private readonly PathGlob[] _exclude = Array.ConvertAll(options.Exclude, static glob => new PathGlob(glob));

    /// <summary>The rules in words.</summary>
    public string Description { get; } = Describe(options);

    /// <summary>Whether a name is taken, whatever the globs.</summary>
    public bool TakesName(ReadOnlySpan<char> name)
    {
        if (name.Length == 0 || name[0] != '.')
        {
            return true;
        }

        foreach (var left in VersionControl)
        {
            if (name.SequenceEqual(left))
            {
                return false;
            }
        }

        return options.Hidden;
    }

    /// <summary>Whether a folder is entered; the names above it are taken already.</summary>
    public bool EntersFolder(string path) => !Any(_exclude, path);

    /// <summary>Whether a file is taken; the folders above it are entered already.</summary>
    public bool TakesFile(string path) => (_include.Length == 0 || Any(_include, path)) && !Any(_exclude, path);

    /// <summary>Whether a path is taken with everything above it.</summary>
    public bool Reaches(string path, bool isFolder)
    {
        var depth = 0;
        for (var start = 0; start <= path.Length;)
        {
            var slash = path.IndexOf('/', start);
            var end = slash < 0 ? path.Length : slash;
            var last = slash < 0;
            if (!TakesName(path.AsSpan(start, end - start)) || ((!last || isFolder) && !EntersFolder(path[..end])))
            {
                return false;
            }

            depth++;
            start = end + 1;
        }

        return (options.MaxDepth == 0 || depth + (isFolder ? 1 : 0) <= options.MaxDepth) && (isFolder || TakesFile(path));
    }

    private static bool Any(PathGlob[] globs, string path)
    {
        foreach (var glob in globs)
        {
            if (glob.Matches(path))
            {
                return true;
            }
        }

        return false;
    }

    private static string Describe(SourceOptions options)
    {
        var words = new List<string>();
        if (options.Include.Length > 0)
        {
            words.Add("only " + string.Join(", ", options.Include));
        }

        if (options.Exclude.Length > 0)
        {
            words.Add("without " + string.Join(", ", options.Exclude));
        }

        words.Add(options.Hidden ? "hidden files too" : "no hidden files");
        if (!options.FollowLinks)
        {
            words.Add("links not followed");
        }

        if (options.MaxDepth > 0)
        {
            words.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"at most {options.MaxDepth} levels deep"));
        }

        return string.Join("; ", words);
    }
}
