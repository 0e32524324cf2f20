using System.Diagnostics;
using System.Globalization;
using Sluice.Actors.Embedding;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>Resident memory over 500 batches of random shapes of at most 2,048 padded tokens: "arena" or "no-arena".</summary>
internal static class SessionMemory
{
    public static async Task RunAsync(string mode)
    {
        var folder = ModelFolder.Open(await TestModel.EnsureAsync(), TestModel.CacheFolder);
        await using var embedder = new OnnxEmbedder(folder, new EmbeddingOptions { Arena = mode == "arena" });
        var random = new Random(11);
        var watch = Stopwatch.StartNew();
        long tokens = 0;
        for (var batch = 1; batch <= 500; batch++)
        {
            var length = random.Next(1, 129);
            var rows = Math.Clamp(random.Next(1, 2048) / length, 1, 64);
            tokens += rows * length;
            await embedder.EmbedAsync([.. Enumerable.Range(0, rows).Select(_ => (ReadOnlyMemory<int>)Enumerable.Range(0, length).Select(_ => random.Next(6, 8000)).ToArray())], CancellationToken.None);
            if (batch is 1 or 10 or 50 or 100 or 200 or 300 or 400 or 500)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mode} after {batch,3} batches: {Environment.WorkingSet >> 20} MiB, peak {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB, {tokens / watch.Elapsed.TotalSeconds / 1000:F1} thousand tokens/s"));
            }
        }
    }
}
