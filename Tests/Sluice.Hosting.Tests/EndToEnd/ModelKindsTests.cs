using System.IO.Compression;
using Sluice.TestKit.Models;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>The real program with model folders of every kind of output: one vector a text, one a token, weights of terms. Their weights are random, their tokenizer is real.</summary>
public sealed class ModelKindsTests
{
    [Theory]
    [InlineData("mean", "dense")]
    [InlineData("late", "multi-vector")]
    [InlineData("sparse", "sparse")]
    public async Task Ingest_ModelOfAKind_FindsTheTextThatWasAskedFor(string kind, string name)
    {
        using var place = await Workplace.CreateAsync();
        var model = Path.Combine(place.Path, "model");
        Directory.CreateDirectory(model);
        ParityModels.Write(model, "bert-uncased", Tokenizer(), kind);
        string[] texts = ["the database writes vectors", "checkpoint of memory", "search when does it restart", "42 and the index"];
        for (var number = 0; number < texts.Length; number++)
        {
            place.Write($"{number}.txt", texts[number] + "\n");
        }

        (await place.RunAsync("models", "inspect", model)).Output.ShouldContain(name);
        var first = (await place.IngestAsync("--model", model)).ShouldEnd(0);
        first["indexed"].ShouldBe(texts.Length);
        for (var number = 0; number < texts.Length; number++)
        {
            var found = await place.SearchAsync(texts[number], "--mode", "vector", "--model", model);
            if (kind == "sparse")
            {
                found.ShouldBe(["0.txt", "1.txt", "2.txt", "3.txt"], ignoreOrder: true, "random weights have terms in common, and of products the longest may be the largest");
            }
            else
            {
                found[0].ShouldBe($"{number}.txt", "random weights know no meaning, but the same words give the same vectors");
            }
        }

        var second = (await place.IngestAsync("--model", model)).ShouldEnd(0);
        second["unchanged"].ShouldBe(texts.Length);
        (await place.VerifyAsync()).ShouldBe(texts.Length);
        (await place.RunAsync("search", texts[0])).ExitCode.ShouldBe(2, "the default model's questions cannot be compared with these vectors");
    }

    private static byte[] Tokenizer()
    {
        using var file = File.OpenRead(Path.Combine(TestKit.Models.Repository.Root, "Tests/Sluice.Actors.Tests/Chunking/Tokenizers/Data/bert-uncased.tokenizer.json.gz"));
        using var text = new GZipStream(file, CompressionMode.Decompress);
        using var content = new MemoryStream();
        text.CopyTo(content);
        return content.ToArray();
    }
}
