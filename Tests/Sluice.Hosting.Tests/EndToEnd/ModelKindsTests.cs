using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.Json;
using Sluice.Faults;
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
            var found = await place.SearchAsync(texts[number], "--mode", "vector");
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
        var other = await place.RunAsync("search", texts[0], "--model", "use-lite");
        other.ExitCode.ShouldBe(2, "the default model's questions cannot be compared with these vectors");
        other.Errors.ShouldContain($"It was made with --model {model};");
    }

    [Fact]
    public async Task Search_VectorsOfAVariantThatWereCut_NeedsNoneOfTheOptionsAgain()
    {
        using var place = await Workplace.CreateAsync();
        var model = Path.Combine(place.Path, "model");
        Directory.CreateDirectory(model);
        ParityModels.Write(model, "bert-uncased", Tokenizer(), "mean");
        File.Copy(Path.Combine(model, "onnx/model.onnx"), Path.Combine(model, "onnx/model_quantized.onnx"));
        place.Write("weir.txt", "the database writes vectors\n");
        place.Write("mill.txt", "42 and the index\n");
        (await place.IngestAsync("--model", model, "--variant", "int8", "--dimensions", "16")).ShouldEnd(0)["indexed"].ShouldBe(2);

        (await place.SearchAsync("42 and the index", "--mode", "vector")).ShouldBe(["mill.txt", "weir.txt"]);
        (await place.SearchAsync("42 and the index", "--mode", "vector", "--model", model)).ShouldBe(["mill.txt", "weir.txt"]);
        var right = $"--model {model} --variant int8 --dimensions 16";
        foreach (var wrong in new string[][] { ["--variant", "fp32"], ["--dimensions", "8"], ["--model", "use-lite"], ["--variant", "q4"] })
        {
            var refused = await place.RunAsync(["search", "x", .. wrong]);
            refused.ExitCode.ShouldBe(2, string.Join(' ', wrong));
            refused.Errors.ShouldContain(right);
        }

        var asked = await place.RunAsync("ingest", "docs", "--json");
        asked.ExitCode.ShouldBe(2, asked.Output);
        asked.Errors.ShouldContain($"To keep them, write {right}.");

        // Another machine, which never used the model: its place is to be said, the rest is found.
        using var elsewhere = SluiceProcess.Start(place.Path, new Dictionary<string, string>(Workplace.Environment, StringComparer.Ordinal) { ["SLUICE_CACHE"] = Path.Combine(place.Path, "cache") }, "search", "--json", "42 and the index", "--model", model);
        (await Workplace.EndOfAsync(elsewhere)).ShouldEnd(0).Json.GetArrayLength().ShouldBe(2);

        using var run = place.Start("serve", "--http", "127.0.0.1:0");
        using var patience = new CancellationTokenSource(Workplace.Patience);
        var address = await run.ReadyAsync(patience.Token);
        using var client = new HttpClient { BaseAddress = address };
        using var answer = await client.PostAsJsonAsync("v1/embeddings", new { input = "42 and the index" }, patience.Token);
        (await answer.Content.ReadFromJsonAsync<JsonElement>(patience.Token)).GetProperty("data")[0].GetProperty("embedding").GetArrayLength().ShouldBe(16);
        (await client.GetFromJsonAsync<JsonElement>("api/v1/search?mode=vector&q=42%20and%20the%20index", patience.Token)).GetProperty("hits")[0].GetProperty("uri").GetString()!.ShouldEndWith("mill.txt");
        await run.SignalAsync("INT");
        await run.ExitedAsync(patience.Token);
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
