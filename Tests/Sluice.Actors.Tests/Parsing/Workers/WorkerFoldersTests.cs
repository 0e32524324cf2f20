using Sluice.Actors.Parsing.Workers;
using Sluice.TestKit.Files;

namespace Sluice.Actors.Tests.Parsing.Workers;

public sealed class WorkerFoldersTests
{
    /// <summary>What keeps old folders from being looked for must not keep workers from starting, now or ever.</summary>
    [Fact]
    public void Sweep_FolderThatCannotBeListed_IsLeft()
    {
        using var folder = new TemporaryFolder();

        WorkerFolders.Sweep(folder.Combine("missing"));
        WorkerFolders.Sweep(folder.Write("a-file"));
    }

    [Fact]
    public void Sweep_FoldersOfOthers_StayWhileTheirProcessLives()
    {
        using var parent = new TemporaryFolder();
        var own = WorkerFolders.Create();
        var name = Path.GetFileName(own);
        var dead = name.Split('-');
        dead[3] = "999999999";
        Directory.CreateDirectory(parent.Combine(name));
        Directory.CreateDirectory(parent.Combine(string.Join('-', dead)));

        WorkerFolders.Sweep(parent.Path);

        Directory.Exists(parent.Combine(name)).ShouldBeTrue();
        Directory.Exists(parent.Combine(string.Join('-', dead))).ShouldBe(!OperatingSystem.IsLinux());
        WorkerFolders.Remove(own);
    }
}
