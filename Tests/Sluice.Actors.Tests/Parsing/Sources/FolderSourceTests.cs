using System.Diagnostics;
using System.Runtime.InteropServices;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Files;

namespace Sluice.Actors.Tests.Parsing.Sources;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed partial class FolderSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IDocumentSource Source(SourceOptions? options = null) => DocumentSources.Create(SourceLocation.ParseAbsolute(_folder.Path), options ?? new(), TimeProvider.System);

    [Fact]
    public async Task ListAsync_Tree_IsWalkedInOrdinalOrder()
    {
        foreach (var name in new[] { "b.txt", "a/z.txt", "a.txt", "a/b/c.txt", "B.txt", "ä.txt", "a-b.txt" })
        {
            _folder.Write(name);
        }

        var source = Source();

        (await source.NamesAsync()).ShouldBe(["B.txt", "a/b/c.txt", "a/z.txt", "a-b.txt", "a.txt", "b.txt", "ä.txt"]);
        source.Scope.Uri.ShouldBe($"file://{_folder.Path}/");
        (await source.DocumentsAsync())[0].Length.ShouldBe(4);
    }

    /// <summary>A folder of hidden files alone is as much of a source as any, where they are read.</summary>
    [Fact]
    public async Task CheckRootAsync_HiddenFilesAreGone_TellsWhereTheyAreDocuments()
    {
        foreach (var name in new[] { ".a.md", ".b.md", ".c.md" })
        {
            _folder.Write(name);
        }

        var (reads, ignores) = (Source(new() { Hidden = true }), Source());
        var (read, ignored) = ((await reads.CheckRootAsync(null, CancellationToken.None)).Root, (await ignores.CheckRootAsync(null, CancellationToken.None)).Root);
        File.Delete(_folder.Combine(".a.md"));
        (await reads.CheckRootAsync(read, CancellationToken.None)).State.ShouldBe(RootState.There);
        File.Delete(_folder.Combine(".b.md"));
        File.Delete(_folder.Combine(".c.md"));

        var gone = await reads.CheckRootAsync(read, CancellationToken.None);
        gone.State.ShouldBe(RootState.Replaced);
        gone.Message!.ShouldContain("is empty now and was not when it was listed");
        (await ignores.CheckRootAsync(ignored, CancellationToken.None)).State.ShouldBe(RootState.There, "what is not read is in nobody's way");
    }

    [Fact]
    public async Task ListAsync_EmptyFolder_IsOneCompletePage()
    {
        var page = (await Source().PagesAsync()).ShouldHaveSingleItem();

        page.Documents.ShouldBeEmpty();
        page.Complete.ShouldBeTrue();
    }

    [Fact]
    public async Task ListAsync_ManyFiles_ResumesFromEveryCursor()
    {
        for (var index = 0; index < 1203; index++)
        {
            _folder.Write($"{index % 7}/{index % 3}/file {index}%.txt", "");
        }

        Directory.CreateSymbolicLink(_folder.Combine("0link"), _folder.Combine("5"));
        var pages = await Source().PagesAsync();

        pages.Select(static page => page.Documents.Count).ShouldBe([500, 500, 203]);
        var all = pages.SelectMany(static page => page.Documents).ToList();
        all.Select(static document => document.Uri).ShouldBeUnique();
        for (var index = 0; index < 2; index++)
        {
            var rest = (await Source().PagesAsync(pages[index].Cursor)).SelectMany(static page => page.Documents);
            rest.ShouldBe(all.Skip((index + 1) * 500));
        }
    }

    [Fact]
    public async Task ListAsync_CursorOfAFileThatIsGone_GoesOnBehindIt()
    {
        for (var index = 0; index < 501; index++)
        {
            _folder.Write($"{index:000}.txt", "");
        }

        var cursor = (await Source().PagesAsync())[0].Cursor;
        File.Delete(_folder.Combine("499.txt"));
        _folder.Write("499a.txt");

        (await Source().PagesAsync(cursor))[0].Documents.Select(static document => document.Uri[^8..]).ShouldBe(["499a.txt", "/500.txt"]);
    }

    [Fact]
    public async Task ListAsync_HiddenNames_AreLeftOutUnlessAsked()
    {
        foreach (var name in new[] { ".git/config", ".hidden/a.txt", ".profile", "seen.txt", "sub/.git/x" })
        {
            _folder.Write(name);
        }

        (await Source().NamesAsync()).ShouldBe(["seen.txt"]);
        (await Source(new() { Hidden = true }).NamesAsync()).ShouldBe([".hidden/a.txt", ".profile", "seen.txt"]);
    }

    [Fact]
    public async Task ListAsync_Globs_SelectFiles()
    {
        foreach (var name in new[] { "a.md", "b.TXT", "docs/c.md", "docs/draft/d.md", "docs/e.txt", "node/f.md" })
        {
            _folder.Write(name);
        }

        (await Source(new() { Include = ["*.md"] }).NamesAsync()).ShouldBe(["a.md", "docs/c.md", "docs/draft/d.md", "node/f.md"]);
        (await Source(new() { Include = ["docs/**/*.{md,txt}"], Exclude = ["draft"] }).NamesAsync()).ShouldBe(["docs/c.md", "docs/e.txt"]);
        (await Source(new() { Exclude = ["docs/", "*.TXT"] }).NamesAsync()).ShouldBe(["a.md", "node/f.md"]);
        (await Source(new() { MaxDepth = 1 }).NamesAsync()).ShouldBe(["a.md", "b.TXT"]);
        (await Source(new() { MaxDepth = 2 }).NamesAsync()).Count.ShouldBe(5);
    }

    [Fact]
    public async Task ListAsync_OwnDatabase_IsLeftOut()
    {
        foreach (var name in new[] { "sluice.db", "sluice.db-wal", "sluice.db-shm", "sluice.db.lock", "sluice.db.txt", "other.db" })
        {
            _folder.Write(name);
        }

        (await Source(new() { ExcludePaths = [_folder.Combine("sluice.db")] }).NamesAsync()).ShouldBe(["other.db", "sluice.db.txt"]);
    }

    [Fact]
    public async Task ListAsync_LinkLoops_EndAndListEachFileOnce()
    {
        _folder.Write("a/file.txt");
        _folder.Write("b/other.txt");
        Directory.CreateSymbolicLink(_folder.Combine("a/up"), _folder.Path);
        Directory.CreateSymbolicLink(_folder.Combine("a/self"), _folder.Combine("a"));
        Directory.CreateSymbolicLink(_folder.Combine("0b"), _folder.Combine("b"));
        File.CreateSymbolicLink(_folder.Combine("c1"), _folder.Combine("c2"));
        File.CreateSymbolicLink(_folder.Combine("c2"), _folder.Combine("c1"));
        File.CreateSymbolicLink(_folder.Combine("again.txt"), _folder.Combine("a/file.txt"));
        File.CreateSymbolicLink(_folder.Combine("nowhere.txt"), _folder.Combine("missing.txt"));

        (await Source().NamesAsync()).ShouldBe(["a/file.txt", "b/other.txt", "c1 (not-a-file)", "c2 (not-a-file)", "nowhere.txt (vanished)"]);
        (await Source(new() { FollowLinks = false }).NamesAsync()).ShouldBe(["a/file.txt", "b/other.txt"]);
    }

    [Fact]
    public async Task ListAsync_LinksOutOfTheFolder_AreFollowedOnce()
    {
        using var outside = new TemporaryFolder();
        outside.Write("x/deep.txt");
        outside.Write("single.txt");
        Directory.CreateSymbolicLink(outside.Combine("x/back"), outside.Combine("x"));
        Directory.CreateSymbolicLink(outside.Combine("x/home"), _folder.Path);
        Directory.CreateSymbolicLink(_folder.Combine("one"), outside.Combine("x"));
        Directory.CreateSymbolicLink(_folder.Combine("two"), outside.Combine("x"));
        File.CreateSymbolicLink(_folder.Combine("l1.txt"), outside.Combine("single.txt"));
        File.CreateSymbolicLink(_folder.Combine("l2.txt"), outside.Combine("single.txt"));
        _folder.Write(".data/config.txt");
        File.CreateSymbolicLink(_folder.Combine("config.txt"), _folder.Combine(".data/config.txt"));

        (await Source().NamesAsync()).ShouldBe(["config.txt", "l1.txt", "one/deep.txt"]);
    }

    [Fact]
    public async Task ListAsync_LinkToAFolderAbove_ListsNothingTwice_AndLeavesOutTheDatabase()
    {
        foreach (var name in new[] { "c/a.txt", "c/sub/b.txt", "other/d.txt", "e.txt", "sluice.db", "sluice.db-wal" })
        {
            _folder.Write(name);
        }

        Directory.CreateSymbolicLink(_folder.Combine("c/up"), _folder.Path);
        var options = new SourceOptions { ExcludePaths = [_folder.Combine("sluice.db")] };
        var source = DocumentSources.Create(SourceLocation.ParseAbsolute(_folder.Combine("c")), options, TimeProvider.System);

        (await source.DocumentsAsync()).Select(document => document.Uri[source.Scope.Uri.Length..]).ShouldBe(["a.txt", "sub/b.txt", "up/e.txt", "up/other/d.txt"]);
    }

    [Fact]
    public async Task ListAsync_LinkRoots_KeepLinksWithin_AndTheRestIsNotTakenForGone()
    {
        using var outside = new TemporaryFolder();
        using var allowed = new TemporaryFolder();
        outside.Write("secret.txt");
        allowed.Write("fine.txt");
        Directory.CreateSymbolicLink(_folder.Combine("one"), outside.Path);
        File.CreateSymbolicLink(_folder.Combine("two.txt"), outside.Combine("secret.txt"));
        Directory.CreateSymbolicLink(_folder.Combine("three"), allowed.Path);

        var page = (await Source(new() { LinkRoots = [_folder.Path, allowed.Path] }).PagesAsync()).ShouldHaveSingleItem();

        page.Documents.Select(document => document.Uri[$"file://{_folder.Path}/".Length..]).ShouldBe(["three/fine.txt"]);
        page.Complete.ShouldBeFalse();
    }

    [Fact]
    public async Task ListAsync_ExportOfSluice_IsLeftOut_AndNoSource()
    {
        _folder.Write("vectors/.sluice/work.db");
        _folder.Write("vectors/part-0.jsonl");
        _folder.Write("a.txt");

        (await Source().NamesAsync()).ShouldBe(["a.txt"]);
        Should.Throw<ConfigurationException>(() => DocumentSources.Create(SourceLocation.ParseAbsolute(_folder.Combine("vectors")), new(), TimeProvider.System)).Message.ShouldContain("is a database of Sluice");
    }

    [Fact]
    public async Task ListAsync_PipesAndSockets_AreToldAndNeverOpened()
    {
        await ShellAsync("mkfifo \"$1/pipe\"");
        File.CreateSymbolicLink(_folder.Combine("device"), "/dev/zero");
        var source = Source();

        (await source.NamesAsync()).ShouldBe(["device (not-a-file)", "pipe (not-a-file)"]);
        foreach (var document in await source.DocumentsAsync())
        {
            var refused = await Should.ThrowAsync<DocumentRejectedException>(async () => await source.OpenAsync(document, CancellationToken.None));
            refused.Rejection.Reason.ShouldBe(Reasons.NotAFile);
        }
    }

    [Fact]
    public void Next_UnreadableFolderAndFile_AreDeadAndTheWalkIncomplete()
    {
        _folder.Write("closed/a.txt");
        var secret = _folder.Write("secret.txt");
        _folder.Write("z.txt");
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)Convert.ToInt32("755", 8));
        File.SetUnixFileMode(_folder.Combine("closed"), UnixFileMode.None);
        File.SetUnixFileMode(secret, UnixFileMode.None);
        var listed = new List<ListedDocument>();
        var complete = true;
        SluiceException? refused = null;
        AsNobody(() =>
        {
            var options = new SourceOptions();
            var walk = new FolderWalk(FileSystem.Current, _folder.Path, options, new PathFilter(options), cursor: null);
            while (walk.Next() is { } document)
            {
                listed.Add(document);
            }

            complete = walk.Complete;
            refused = Should.Throw<DocumentRejectedException>(() => LocalFile.Open(FileSystem.Current, SourceScope.Exact(PathText.ToUri(secret)), PathText.ToUri(secret)));
        });

        File.SetUnixFileMode(_folder.Combine("closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        complete.ShouldBeFalse();
        listed.Select(static document => document.Problem?.Reason).ShouldBe([Reasons.Unreadable, null, null]);
        listed[0].Uri.ShouldEndWith("/closed/");
        listed[0].Problem!.Verdict.ShouldBe(Verdict.Dead);
        listed[0].Problem!.Message.ShouldBe($"{_folder.Combine("closed")} may not be read (Permission denied); grant this user the right to, then run again");
        ((DocumentRejectedException)refused!).Rejection.Reason.ShouldBe(Reasons.Unreadable);
    }

    [Fact]
    public async Task ListAsync_RootThatVanished_IsNotTakenForEmpty()
    {
        using var other = new TemporaryFolder();
        Directory.CreateDirectory(other.Combine("disk"));
        var source = DocumentSources.Create(SourceLocation.ParseAbsolute(other.Combine("disk")), new(), TimeProvider.System);
        Directory.Delete(other.Combine("disk"));

        var page = (await source.PagesAsync()).ShouldHaveSingleItem();

        page.Complete.ShouldBeFalse();
        page.Documents.ShouldHaveSingleItem().Problem!.Reason.ShouldBe(Reasons.Vanished);
    }

    [Fact]
    public async Task ListAsync_Cancelled_Stops()
    {
        _folder.Write("a.txt");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var page in Source().ListAsync(null, cancelled.Token))
            {
                page.ShouldBeNull();
            }
        });
    }

    private async Task ShellAsync(string command)
    {
        using var process = Process.Start("sh", ["-c", command, "sh", _folder.Path]);
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0);
    }

    /// <summary>Runs with the file rights of a user who has none, on a thread of its own; root could read everything.</summary>
    private static void AsNobody(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                _ = setfsuid(65534);
                action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException("as nobody", failure);
        }
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setfsuid(uint user);
}
