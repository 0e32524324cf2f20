using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Actors.Sinks;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Clients;
using Sluice.TestKit.Simulators;
using Sluice.TestKit.Simulators.Pinecone;
using Sluice.TestKit.Simulators.Qdrant;

namespace Sluice.Benchmarks;

/// <summary>
/// Records a second that sinks put on the wire, against the databases' official clients on the same records, requests and parallelism in one run. The server reads each
/// request to its end, answers that it is done and stores nothing: what is measured is the writing side.
/// </summary>
internal static class ClientSpeed
{
    private const int Dimension = 512;
    private const int Rounds = 3;
    private const int Batch = 200;

    private static readonly EmbeddingModelInfo s_model = new("bench", "bench", EmbeddingKind.Dense, Dimension, 128, Distance.Cosine);

    public static async Task RunAsync(int count)
    {
        var records = Records(count);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} records of {Dimension} dimensions and {records[0].Chunk.Text.Length} characters; {Batch} a request; best of {Rounds}"));
        MeasureNumbers(records);
        Console.WriteLine("database  parallel |   sink records/s       MB/s  allocated B/record |  client records/s  | sink : client");
        await QdrantAsync(records, full: true);
        await QdrantAsync(records, full: false);
        await PineconeAsync(records);
    }

    private static async Task QdrantAsync(VectorRecord[] records, bool full)
    {
        await using var server = await QdrantSimulator.OpenAsync();
        await using var client = await NodeClient.StartAsync("qdrant", new { url = server.Address });
        var options = new SinkOptions();
        options.Qdrant.MaxRecords = Batch;
        await using var sink = VectorSinks.Open($"qdrant://127.0.0.1:{server.Port}/docs?full-text={(full ? "true" : "false")}", options, TimeProvider.System);
        await sink.EnsureCollectionAsync(new CollectionSpec(s_model), CancellationToken.None);
        var done = SimulatorAnswer.Json(200, new JsonObject { ["result"] = new JsonObject { ["operation_id"] = 1, ["status"] = "completed" }, ["status"] = "ok", ["time"] = 0.001 });
        server.Faults.Always(static request => request.Is("PUT", "/collections/*/points"), Fault.Answer(done));
        var points = records.Select(static record => new
        {
            id = record.Chunk.Id.Value,
            vector = new { dense = ((DenseEmbedding)record.Embedding).Values.ToArray() },
            payload = new { doc = record.Document.Value, uri = record.Uri, text = record.Chunk.Text, title = record.Chunk.Title, headings = record.Chunk.HeadingPath, start = 0, end = record.Chunk.Text.Length },
        }).ToList();
        await CompareAsync(full ? "qdrant" : "qdrant, no words", records, sink, server, parallel => client.CallAsync("load", new { name = "docs", points, batch = Batch, parallel }));
    }

    private static async Task PineconeAsync(VectorRecord[] records)
    {
        await using var server = await PineconeSimulator.OpenAsync();
        await using var client = await NodeClient.StartAsync("pinecone", new { url = server.Address, apiKey = "test-key" });
        var key = Path.GetTempFileName();
        await File.WriteAllTextAsync(key, "test-key");
        var options = new SinkOptions();
        options.Pinecone.MaxRecords = Batch;
        options.Pinecone.PollInterval = TimeSpan.FromMilliseconds(1);
        await using var sink = VectorSinks.Open($"pinecone://127.0.0.1:{server.Port}/docs?api-key-file={Uri.EscapeDataString(key)}", options, TimeProvider.System);
        await sink.EnsureCollectionAsync(new CollectionSpec(s_model), CancellationToken.None);
        File.Delete(key);
        server.Faults.Always(static request => request.Is("POST", "/vectors/upsert"), Fault.Answer(SimulatorAnswer.Json(200, new JsonObject { ["upsertedCount"] = Batch })));
        var points = records.Select(static record => new
        {
            id = record.Chunk.Id.Value,
            values = ((DenseEmbedding)record.Embedding).Values.ToArray(),
            metadata = new { doc = record.Document.Value, uri = record.Uri, text = record.Chunk.Text, title = record.Chunk.Title, headings = record.Chunk.HeadingPath, start = 0, end = record.Chunk.Text.Length },
        }).ToList();
        await CompareAsync("pinecone", records, sink, server, parallel => client.CallAsync("load", new { @namespace = "__default__", points, batch = Batch, parallel }));
    }

    private static async Task CompareAsync(string name, VectorRecord[] records, IVectorSink sink, DatabaseSimulator server, Func<int, Task<JsonElement>> load)
    {
        foreach (var parallel in new[] { 1, 4 })
        {
            double ours = 0, theirs = 0, megabytes = 0, allocated = double.MaxValue;
            for (var round = 0; round < Rounds; round++)
            {
                server.Requests.Clear();
                var before = GC.GetTotalAllocatedBytes();
                var watch = Stopwatch.StartNew();
                await Parallel.ForEachAsync(records.Chunk(Batch), new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (request, token) => await sink.UpsertAsync(request, token));
                var seconds = watch.Elapsed.TotalSeconds;
                var bytes = server.Requests.All.Sum(static entry => (long)entry.BodyBytes);
                (ours, megabytes) = records.Length / seconds > ours ? (records.Length / seconds, bytes / seconds / 1e6) : (ours, megabytes);

                // The server is in this process: what it keeps of a body is not the sink's.
                allocated = Math.Min(allocated, (GC.GetTotalAllocatedBytes() - before - bytes) / (double)records.Length);
                theirs = Math.Max(theirs, records.Length / (await load(parallel)).GetDouble());
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-16} {parallel} | {ours,16:F0} {megabytes,10:F0} {allocated,19:F0} | {theirs,17:F0} | {ours / theirs,8:F2}"));
        }
    }

    private static void MeasureNumbers(VectorRecord[] records)
    {
        double fast = 0, plain = 0;
        using var numbers = new JsonVector();
        var buffer = new ArrayBufferWriter<byte>(64 << 20);
        for (var round = 0; round < Rounds; round++)
        {
            fast = Math.Max(fast, Rate((writer, values) => numbers.Write(writer, values.Span)));
            plain = Math.Max(plain, Rate(static (writer, values) =>
            {
                writer.WriteStartArray();
                foreach (var value in values.Span)
                {
                    writer.WriteNumberValue(value);
                }

                writer.WriteEndArray();
            }));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"vectors as JSON, one core: {fast / 1e6:F1} million numbers/s, {fast / plain:F2} times Utf8JsonWriter's"));

        double Rate(Action<Utf8JsonWriter, ReadOnlyMemory<float>> write)
        {
            buffer.ResetWrittenCount();
            using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
            var watch = Stopwatch.StartNew();
            writer.WriteStartArray();
            foreach (var record in records)
            {
                write(writer, ((DenseEmbedding)record.Embedding).Values);
            }

            writer.WriteEndArray();
            writer.Flush();
            return records.Length * (double)Dimension / watch.Elapsed.TotalSeconds;
        }
    }

    private static VectorRecord[] Records(int count)
    {
        var random = new Random(11);
        string[] words = [.. Enumerable.Range(0, 5_000).Select(_ => string.Concat(Enumerable.Range(0, random.Next(2, 9)).Select(_ => (char)('a' + random.Next(26)))))];
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var uri = $"file:///corpus/{i / 20}.md";
            var document = DocumentId.FromUri(uri);
            var text = string.Join(' ', Enumerable.Range(0, 80).Select(_ => words[(int)(words.Length * Math.Pow(random.NextDouble(), 3))]));
            var chunk = new Chunk(ChunkId.Create(document, text, i), text, ReadOnlyMemory<int>.Empty, new Place(0, text.Length)) { Title = "A title of it", HeadingPath = ["Chapter", "Section"] };
            var values = Enumerable.Range(0, Dimension).Select(_ => random.NextSingle() - 0.5f).ToArray();
            var length = MathF.Sqrt(values.Sum(static value => value * value));
            return new VectorRecord(document, uri, chunk, new DenseEmbedding(Array.ConvertAll(values, value => value / length)));
        })];
    }
}
