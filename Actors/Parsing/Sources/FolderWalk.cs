using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Actors.Sinks.Files;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>
/// One walk of a folder: depth first, names in ordinal order, so that a walk that goes on after a cursor (the last path listed) lists the rest and nothing else.
/// Holds the names of the folders it stands in and the identities of folders and files reached by links, nothing more. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// Links: what lies below the root and is taken by its own path is listed under that path only, also where a link leads to a folder above it. What is reached by links
/// alone is listed under the first of them. So every file is listed once, and a loop of links comes to an end. What is left out by its path is left out behind links too.
/// The folders that hold an export of Sluice's own are left out.
/// </remarks>
internal sealed class FolderWalk
{
    private readonly FileSystem _files;
    private readonly string _root;
    private readonly PathFilter _filter;
    private readonly SourceOptions _options;
    private readonly HashSet<string> _excluded;
    private readonly string[] _linkRoots;
    private readonly string? _cursor;
    private readonly Stack<Folder> _open = new();
    private readonly HashSet<FileIdentity> _linked = [];
    private List<FileEntry> _names = [];
    private FileIdentity _rootIdentity;
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
            foreach (var one in new[] { full, RealPaths.Resolve(full) })
            {
                _excluded.UnionWith([one, one + "-wal", one + "-shm", one + "-journal", one + ".lock"]);
            }
        }

        _linkRoots = Array.ConvertAll(options.LinkRoots, RealPaths.Resolve);
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
            if (Enter("", real: null) is { } problem)
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
            if (_filter.TakesName(entry.Name) && Visit(path, entry.Kind, folder.Real is null ? null : Path.Join(folder.Real, entry.Name)) is { } document)
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

    /// <summary>Looks at one name of a folder.</summary>
    /// <param name="path">Relative to the root.</param>
    /// <param name="kind">What the listing of its folder says of it.</param>
    /// <param name="real">Where it really lies, where a link led to its folder; null elsewhere.</param>
    private ListedDocument? Visit(string path, FileKind kind, string? real)
    {
        var linked = real is not null;
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
                return linked && IsReachedOtherwise(real!, isFolder: true) ? null : EnterBelow(path, real);
            }

            if (kind == FileKind.File && !_filter.TakesFile(path))
            {
                return null;
            }

            var facts = _files.Stat(Full(path), followLinks: false);
            return linked && IsReachedOtherwise(real!, facts.Kind == FileKind.Folder) ? null
                : facts.Kind == FileKind.Folder ? EnterBelow(path, real)
                : linked && !_linked.Add(facts.Identity) ? null
                : List(path, facts, listed);
        }
        catch (FileFailureException failure)
        {
            RequireRoot(path);
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

        var real = _files.RealPath(Full(path));
        if (IsReachedOtherwise(real, isFolder))
        {
            return null;
        }

        if (_linkRoots.Length > 0 && !Array.Exists(_linkRoots, root => RealPaths.IsWithin(real, root)))
        {
            Complete = false; // What an earlier walk took from there is not gone.
            return null;
        }

        if (isFolder)
        {
            return EnterBelow(path, real);
        }

        return _linked.Add(facts.Identity) ? List(path, facts, listed) : null;
    }

    /// <summary>Whether what a link led to is left out by its path, or is taken by its own path below the root.</summary>
    private bool IsReachedOtherwise(string real, bool isFolder)
    {
        _realRoot ??= _files.RealPath(_root);
        return real == _realRoot || _excluded.Contains(real) || (RelativeTo(real) is { } own && _filter.Reaches(own, isFolder) && !_excluded.Contains(Full(own)));
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

    private ListedDocument? EnterBelow(string path, string? real)
    {
        var tooDeep = _options.MaxDepth > 0 && path.AsSpan().Count('/') + 2 > _options.MaxDepth;
        return tooDeep || !_filter.EntersFolder(path) ? null : Enter(path, real);
    }

    /// <summary>Opens a folder; gives a document only where that fails.</summary>
    private ListedDocument? Enter(string path, string? real)
    {
        FileIdentity identity;
        try
        {
            if (real is not null && !_linked.Add(_files.Stat(Full(path), followLinks: true).Identity))
            {
                return null;
            }

            _names.Clear();
            identity = _files.Stat(Full(path), followLinks: true).Identity;
            _files.List(Full(path), _names);
        }
        catch (FileFailureException failure) when (path.Length > 0 && failure.Failure == FileFailure.Missing && IsGone(path))
        {
            return null; // Gone since its name was read.
        }
        catch (FileFailureException failure)
        {
            RequireRoot(path);
            Complete = false;
            if (_cursor is not null && Compare(path, _cursor) <= 0)
            {
                return null;
            }

            var rejection = FileProblems.Rejected(Full(path), failure)
                ?? Rejection.Dead(Reasons.Unreadable, $"the folder {PathText.Show(Full(path))} cannot be listed: {failure.Message}; run again when it can");
            return new ListedDocument(PathText.ToUri(Full(path)) + "/", Problem: rejection);
        }

        if (path.Length > 0 && _names.Exists(static entry => entry.Name == ".sluice") && IsExport(Full(path)))
        {
            return null;
        }

        var names = _names.ToArray();
        if (_names.Capacity > 4096)
        {
            _names = [];
        }

        if (path.Length == 0)
        {
            _rootIdentity = identity;
        }

        Array.Sort(names, static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        _open.Push(new Folder(path, names, real, identity));
        return null;
    }

    /// <summary>Whether a folder is gone from the one it stood in, and not that one from its own place (a disk that is no longer mounted).</summary>
    private bool IsGone(string path)
    {
        var above = _open.Peek();
        try
        {
            if (_files.Stat(Full(above.Path), followLinks: true).Identity != above.Identity)
            {
                return false;
            }

            var names = new List<FileEntry>();
            _files.List(Full(above.Path), names);
            var name = path[(path.LastIndexOf('/') + 1)..];
            return !names.Exists(entry => entry.Name == name);
        }
        catch (FileFailureException)
        {
            return false;
        }
    }

    /// <summary>Where the root itself is away, nothing that is found out about what lies below it holds: the walk is taken up when it is back.</summary>
    private void RequireRoot(string path)
    {
        if (path.Length == 0 || _open.Count == 0)
        {
            return;
        }

        try
        {
            if (_files.Stat(_root, followLinks: true).Identity == _rootIdentity)
            {
                return;
            }
        }
        catch (FileFailureException failure)
        {
            throw new TransientException($"the folder {PathText.Show(_root)} cannot be read: {failure.Message}", innerException: failure);
        }

        throw new TransientException($"another folder is in the place of {PathText.Show(_root)}");
    }

    /// <summary>Whether a folder is one that Sluice writes files for other programs to: its vectors are no documents.</summary>
    private bool IsExport(string folder)
    {
        try
        {
            return _files.Stat(FileSinks.WorkFile(folder), followLinks: true).Kind == FileKind.File;
        }
        catch (FileFailureException)
        {
            return false;
        }
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

    private sealed class Folder(string path, FileEntry[] names, string? real, FileIdentity identity)
    {
        public FileIdentity Identity { get; } = identity;

        public string Path { get; } = path;

        public FileEntry[] Names { get; } = names;

        /// <summary>Where it really lies, where a link led here; null elsewhere.</summary>
        public string? Real { get; } = real;

        public int Position { get; set; }
    }
}
