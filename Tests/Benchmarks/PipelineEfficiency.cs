using System.Diagnostics;
using System.Globalization;
using Sluice.Actors.Embedding;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>
/// Tokens per second of the whole pipeline against the bare session on the very same batches, in turn, in one process: <c>efficiency CORPUS [ROUNDS]</c>.
/// </summary>
internal static class PipelineEfficiency
{
    public static async Task RunAsync(string corpus, int rounds)
    {
        await using var model = EmbeddingModel.Open(ModelFolder.Open(await TestModel.EnsureAsync(), TestModel.CacheFolder));
        var ratios = new List<double>();
        for (var round = 1; round <= rounds; round++)
        {
            var batches = new List<IReadOnlyList<ReadOnlyMemory<int>>>();
            var report = await PipelineRun.RunAsync(corpus, model, () => new RecordingEmbedder(model.CreateEmbedder(), batches), static sink => sink);
            await using var bare = model.CreateEmbedder();
            await bare.EmbedAsync(batches[0], CancellationToken.None);
            var watch = Stopwatch.StartNew();
            foreach (var batch in batches)
            {
                await bare.EmbedAsync(batch, CancellationToken.None);
            }

            watch.Stop();
            var ratio = watch.Elapsed / report.Elapsed;
            ratios.Add(ratio);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round}: {report.Embedding.Tokens:N0} tokens; pipeline {report.Embedding.Tokens / report.Elapsed.TotalSeconds:N0}/s, bare {report.Embedding.Tokens / watch.Elapsed.TotalSeconds:N0}/s, ratio {ratio:0.000}; padding {report.Embedding.PaddingWaste:P1}; model busy {report.Embedding.Busy / report.Elapsed:P1} of the time, waiting for chunks {report.Embedding.Starved / report.Elapsed:P1}"));
        }

        ratios.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median ratio {ratios[ratios.Count / 2]:0.000}"));
    }
}
