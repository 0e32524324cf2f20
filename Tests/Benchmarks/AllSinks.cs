using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Chroma;
using Sluice.TestKit.Models;
using Sluice.TestKit.Postgres;
using Sluice.TestKit.Simulators;
using Sluice.TestKit.Simulators.Elastic;
using Sluice.TestKit.Simulators.Milvus;
using Sluice.TestKit.Simulators.Pinecone;
using Sluice.TestKit.Simulators.Qdrant;
using Sluice.TestKit.Simulators.Weaviate;

namespace Sluice.Benchmarks;

/// <summary>
/// Has the program ingest a folder into every database at once, real servers where there are some and simulators otherwise, with a model that costs next to nothing; in a second run
/// into empty databases one of them answers 503 for a while. Says how long each took in both, and whether all hold the same chunks.
/// </summary>
internal static class AllSinks
{
    public static async Task RunAsync(string corpus, TimeSpan stopped)
    {
        var folder = Directory.CreateTempSubdirectory("sluice-all-").FullName;
        try
        {
            var model = Path.Join(folder, "tiny");
            TinyModelFolder.Write(model, await TestModel.EnsureAsync());
            var steady = await OnceAsync(corpus, Directory.CreateDirectory(Path.Join(folder, "1")).FullName, model, TimeSpan.Zero);
            var disturbed = await OnceAsync(corpus, Directory.CreateDirectory(Path.Join(folder, "2")).FullName, model, stopped);
            Console.WriteLine(FormattableString.Invariant($"{corpus}: seconds a database took; in the second run Qdrant answered 503 for {stopped.TotalSeconds:0} s, from its 20th write on"));
            foreach (var (name, seconds) in steady.Seconds)
            {
                Console.WriteLine(FormattableString.Invariant($"  {name,-14} {seconds,7:0.0} {disturbed.Seconds[name],7:0.0}"));
            }

            Console.WriteLine(FormattableString.Invariant($"  chunks {steady.Chunks} and {disturbed.Chunks}, the same in all databases: {steady.Same} and {disturbed.Same}; peak memory {steady.Peak >> 20} and {disturbed.Peak >> 20} MiB"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(Dictionary<string, double> Seconds, long Chunks, bool Same, long Peak)> OnceAsync(string corpus, string folder, string model, TimeSpan stopped)
    {
        await using var postgres = await PgvectorServer.StartAsync();
        await using var chroma = await ChromaTestServer.StartAsync();
        var qdrant = new QdrantSimulator();
        DatabaseSimulator[] simulators =
            [qdrant, new PineconeSimulator(), new WeaviateSimulator(), new ElasticSimulator(ElasticEdition.Elasticsearch), new ElasticSimulator(ElasticEdition.OpenSearch), new MilvusSimulator()];
        try
        {
            await Task.WhenAll(simulators.Select(static simulator => simulator.StartAsync()));
            Stop(qdrant, stopped);
            var key = Path.Join(folder, "key");
            await File.WriteAllTextAsync(key, "test-key");
            string[] uris =
            [
                $"sqlite:{Path.Join(folder, "all.db")}",
                $"pgvector:{await postgres.CreateDatabaseAsync()}?schema=s{Guid.NewGuid():N}",
                At("qdrant", 0, "all"),
                At("pinecone", 1, $"all?api-key-file={Uri.EscapeDataString(key)}"),
                At("weaviate", 2, $"All?grpc-port={simulators[2].GrpcPort.ToString(CultureInfo.InvariantCulture)}"),
                At("elasticsearch", 3, "all"),
                At("opensearch", 4, "all"),
                At("milvus", 5, "all_chunks"),
                $"chroma://{chroma.Address}/all{Guid.NewGuid():N}",
                $"jsonl:{Path.Join(folder, "jsonl")}",
                $"parquet:{Path.Join(folder, "parquet")}",
            ];
            var (seconds, peak) = await IngestAsync(corpus, folder, model, uris);
            HashSet<ChunkId>? first = null;
            var same = true;
            foreach (var uri in uris)
            {
                var ids = await IdsAsync(uri);
                same &= first is null || first.SetEquals(ids);
                first ??= ids;
            }

            return (seconds, first!.Count, same, peak);
        }
        finally
        {
            foreach (var simulator in simulators)
            {
                await simulator.DisposeAsync();
            }
        }

        string At(string scheme, int index, string collection) => string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{simulators[index].Port}/{collection}");
    }

    /// <summary>From its 20th write on it answers 503 for a while.</summary>
    private static void Stop(QdrantSimulator simulator, TimeSpan stopped)
    {
        if (stopped == TimeSpan.Zero)
        {
            return;
        }

        var (writes, since) = (0, 0L);
        simulator.Discard = request =>
        {
            if (request.Is("PUT", "/collections/*/points") && Interlocked.Increment(ref writes) == 20)
            {
                Interlocked.Exchange(ref since, Stopwatch.GetTimestamp());
            }

            return Interlocked.Read(ref since) is > 0 and var began && Stopwatch.GetElapsedTime(began) < stopped ? SimulatorAnswer.Text(503, "Service Unavailable") : null;
        };
    }

    private static async Task<(Dictionary<string, double> Seconds, long Peak)> IngestAsync(string corpus, string folder, string model, string[] uris)
    {
        var program = Path.Join(Repository.Root, "Hosting", "Cli", "bin", "Release", "net10.0", "sluice.dll");
        var start = new ProcessStartInfo("dotnet", [program, "ingest", corpus, "--model", model, "--json", .. uris.SelectMany(static uri => new[] { "--to", uri })])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("sluice did not start");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        if (process.ExitCode != 0 || last is null)
        {
            throw new InvalidOperationException($"sluice ended with {process.ExitCode}: {last}");
        }

        using var json = JsonDocument.Parse(last);
        var seconds = json.RootElement.GetProperty("databases").EnumerateArray()
            .ToDictionary(static database => database.GetProperty("database").GetString()!.Split(':')[0], static database => database.GetProperty("seconds").GetDouble());
        return (seconds, json.RootElement.GetProperty("peakMemoryBytes").GetInt64());
    }

    private static async Task<HashSet<ChunkId>> IdsAsync(string uri)
    {
        await using var sink = VectorSinks.Open(uri, new SinkOptions(), TimeProvider.System);
        await sink.MakeVisibleAsync(CancellationToken.None);
        var ids = new HashSet<ChunkId>();
        await foreach (var page in sink.ListIdsAsync(null, CancellationToken.None))
        {
            ids.UnionWith(page.Select(static stored => stored.Chunk));
        }

        return ids;
    }
}
