using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks;

/// <summary>Writes through the write policy into a simulator where a third of the writes go wrong, some of them after they were done: nothing may be lost or doubled.</summary>
internal static class WritingUnderFaults
{
    private const int Writers = 4;
    private const int Requests = 20;
    private const int RecordsPerRequest = 25;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(IVectorSink sink, DatabaseSimulator simulator, Func<SimulatorRequest, bool> isWrite, params Fault[] faults)
    {
        using var limit = new CancellationTokenSource(s_limit);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), limit.Token);
        simulator.Faults.Sometimes(isWrite, 0.33, seed: 7, faults);
        var options = new PipelineOptions { RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetryDelay = TimeSpan.FromMilliseconds(20), SinkParallelism = Writers };
        var writer = new SinkWriter(sink, options, new NoticeBoard(), TimeProvider.System);
        var pages = Enumerable.Range(0, Requests).Select(static i => Records($"file:///{i}", RecordsPerRequest, i * 100)).ToList();
        await Parallel.ForEachAsync(pages, new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = limit.Token }, async (page, token) =>
            (await writer.WriteAsync(page, token)).ShouldBeEmpty());

        simulator.Requests.All.Count(static request => request.Fault is not null).ShouldBeGreaterThan(3);
        simulator.Faults.Clear();
        (await sink.CountAsync(limit.Token)).ShouldBe(Requests * RecordsPerRequest);
        var listed = new List<StoredChunkId>();
        await foreach (var ids in sink.ListIdsAsync(null, limit.Token))
        {
            listed.AddRange(ids);
        }

        listed.ShouldBe(pages.SelectMany(static page => page).Select(static record => new StoredChunkId(record.Document, record.Chunk.Id)), ignoreOrder: true);
    }
}
