using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Actors.Parsing.Sources;
using Sluice.Streams.Documents;
using Sluice.TestKit.Files;

namespace Sluice.Actors.Tests.Parsing.Sources;

/// <summary>Whether a folder is the one that was walked, as nodes of a cluster ask again and again.</summary>
public sealed class FolderRootTests : IDisposable
{
    private const int Files = 100;

    private readonly TemporaryFolder _folder = new();
    private readonly string _corpus;

    public FolderRootTests()
    {
        _corpus = Directory.CreateDirectory(_folder.Combine("corpus")).FullName;
        Fill("first");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A node that began with the job sees names come and go until none of those that the walk found is left.</summary>
    [Fact]
    public async Task Check_OnAnotherMachine_EveryNameIsRenamedInTurn_IsTheSameFolder()
    {
        var root = Elsewhere((await CheckAsync(null)).Root!, sameDisk: false);
        var check = await CheckAsync(root);
        check.State.ShouldBe(RootState.There);
        Rename("first", "second", Files);
        (await CheckAsync(check.Root)).State.ShouldBe(RootState.There);
    }

    /// <summary>A node that joins after all that, with the same disk.</summary>
    [Theory]
    [InlineData(Files - 1)]
    [InlineData(Files)]
    public async Task Check_ForTheFirstTimeOnAnotherMachine_AfterNamesWereRenamed_IsTheSameFolder(int renamed)
    {
        var root = Elsewhere((await CheckAsync(null)).Root!, sameDisk: true);
        Rename("first", "second", renamed);
        (await CheckAsync(root)).State.ShouldBe(RootState.There);
    }

    [Fact]
    public async Task Check_OnTheSameMachine_EveryNameIsRenamed_IsTheSameFolder()
    {
        var root = (await CheckAsync(null)).Root;
        Rename("first", "second", Files);
        (await CheckAsync(root)).State.ShouldBe(RootState.There);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Check_AnotherFolderInItsPlace_IsReplaced(bool deleted)
    {
        var root = (await CheckAsync(null)).Root;
        if (deleted)
        {
            Directory.Delete(_corpus, recursive: true); // Its number may be given to the next folder.
        }
        else
        {
            Directory.Move(_corpus, _folder.Combine("away"));
        }

        Directory.CreateDirectory(_corpus);
        File.WriteAllText(Path.Combine(_corpus, "README.txt"), "nothing is mounted here");
        var check = await CheckAsync(root);
        check.State.ShouldBe(RootState.Replaced);
        check.Message.ShouldNotBeNull().ShouldContain("is another folder");
    }

    [Fact]
    public async Task Check_EmptyInItsPlace_IsReplaced()
    {
        var root = Elsewhere((await CheckAsync(null)).Root!, sameDisk: true);
        foreach (var file in Directory.GetFiles(_corpus))
        {
            File.Delete(file);
        }

        (await CheckAsync(root)).Message.ShouldNotBeNull().ShouldContain("is empty now");
    }

    private async Task<RootCheck> CheckAsync(string? root) =>
        await DocumentSources.Create(SourceLocation.ParseAbsolute(_corpus), new SourceOptions(), TimeProvider.System).CheckRootAsync(root, CancellationToken.None);

    /// <summary>As another machine noted it: it has a number of its own for the device, and for a copy of the files all other numbers too.</summary>
    private static string Elsewhere(string root, bool sameDisk)
    {
        var note = JsonNode.Parse(root)!.AsObject();
        (note["Machine"], note["Device"]) = ("another-machine", 77UL);
        if (!sameDisk)
        {
            (note["Number"], note["Born"]) = (78UL, 79L);
        }

        return note.ToJsonString();
    }

    private void Fill(string prefix)
    {
        for (var index = 0; index < Files; index++)
        {
            File.WriteAllText(Name(prefix, index), "text");
        }
    }

    private void Rename(string from, string to, int count)
    {
        for (var index = 0; index < count; index++)
        {
            File.Move(Name(from, Files - 1 - index), Name(to, index));
        }
    }

    private string Name(string prefix, int index) => Path.Combine(_corpus, string.Create(CultureInfo.InvariantCulture, $"{prefix} {index:000}.txt"));
}
