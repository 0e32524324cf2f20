using System.Diagnostics;
using System.Globalization;
using Sluice.Actors.Embedding;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Sinks;

namespace Sluice.Benchmarks;

/// <summary>Peak resident memory of one run: <c>peak CORPUS MODEL-FOLDER [MICROSECONDS]</c>, the last being how much longer the sink takes for each record.</summary>
internal static class PipelineMemory
{
    public static async Task RunAsync(string corpus, string modelFolder, double microseconds)
    {
        await using var model = EmbeddingModel.Open(ModelFolder.Open(modelFolder));
        Func<IVectorSink, IVectorSink> wrap = microseconds > 0 ? sink => Slowed(sink, TimeSpan.FromMicroseconds(microseconds)) : static sink => sink;
        var report = await PipelineRun.RunAsync(corpus, model, model.CreateEmbedder, wrap);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Accounting.Indexed:N0} documents, {report.Chunks.Stored:N0} chunks in {report.Elapsed.TotalSeconds:0.0} s ({report.Chunks.Stored / report.Elapsed.TotalSeconds:N0}/s); peak {process.PeakWorkingSet64 / 1048576.0:0.0} MiB"));
    }

    private static ScriptedSink Slowed(IVectorSink sink, TimeSpan perRecord) => new(
        async records =>
        {
            await Task.Delay(perRecord * records.Count, TimeProvider.System);
            return await sink.UpsertAsync(records, CancellationToken.None);
        },
        sink.Capabilities,
        sink);
}
