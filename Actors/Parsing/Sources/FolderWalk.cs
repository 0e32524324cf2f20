using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>
/// One walk of a folder: depth first, names in ordinal order, so that a walk that goes on after a cursor (the last path listed) lists the rest and nothing else.
/// Holds the names of the folders it stands in and the identities of folders and files reached by links, nothing more. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// Links: what lies below the root and is taken by its own path is listed under that path only. What is reached by links alone is listed under the first of them.
/// So every file is listed once, and a loop of links comes to an end.
/// </remarks>
internal sealed class FolderWalk
{
    private readonly FileSystem _files;
    private readonly string _root;
    private readonly PathFilter _filter;
    private readonly SourceOptions _options;
    private readonly HashSet<string> _excluded;
    private readonly string? _cursor;
    private readonly Stack<Folder> _open = new();
    private readonly HashSet<FileIdentity> _linked = [];
    private List<FileEntry> _names = [];
    private string? _realRoot;
    private bool _started;

    /// <summary>Prepares a walk.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="root">Absolute path, without a separator at its end.</param>
    /// <param name="options">What to take.</param>
    /// <param name="filter">The same, compiled.</param>
    /// <param name="cursor">Relative path to go on after, or null.</param>
    public FolderWalk(FileSystem files, string root, SourceOptions options, PathFilter filter, string? cursor)
    {
        _files = files;
        _root = root;
        _options = options;
        _filter = filter;
        _cursor = cursor;
        _excluded = new(StringComparer.Ordinal);
        foreach (var path in options.ExcludePaths)
        {
            var full = Path.GetFullPath(path);
            _excluded.UnionWith([full, full + "-wal", full + "-shm", full + "-journal", full + ".lock"]);
        }
    }

    /// <summary>False once something could not be listed.</summary>
    public bool Complete { get; private set; } = true;

    /// <summary>Relative path of the last document given.</summary>
    public string? Last { get; private set; }

    /// <summary>Gives the next document; null at the end.</summary>
    public ListedDocument? Next()
    {
        if (!_started)
        {
            _started = true;
            if (Enter("", linked: false) is { } problem)
            {
                return problem;
            }
        }

        while (_open.TryPeek(out var folder))
        {
            if (folder.Position == folder.Names.Length)
            {
                _open.Pop();
                continue;
            }

            var entry = folder.Names[folder.Position++];
            var path = folder.Path.Length == 0 ? entry.Name : $"{folder.Path}/{entry.Name}";
            if (_filter.TakesName(entry.Name) && Visit(path, entry.Kind, folder.Linked) is { } document)
            {
                Last = path;
                return document;
            }
        }

        return null;
    }

    /// <summary>Compares paths as the walk orders them: name by name.</summary>
    private static int Compare(string one, string other)
    {
        var common = one.AsSpan().CommonPrefixLength(other);
        var left = common < one.Length ? one[common] == '/' ? -1 : one[common] : -2;
        var right = common < other.Length ? other[common] == '/' ? -1 : other[common] : -2;
        return left.CompareTo(right);
    }

    private string Full(string path) => path.Length == 0 ? _root : _root.EndsWith('/') ? _root + path : $"{_root}/{path}";

    private ListedDocument? Visit(string path, FileKind kind, bool linked)
    {
        if (_excluded.Contains(Full(path)))
        {
            return null;
        }

        // Before the cursor only links and folders matter: they decide what later links lead to.
        var listed = _cursor is not null && Compare(path, _cursor) <= 0;
        if (listed && kind is FileKind.File or FileKind.Special && !linked)
        {
            return null;
        }

        try
        {
            if (kind == FileKind.Link || (kind == FileKind.Unknown && _files.Stat(Full(path), followLinks: false).Kind == FileKind.Link))
            {
                return _options.FollowLinks ? Follow(path, listed) : null;
            }

            if (kind == FileKind.Folder)
            {
                return EnterBelow(path, linked);
            }

            if (kind == FileKind.File && !_filter.TakesFile(path))
            {
                return null;
            }

            var facts = _files.Stat(Full(path), followLinks: false);
            return facts.Kind == FileKind.Folder ? EnterBelow(path, linked)
                : linked && !_linked.Add(facts.Identity) ? null
                : List(path, facts, listed);
        }
        catch (FileFailureException failure)
        {
            return listed || !_filter.TakesFile(path) ? null : Problem(path, kind, failure);
        }
    }

