using System.Diagnostics;
using System.Globalization;
using Sluice.Actors.Embedding;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>What a search waits for before its first vector. Run it as a process of its own: everything is measured cold, JIT included.</summary>
internal static class StartSpeed
{
    public static async Task RunAsync()
    {
        var watch = Stopwatch.StartNew();
        var path = await TestModel.EnsureAsync();
        Report("model ensured", watch);
        var folder = ModelFolder.Open(path, TestModel.CacheFolder);
        Report("folder opened", watch);
        await using var model = EmbeddingModel.Open(folder);
        var tokens = new Streams.Chunks.TokenBuffer();
        if (Environment.GetEnvironmentVariable("SLUICE_BENCH_APART") is not null)
        {
            model.Tokenizer.Encode("how is memory kept flat", tokens);
            Report("tokenizer", watch);
        }

        await model.EmbedQueryAsync("how is memory kept flat", CancellationToken.None);
        Report("first query", watch);
        await model.EmbedQueryAsync("how is memory kept flat", CancellationToken.None);
        Report("second query", watch);
    }

    private static void Report(string what, Stopwatch watch)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-16} {watch.Elapsed.TotalMilliseconds,8:F1} ms"));
        watch.Restart();
    }
}
