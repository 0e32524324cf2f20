using System.Diagnostics;
using System.Globalization;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;

namespace Sluice.Benchmarks;

/// <summary>
/// Late interaction in SQLite: bytes a chunk, time of a search, and how many of the ten best by exact MaxSim it finds. Vectors are of topics with noise, as those of a model
/// are. <c>late [CHUNKS] [ROWS]</c>.
/// </summary>
internal static class LateInteractionSearch
{
    private const int Dimension = 128;
    private const int Topics = 2_000;
    private const int Questions = 30;

    public static async Task RunAsync(int chunks, int rows)
    {
        var scratch = Directory.CreateTempSubdirectory("sluice-late-");
        try
        {
            Console.WriteLine("elements   chunks  rows  bytes a chunk  written/s  search ms  found of the best 10");
            foreach (var elements in new[] { ElementType.Float32, ElementType.Float16, ElementType.Int8, ElementType.Binary })
            {
                await MeasureAsync(Path.Combine(scratch.FullName, $"{elements}.db"), elements, chunks, rows);
            }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(string file, ElementType elements, int chunks, int rows)
    {
        await using var sink = VectorSinks.Open($"sqlite:{file}?elements={elements.ToString().ToLowerInvariant()}", new SinkOptions(), TimeProvider.System);
        await sink.EnsureCollectionAsync(new CollectionSpec(SinkSamples.Model(Dimension, Distance.Dot, kind: EmbeddingKind.MultiVector)), CancellationToken.None);
        var document = DocumentId.FromUri("file:///late");
        var watch = Stopwatch.StartNew();
        for (var from = 0; from < chunks; from += 100)
        {
            var page = Enumerable.Range(from, Math.Min(100, chunks - from)).Select(number => new VectorRecord(
                document,
                "file:///late",
                new Chunk(Id(document, number), $"chunk {number}", ReadOnlyMemory<int>.Empty, new Place(number, number)),
                new MultiVectorEmbedding(Rows(number, rows, noise: 0.6f), rows, Dimension))).ToList();
            await sink.UpsertAsync(page, CancellationToken.None);
        }

        var written = chunks / watch.Elapsed.TotalSeconds;
        var found = 0;
        var searching = TimeSpan.Zero;
        for (var number = 0; number < Questions; number++)
        {
            // A question asks for some of a chunk's topics, in other words.
            var question = Rows(number * (chunks / Questions), 24, noise: 0.9f);
            var exact = Enumerable.Range(0, chunks).Select(chunk => (Id: Id(document, chunk), Score: MaxSim.Score(question, Rows(chunk, rows, 0.6f), Dimension)))
                .OrderByDescending(static pair => pair.Score).Take(10).Select(static pair => pair.Id).ToHashSet();
            watch.Restart();
            var hits = await sink.SearchAsync(new SearchQuery("", new MultiVectorEmbedding(question, 24, Dimension), SearchMode.Vector, 10), CancellationToken.None);
            searching += watch.Elapsed;
            found += hits.Count(hit => exact.Contains(hit.Id));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{elements,-9} {chunks,7} {rows,5} {new FileInfo(file).Length / chunks,14:N0} {written,10:N0} {searching.TotalMilliseconds / Questions,10:0} {found / (double)Questions,21:0.00}"));
    }

    private static ChunkId Id(DocumentId document, int number) => ChunkId.Create(document, $"chunk {number}", 0);

    /// <summary>Vectors around topics of the chunk's own, the same for the same number.</summary>
    private static float[] Rows(int number, int count, float noise)
    {
        var values = new float[count * Dimension];
        var state = ((uint)number * 2_654_435_761) + 12345;
        for (var row = 0; row < count; row++)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            var topic = state >> 8;
            topic %= Topics;
            var hash = topic * 40_503;
            for (var i = 0; i < Dimension; i++)
            {
                hash = (hash * 1_664_525) + 1_013_904_223;
                state = (state * 1_664_525) + 1_013_904_223;
                values[(row * Dimension) + i] = Centered(hash) + (noise * Centered(state));
            }
        }

        MaxSim.Normalize(values, Dimension);
        return values;

        static float Centered(uint random) => ((random >> 8) / (float)(1 << 23)) - 1;
    }
}
