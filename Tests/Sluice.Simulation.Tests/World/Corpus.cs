namespace Sluice.Simulation.Tests.World;

/// <summary>
/// What a person writes, and what goes away without anybody's wish. Documents have numbers: the first <see cref="Main"/> are files of the main source (the last three of them in a
/// subfolder that can go away by itself), those up to <see cref="Files"/> are files of a second source, the others are pages of a web server, each a source of its own.
/// </summary>
internal sealed class Corpus
{
    public const int Main = 9;
    public const int Files = 12;
    public const int All = 15;

    /// <summary>The two folders, and each page.</summary>
    public const int Sources = 2 + All - Files;

    private static readonly string[] s_pages = ["http://pages.example/", "http://pages.example/a.html", "http://pages.example/b/"];

    private readonly string _folder;
    private readonly SortedDictionary<int, string> _texts = [];
    private readonly Dictionary<int, string> _before = [];
    private readonly Dictionary<int, int> _versions = [];
    private int _writes;

    public Corpus(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(Path.Combine(Root(0), "share"));
        Directory.CreateDirectory(Root(Main));
    }

    /// <summary>What is written, by number; also of documents that are away.</summary>
    public IReadOnlyDictionary<int, string> Texts => _texts;

    /// <summary>Whether the main source's root is away.</summary>
    public bool IsRootAway { get; private set; }

    /// <summary>Whether its subfolder is.</summary>
    public bool IsShareAway { get; private set; }

    public static bool IsShared(int document) => document is >= Main - 3 and < Main;

    public string Root(int document) => Path.Combine(_folder, document < Main ? "main" : "other");

    public string PathOf(int document) => Path.Combine(Root(document), IsShared(document) ? "share" : "", $"d{document:00}.txt");

    public string UriOf(int document) => document < Files ? "file://" + PathOf(document) : s_pages[document - Files];

    /// <summary>The source that a document is of.</summary>
    public static int SourceOf(int document) => document < Main ? 0 : document < Files ? 1 : 2 + document - Files;

    /// <summary>Where a source is, as a person names it.</summary>
    public string LocationOf(int source) => source < 2 ? Root(source * Main) : s_pages[source - 2];

    /// <summary>What the URIs of a folder's documents begin with.</summary>
    public string FolderOf(int source) => source < 2 ? $"file://{Root(source * Main)}/" : "";

    /// <summary>How often a document was written.</summary>
    public int VersionOf(int document) => _versions.GetValueOrDefault(document);

    public bool IsAway(int document) => document < Main && (IsRootAway || (IsShareAway && IsShared(document)));

    public void Write(int document, string text)
    {
        _before[document] = _texts.GetValueOrDefault(document, text);
        _texts[document] = text;
        _versions[document] = ++_writes;
        if (document < Files)
        {
            File.WriteAllText(PathOf(document), text);
            Stamp(document);
        }
    }

    /// <summary>What a document said before it was last written.</summary>
    public string Before(int document) => _before.GetValueOrDefault(document, _texts[document]);

    public void Touch(int document) => Stamp(document);

    public void Delete(int document)
    {
        File.Delete(PathOf(document));
        _texts.Remove(document);
    }

    /// <summary>Renames a file; it keeps its time of modification.</summary>
    public void Move(int from, int to)
    {
        File.Move(PathOf(from), PathOf(to), overwrite: true);
        _texts[to] = _texts[from];
        _texts.Remove(from);
    }

    public void Copy(int from, int to)
    {
        File.Copy(PathOf(from), PathOf(to), overwrite: true);
        _texts[to] = _texts[from];
        Stamp(to);
    }

    /// <summary>The root goes away.</summary>
    /// <param name="mountPoint">What is left in its place: nothing, an empty folder, or one with a file that says so.</param>
    public void TakeRootAway(int mountPoint)
    {
        if (IsRootAway)
        {
            return;
        }

        Directory.Move(Root(0), Root(0) + ".away");
        IsRootAway = true;
        if (mountPoint > 0)
        {
            Directory.CreateDirectory(Root(0));
        }

        if (mountPoint > 1)
        {
            File.WriteAllText(Path.Combine(Root(0), "README.txt"), "the disk is not mounted\n");
        }
    }

    public void TakeShareAway()
    {
        if (!IsShareAway && !IsRootAway)
        {
            Directory.Move(Path.Combine(Root(0), "share"), Path.Combine(_folder, "share.away"));
            IsShareAway = true;
        }
    }

    public void BringAllBack()
    {
        if (IsRootAway)
        {
            if (Directory.Exists(Root(0)))
            {
                Directory.Delete(Root(0), recursive: true);
            }

            Directory.Move(Root(0) + ".away", Root(0));
            IsRootAway = false;
        }

        if (IsShareAway)
        {
            Directory.Move(Path.Combine(_folder, "share.away"), Path.Combine(Root(0), "share"));
            IsShareAway = false;
        }
    }

    private void Stamp(int document) => File.SetLastWriteTimeUtc(PathOf(document), new DateTime(2029, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(++_writes));
}
