using System.Diagnostics;
using System.Globalization;
using Sluice.Actors.Embedding;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>Tokens per second of the bare session by shape of batch and number of threads.</summary>
internal static class SessionSpeed
{
    public static async Task RunAsync(int[] threads)
    {
        var folder = ModelFolder.Open(await TestModel.EnsureAsync(), TestModel.CacheFolder);
        foreach (var spinning in new[] { false, true })
        {
            foreach (var count in threads.Length > 0 ? threads : [1, 2])
            {
                await using var embedder = new OnnxEmbedder(folder, new EmbeddingOptions { Threads = count, Spinning = spinning });
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"threads {count}, spinning {spinning}: thousand tokens/s by rows (down) and tokens a row (across)"));
                Console.WriteLine("rows       16      32      64     128");
                foreach (var rows in new[] { 1, 4, 8, 16, 32, 64 })
                {
                    var line = string.Create(CultureInfo.InvariantCulture, $"{rows,4}");
                    foreach (var length in new[] { 16, 32, 64, 128 })
                    {
                        var speed = await MeasureAsync(embedder, rows, length) / 1000;
                        line += string.Create(CultureInfo.InvariantCulture, $" {speed,7:F2}");
                    }

                    Console.WriteLine(line);
                }
            }
        }
    }

    private static async Task<double> MeasureAsync(OnnxEmbedder embedder, int rows, int length)
    {
        var random = new Random(7);
        var batch = Enumerable.Range(0, rows).Select(_ => (ReadOnlyMemory<int>)Enumerable.Range(0, length).Select(_ => random.Next(6, 8000)).ToArray()).ToArray();
        for (var i = 0; i < 2; i++)
        {
            await embedder.EmbedAsync(batch, CancellationToken.None);
        }

        var watch = Stopwatch.StartNew();
        var runs = 0;
        while (watch.ElapsedMilliseconds < 400 || runs < 3)
        {
            await embedder.EmbedAsync(batch, CancellationToken.None);
            runs++;
        }

        return (double)runs * rows * length / watch.Elapsed.TotalSeconds;
    }
}
