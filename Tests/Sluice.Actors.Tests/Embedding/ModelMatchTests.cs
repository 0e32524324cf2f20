using Sluice.Actors.Embedding;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Tests.Embedding;

public sealed class ModelMatchTests : IDisposable
{
    private readonly TemporaryFolder _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task Open_ModelOfTheCacheCutToTwo_IsFoundByItsFingerprintAlone()
    {
        var folder = Write("tiny");
        Write("other", network: "model_fp16.onnx");
        var made = Info(folder, new EmbeddingOptions { Dimensions = 2 });
        await using var model = Match.Open(made, "", new EmbeddingOptions { Threads = 3 });
        model.Folder.FolderPath.ShouldBe(folder);
        model.Info.Fingerprint.ShouldBe(made.ModelFingerprint);
        model.Info.Dimension.ShouldBe(2);
        Match.Describe(made).ShouldBe("--model tiny --dimensions 2");
        Match.FindFolder("tiny", made.ModelFingerprint).ShouldBe(folder);
        Match.FindFolder("other", made.ModelFingerprint).ShouldBeNull();
    }

    [Fact]
    public async Task Open_ModelElsewhereThatWasUsedBefore_IsFoundUntilItChanges()
    {
        using var place = new TemporaryFolder();
        TinyModel.WriteTokens(place.Root);
        File.Move(place["model.onnx"], place["model_q4.onnx"]);
        var options = new EmbeddingOptions { Variant = "q4", Threads = 1 };
        await using (var used = EmbeddingModel.Open(ModelFolder.Open(place.Root, _cache.Root, options), options))
        {
            await used.CheckAsync(CancellationToken.None);
        }

        var made = Info(place.Root, options);
        await using (var model = Match.Open(made, "", new EmbeddingOptions()))
        {
            model.Info.Fingerprint.ShouldBe(made.ModelFingerprint);
        }

        Match.Describe(made).ShouldBe($"--model {place.Root} --variant q4");
        var conflict = Should.Throw<ModelException>(() => Match.Open(made, place.Root, new EmbeddingOptions { Dimensions = 1 })).Message;
        conflict.ShouldContain($"It was made with --model {place.Root} --variant q4;");

        File.AppendAllText(place["tokenizer.json"], " ");
        Match.Describe(made).ShouldBeNull();
        var gone = Should.Throw<ModelException>(() => Match.Open(made, "", new EmbeddingOptions())).Message;
        gone.ShouldContain("no model here gives such");
        gone.ShouldContain("--model (sluice.model)");
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("")]
    [InlineData("f00")]
    public void Open_FingerprintOfADatabaseThatIsNone_IsRefusedInWords(string fingerprint)
    {
        Write("tiny");
        Should.Throw<ModelException>(() => Match.Open(new CollectionInfo("gone", fingerprint, EmbeddingKind.Dense, 3, Distance.Cosine), "", new EmbeddingOptions())).Message.ShouldContain("the model gone");
    }

    private ModelMatch Match => new(new ModelCatalog(_cache.Root));

    private CollectionInfo Info(string folder, EmbeddingOptions options)
    {
        var info = ModelFolder.Open(folder, _cache.Root, options).Info;
        return new CollectionInfo(info.Name, info.Fingerprint, info.Kind, info.Dimension, info.Distance);
    }

    private string Write(string name, string network = "model.onnx")
    {
        var folder = Directory.CreateDirectory(Path.Combine(_cache.Root, "models", name)).FullName;
        TinyModel.WriteTokens(folder);
        if (network != "model.onnx")
        {
            File.Move(Path.Combine(folder, "model.onnx"), Path.Combine(folder, network));
        }

        return folder;
    }
}
