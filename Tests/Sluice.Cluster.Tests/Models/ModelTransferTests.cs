using Sluice.Cluster.Jobs;
using Sluice.Cluster.Models;
using Sluice.TestKit.Files;

namespace Sluice.Cluster.Tests.Models;

/// <summary>Models that go from node to node.</summary>
public sealed class ModelTransferTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WriteAsync_AllPiecesOfAModel_PutsItInItsPlace()
    {
        var model = Model();
        var writer = new ModelWriter(_folder.Combine("there/model"), ModelFiles.List(model));
        foreach (var piece in ModelFiles.Read(model))
        {
            await writer.WriteAsync(piece);
        }

        writer.Complete(Task.CompletedTask).ShouldBeNull();
        ModelFiles.List(_folder.Combine("there/model")).Select(static file => (file.Path, file.Length)).ShouldBe([("config.json", 2), ("empty.txt", 0), ("onnx/model.onnx", 700_000)]);
        File.ReadAllBytes(_folder.Combine("there/model/onnx/model.onnx")).ShouldBe(File.ReadAllBytes(Path.Combine(model, "onnx/model.onnx")));
        Directory.GetFileSystemEntries(_folder.Combine("there")).Length.ShouldBe(1, "nothing is left beside it");
    }

    [Fact]
    public async Task Complete_APieceMissing_SaysWhichFileAndLeavesNothing()
    {
        var model = Model();
        var writer = new ModelWriter(_folder.Combine("there/model"), ModelFiles.List(model));
        foreach (var piece in ModelFiles.Read(model).SkipLast(1))
        {
            await writer.WriteAsync(piece);
        }

        writer.Complete(Task.CompletedTask).ShouldBe("'onnx/model.onnx' did not arrive whole");
        Directory.GetFileSystemEntries(_folder.Combine("there")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Complete_AByteChanged_SaysThatTheHashIsWrong()
    {
        var model = Model();
        var writer = new ModelWriter(_folder.Combine("there/model"), ModelFiles.List(model));
        foreach (var piece in ModelFiles.Read(model))
        {
            await writer.WriteAsync(piece.Path == "config.json" ? piece with { Data = new byte[] { 1, 2 } } : piece);
        }

        writer.Complete(Task.CompletedTask).ShouldBe("the hash of 'config.json' is wrong");
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("/etc/evil")]
    [InlineData("other.bin")]
    public async Task WriteAsync_AFileThatIsNotTheModels_IsRefused(string path)
    {
        var writer = new ModelWriter(_folder.Combine("there/model"), ModelFiles.List(Model()));
        await Should.ThrowAsync<InvalidDataException>(() => writer.WriteAsync(new FilePiece(path, 0, new byte[] { 1 })));
        writer.Complete(Task.FromException(new InvalidDataException("x"))).ShouldBe("copying it broke off: x");
    }

    [Fact]
    public async Task GetModel_ThatAnotherNodeHas_BringsItHere()
    {
        await using var cluster = new InProcessCluster();
        var model = Model();
        cluster.Workshop = new TestWorkshop(cluster.Database) { FindModelFolder = (_, _) => model };
        await cluster.StartAsync("coordinate");
        cluster.Workshop = new TestWorkshop(cluster.Database) { PlaceModel = (_, _) => _folder.Combine("cache/model") };
        var node = await cluster.StartAsync("parse");
        (await node.GetModelAsync("model", "f00")).ShouldBeNull();
        File.ReadAllBytes(_folder.Combine("cache/model/onnx/model.onnx")).ShouldBe(File.ReadAllBytes(Path.Combine(model, "onnx/model.onnx")));
    }

    [Fact]
    public async Task GetModel_ThatNobodyHas_SaysWhomItAsked()
    {
        await using var cluster = new InProcessCluster();
        await cluster.StartAsync("coordinate");
        var node = await cluster.StartAsync("parse");
        (await node.GetModelAsync("model", "f00")).ShouldNotBeNull().ShouldContain(cluster.Nodes[0].Address);
    }

    [Fact]
    public async Task GetModel_IntoACacheThatCannotBeWritten_SaysWhereAndWhy()
    {
        await using var cluster = new InProcessCluster();
        var model = Model();
        cluster.Workshop = new TestWorkshop(cluster.Database) { FindModelFolder = (_, _) => model };
        await cluster.StartAsync("coordinate");
        _folder.Write("file", "a file where the cache's folder should be");
        cluster.Workshop = new TestWorkshop(cluster.Database) { PlaceModel = (_, _) => _folder.Combine("file/model") };
        var node = await cluster.StartAsync("parse");
        (await node.GetModelAsync("model", "f00")).ShouldNotBeNull().ShouldContain($"it cannot be written to '{_folder.Combine("file/model")}'");
        (await node.GetModelAsync("model", "f00")).ShouldNotBeNull("it is asked anew").ShouldContain("it cannot be written");
    }

    [Fact]
    public async Task GetModel_GoneBeforeItIsFetched_SaysSo()
    {
        await using var cluster = new InProcessCluster();
        var (model, looks) = (Model(), 0);
        cluster.Workshop = new TestWorkshop(cluster.Database) { FindModelFolder = (_, _) => Interlocked.Increment(ref looks) == 1 ? model : null };
        await cluster.StartAsync("coordinate");
        cluster.Workshop = new TestWorkshop(cluster.Database) { PlaceModel = (_, _) => _folder.Combine("cache/model") };
        var node = await cluster.StartAsync("parse");
        (await node.GetModelAsync("model", "f00")).ShouldNotBeNull().ShouldContain($"{cluster.Nodes[0].Address} had it and cannot send it any more");
    }

    private string Model()
    {
        var folder = _folder.Combine("model");
        _folder.Write("model/config.json", "{}");
        _folder.Write("model/empty.txt", "");
        Directory.CreateDirectory(Path.Combine(folder, "onnx"));
        var bytes = new byte[700_000];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(folder, "onnx", "model.onnx"), bytes);
        return folder;
    }
}
