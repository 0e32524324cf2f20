using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Clients;
using Sluice.TestKit.Conformance;

namespace Sluice.Benchmarks;

/// <summary>
/// Records a second that a sink writes, against the database's official client writing the same records with its own means, in turn, three rounds. Both write into a simulator that
/// takes requests without looking into them, so that the writing side alone is measured; with Chroma into a real server.
/// </summary>
internal static class SinkSpeed
{
    private const int Dimension = 512;
    private const int Rounds = 3;
    private const int Batch = 500;
    private const int Parallel = 4;

    public static async Task RunAsync(string database, int count)
    {
        var folder = Directory.CreateTempSubdirectory("sluice-bench-").FullName;
        try
        {
            await using var target = await SinkSpeedTarget.OpenAsync(database, folder);
            var records = Enumerable.Range(0, count).Select(static i => SinkSamples.Record($"file:///corpus/{i / 20}.md", Text(i), SinkSamples.Vector(i, Dimension))).ToList();
            var bytes = records.Sum(static record => (long)record.Chunk.Text.Length + record.Embedding.Weight);
            var file = Path.Join(folder, "records.json");
            await WriteAsync(file, records);
            await using var sink = VectorSinks.Open(target.Uri, new SinkOptions(), TimeProvider.System);
            await sink.EnsureCollectionAsync(new CollectionSpec(SinkSamples.Model(Dimension)), CancellationToken.None);
            await using var client = await NodeClient.StartAsync(database, target.Open);
            await client.CallAsync(target.Ready, new { file });
            Console.WriteLine(FormattableString.Invariant($"{database}: {count} records of {Dimension} dimensions, {bytes / 1e6:0.0} MB of text and vectors; {Parallel} requests at once"));
            var (ours, theirs) = (new List<double>(), new List<double>());
            for (var round = 1; round <= Rounds; round++)
            {
                ours.Add(await OursAsync(sink, records));
                Report("sluice", round, count, bytes, ours[^1]);
                theirs.Add((await client.CallAsync("bulk", target.Bulk(Batch, Parallel))).GetDouble());
                Report("official client", round, count, bytes, theirs[^1]);
            }

            Console.WriteLine(FormattableString.Invariant($"  medians: sluice {count / Median(ours):0} records/s, official client {count / Median(theirs):0} records/s, ratio {Median(theirs) / Median(ours):0.00}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Median(List<double> seconds) => seconds.Order().ElementAt(seconds.Count / 2);

    private static async Task<double> OursAsync(IVectorSink sink, List<VectorRecord> records)
    {
        var writer = new SinkWriter(sink, new PipelineOptions { SinkParallelism = Parallel }, new NoticeBoard(), TimeProvider.System);
        var began = Stopwatch.GetTimestamp();
        await System.Threading.Tasks.Parallel.ForEachAsync(records.Chunk(Batch), new ParallelOptions { MaxDegreeOfParallelism = Parallel }, async (page, token) =>
        {
            if (await writer.WriteAsync(page, token) is { Count: > 0 } failures)
            {
                throw new InvalidOperationException(failures[0].Rejection.Message);
            }
        });
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static void Report(string who, int round, int count, long bytes, double seconds) =>
        Console.WriteLine(FormattableString.Invariant($"  round {round}  {who,-16} {count / seconds,8:0} records/s  {bytes / 1e6 / seconds,6:0.0} MB/s"));

    /// <summary>The records as the client is to write them.</summary>
    private static async Task WriteAsync(string file, List<VectorRecord> records)
    {
        await using var stream = File.Create(file);
        await JsonSerializer.SerializeAsync(stream, records.Select(static record => new
        {
            id = record.Chunk.Id.ToString(),
            document = record.Document.ToString(),
            uri = record.Uri,
            location = new Uri(record.Uri).AbsolutePath,
            text = record.Chunk.Text,
            vector = ((DenseEmbedding)record.Embedding).Values.ToArray(),
        }));
    }

    private static string Text(int seed) => string.Join(' ', Enumerable.Range(0, 90).Select(i => ((seed * 31) + (i * 7919)).ToString("x", CultureInfo.InvariantCulture)));
}