    private ListedDocument? Follow(string path, bool listed)
    {
        var facts = _files.Stat(Full(path), followLinks: true);
        var isFolder = facts.Kind == FileKind.Folder;
        if (!isFolder && !_filter.TakesFile(path))
        {
            return null;
        }

        _realRoot ??= _files.RealPath(_root);
        var real = _files.RealPath(Full(path));
        if (real == _realRoot || (RelativeTo(real) is { } own && _filter.Reaches(own, isFolder) && !_excluded.Contains(Full(own))) || _excluded.Contains(real))
        {
            return null;
        }

        if (isFolder)
        {
            return EnterBelow(path, linked: true);
        }

        return _linked.Add(facts.Identity) ? List(path, facts, listed) : null;
    }

    private string? RelativeTo(string real)
    {
        var prefix = _realRoot!.EndsWith('/') ? _realRoot : _realRoot + "/";
        return real.StartsWith(prefix, StringComparison.Ordinal) ? real[prefix.Length..] : null;
    }

    private ListedDocument? List(string path, in FileFacts facts, bool listed)
    {
        if (listed || !_filter.TakesFile(path))
        {
            return null;
        }

        var uri = PathText.ToUri(Full(path));
        return facts.Kind == FileKind.File
            ? new ListedDocument(uri, facts.Length, facts.Modified)
            : new ListedDocument(uri, Problem: FileProblems.NotAFile(Full(path)));
    }

    private ListedDocument? EnterBelow(string path, bool linked)
    {
        var tooDeep = _options.MaxDepth > 0 && path.AsSpan().Count('/') + 2 > _options.MaxDepth;
        return tooDeep || !_filter.EntersFolder(path) ? null : Enter(path, linked);
    }

    /// <summary>Opens a folder; gives a document only where that fails.</summary>
    private ListedDocument? Enter(string path, bool linked)
    {
        try
        {
            if (linked && !_linked.Add(_files.Stat(Full(path), followLinks: true).Identity))
            {
                return null;
            }

            _names.Clear();
            _files.List(Full(path), _names);
        }
        catch (FileFailureException failure) when (failure.Failure == FileFailure.Missing && path.Length > 0)
        {
            return null; // Gone since its name was read; only the root's absence (a disk not mounted, say) casts doubt on the rest.
        }
        catch (FileFailureException failure)
        {
            Complete = false;
            if (_cursor is not null && Compare(path, _cursor) <= 0)
            {
                return null;
            }

            var rejection = FileProblems.Rejected(Full(path), failure)
                ?? Rejection.Dead(Reasons.Unreadable, $"the folder {PathText.Show(Full(path))} cannot be listed: {failure.Message}; run again when it can");
            return new ListedDocument(PathText.ToUri(Full(path)) + "/", Problem: rejection);
        }

        var names = _names.ToArray();
        if (_names.Capacity > 4096)
        {
            _names = [];
        }

        Array.Sort(names, static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        _open.Push(new Folder(path, names, linked));
        return null;
    }

    private ListedDocument Problem(string path, FileKind kind, FileFailureException failure)
    {
        var rejection = kind == FileKind.Link && failure.Failure == FileFailure.Missing
            ? Rejection.Skip(Reasons.Vanished, $"{PathText.Show(Full(path))} is a symbolic link to something that does not exist")
            : FileProblems.Rejected(Full(path), failure);
        return new ListedDocument(
            PathText.ToUri(Full(path)),
            Problem: rejection ?? Rejection.Dead(Reasons.Unreadable, $"{PathText.Show(Full(path))} cannot be looked at: {failure.Message}; run again when it can"));
    }

    private sealed class Folder(string path, FileEntry[] names, bool linked)
    {
        public string Path { get; } = path;

        public FileEntry[] Names { get; } = names;

        /// <summary>Whether a link led here.</summary>
        public bool Linked { get; } = linked;

        public int Position { get; set; }
    }
}
