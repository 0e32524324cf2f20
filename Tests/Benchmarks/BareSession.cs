using System.Diagnostics;
using Sluice.Actors.Embedding;
using Sluice.Streams.Vectors;

namespace Sluice.Benchmarks;

/// <summary>A model's bare session on batches that are ready: what the pipeline is held against.</summary>
internal static class BareSession
{
    /// <summary>Runs them one after the other.</summary>
    /// <param name="embedder">The session, loaded.</param>
    /// <param name="batches">Token ids, text by text.</param>
    /// <returns>How long it took by the clock, and in processor time of this process.</returns>
    public static async Task<(TimeSpan Elapsed, TimeSpan Processor)> RunAsync(OnnxEmbedder embedder, IEnumerable<IReadOnlyList<ReadOnlyMemory<int>>> batches)
    {
        var before = Processor();
        var watch = Stopwatch.StartNew();
        foreach (var batch in batches)
        {
            await embedder.EmbedAsync(batch, CancellationToken.None);
        }

        return (watch.Elapsed, Processor() - before);
    }

    /// <summary>Processor time of this process so far.</summary>
    public static TimeSpan Processor()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
