using System.Globalization;
using Sluice.Actors.Embedding;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Models;

namespace Sluice.Benchmarks;

/// <summary>
/// Tokens per second of the whole pipeline against the bare session on the very same batches, in turn, in one process: <c>efficiency CORPUS [ROUNDS]</c>. The first round, in which the program is compiled, does not count.
/// </summary>
internal static class PipelineEfficiency
{
    public static async Task RunAsync(string corpus, int rounds)
    {
        await using var model = EmbeddingModel.Open(ModelFolder.Open(await TestModel.EnsureAsync(), TestModel.CacheFolder));
        var options = new EmbeddingOptions();
        await using var embedders = await LoadedEmbedders.LoadAsync(model, options);
        var ratios = new List<double>();
        for (var round = 0; round <= rounds; round++)
        {
            var batches = new List<IReadOnlyList<ReadOnlyMemory<int>>>();
            var before = BareSession.Processor();
            var report = await PipelineRun.RunAsync(corpus, model, () => embedders.Recording(batches), static sink => sink, sessions: embedders.Count);
            var processor = BareSession.Processor() - before;
            var bare = await BareSession.RunAsync(embedders.Bare, batches);
            var ratio = bare.Elapsed / report.Elapsed;
            if (round > 0)
            {
                ratios.Add(ratio);
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(round == 0 ? "warm-up" : $"round {round}")}: {report.Embedding.Tokens:N0} tokens; pipeline {report.Embedding.Tokens / report.Elapsed.TotalSeconds:N0}/s, bare {report.Embedding.Tokens / bare.Elapsed.TotalSeconds:N0}/s, ratio {ratio:0.000}; of the pipeline's processor time the bare session needs {bare.Processor / processor:P1}; padding {report.Embedding.PaddingWaste:P1}; batches of {report.Embedding.BatchTokens:N0}; model busy {report.Embedding.Busy / report.Elapsed:P1} of the time, waiting for chunks {report.Embedding.Starved / report.Elapsed:P1}"));
        }

        ratios.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median ratio {ratios[ratios.Count / 2]:0.000}"));
    }
}
