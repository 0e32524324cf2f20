using System.Globalization;
using Sluice.Actors.Sinks;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.ClusterRuns;

/// <summary><c>equal</c>: the real program on seven nodes against the real program on one machine, with the default model.</summary>
internal static class EqualCommand
{
    public static async Task<int> RunAsync(string folder, string? corpus)
    {
        corpus = Path.GetFullPath(corpus ?? Corpus.Default);
        Directory.CreateDirectory(folder);
        var program = Path.Combine(AppContext.BaseDirectory, "sluice");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["SLUICE_CACHE"] = Path.Combine(folder, "cache") };
        await using var lab = await Lab.CreateAsync(new LabOptions(folder) { Program = program, Environment = environment, NodeSettings = ["embedding.threads=1"] });
        await FaultsCommand.StartNodesAsync(lab);
        var job = await lab.SubmitAsync([corpus], "");
        var record = await new FaultRun(lab, job, new Random(0), Console.WriteLine).EndAsync(TimeSpan.FromHours(1));
        if (record.State != JobState.Done)
        {
            Console.WriteLine($"the job is {record.State}: {record.Reason}");
            return 1;
        }

        var seconds = (record.Ended - record.Began)!.Value.TotalSeconds;
        foreach (var node in lab.Nodes)
        {
            node.Signal("TERM");
        }

        foreach (var node in lab.Nodes)
        {
            await node.EndedAsync(TimeSpan.FromSeconds(90));
        }

        var alone = $"{lab.SinkUri}?collection=alone";
        var aloneSeconds = await Corpus.IngestAloneAsync(program, folder, corpus, alone, environment);
        var (count, differences, worst) = await CompareAsync(lab.SinkUri, alone);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"7 nodes: {count:N0} chunks in {seconds:0} s; one machine: {aloneSeconds:0} s; chunks that differ: {differences}; smallest cosine between the two vectors of a chunk: {worst:0.000000}; exit codes of the nodes: {string.Join(' ', lab.Nodes.Select(static node => node.ExitCode))}"));
        return differences == 0 && worst > 0.99999 ? 0 : 1;
    }

    private static async Task<(int Count, int Differences, double Worst)> CompareAsync(string left, string right)
    {
        await using var first = VectorSinks.Open(left, new SinkOptions(), TimeProvider.System);
        await using var second = VectorSinks.Open(right, new SinkOptions(), TimeProvider.System);
        var (count, differences, worst) = (0, 0, 1.0);
        await foreach (var page in first.ListIdsAsync(null, CancellationToken.None))
        {
            var ids = page.Select(static stored => stored.Chunk).ToList();
            var ours = await first.FetchEmbeddingsAsync(ids, CancellationToken.None);
            var theirs = await second.FetchEmbeddingsAsync(ids, CancellationToken.None);
            foreach (var id in ids)
            {
                count++;
                if (theirs.TryGetValue(id, out var other))
                {
                    worst = Math.Min(worst, System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(((DenseEmbedding)ours[id]).Values.Span, ((DenseEmbedding)other).Values.Span));
                }
                else
                {
                    differences++;
                }
            }
        }

        var total = await second.CountAsync(CancellationToken.None);
        return (count, differences + (int)Math.Abs(total - (count - differences)), worst);
    }
}
