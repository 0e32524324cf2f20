using System.Diagnostics;
using System.Net;
using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Chroma;
using Sluice.TestKit.Network;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Chroma;

/// <summary>A real server that is killed and started again under load, and a network that breaks.</summary>
public sealed class ChromaServerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Write_ServerKilledAndStartedAgainUnderLoad_LosesAndDoublesNothingAndGoesOnAtOnce()
    {
        await using var server = await ChromaTestServer.StartOwnAsync();
        await using var sink = ChromaFixture.Open($"chroma://{server.Address}/chunks", static options => options.Chroma.MaxRecords = 50);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var writer = new SinkWriter(sink, new PipelineOptions(), new NoticeBoard(), TimeProvider.System);
        var records = Enumerable.Range(0, 24).Select(static i => Records($"file:///{i}", 100, 1 + (i * 1000))).ToList();
        var stored = 0;
        var before = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var after = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var killed = false;
        var writing = Parallel.ForEachAsync(records, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (page, token) =>
        {
            (await writer.WriteAsync(page, token)).ShouldBeEmpty();
            if (Interlocked.Increment(ref stored) == 6)
            {
                before.SetResult();
            }

            if (Volatile.Read(ref killed))
            {
                after.TrySetResult();
            }
        });
        await before.Task.WaitAsync(s_patience);
        await server.KillAsync();
        await server.RunAsync();
        var watch = Stopwatch.StartNew();
        Volatile.Write(ref killed, true);
        await after.Task.WaitAsync(s_patience);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10), "throughput is back within seconds");
        await writing.WaitAsync(s_patience);
        await HoldsAsync(sink, records.SelectMany(static page => page));
    }

    [Fact]
    public async Task Write_ConnectionsCutAndHanging_LosesAndDoublesNothing()
    {
        await using var server = await ChromaTestServer.StartOwnAsync();
        await using var proxy = new TcpProxy(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, server.Port));
        await using var sink = ChromaFixture.Open($"chroma://{proxy.Address}/chunks?timeout=1", static options => options.Chroma.MaxRecords = 40);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        var writer = new SinkWriter(sink, new PipelineOptions { RetryDelay = TimeSpan.FromMilliseconds(20) }, new NoticeBoard(), TimeProvider.System);
        var records = Enumerable.Range(0, 12).Select(static i => Records($"file:///{i}", 80, 1 + (i * 1000))).ToList();
        var stored = 0;
        foreach (var page in records)
        {
            var write = writer.WriteAsync(page, None);
            if (stored++ % 3 == 1)
            {
                proxy.Set(ProxyMode.Refuse);
                proxy.Set(ProxyMode.Pass);
            }
            else if (stored % 6 == 0)
            {
                proxy.Set(ProxyMode.Hang);
                await Should.ThrowAsync<TransientException>(() => sink.UpsertAsync(page, None));
                proxy.Set(ProxyMode.Pass);
            }

            (await write).ShouldBeEmpty();
        }

        await HoldsAsync(sink, records.SelectMany(static page => page));
    }

    [Fact]
    public async Task Write_CollectionMadeAnewMeanwhile_FindsItsNewId()
    {
        await using var server = await ChromaTestServer.StartOwnAsync();
        await using var sink = ChromaFixture.Open($"chroma://{server.Address}/chunks");
        await using var other = ChromaFixture.Open($"chroma://{server.Address}/chunks");
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        await sink.UpsertAsync(Records("file:///old", 5), None);
        await other.DropCollectionAsync(None);
        (await Should.ThrowAsync<StorageException>(() => sink.UpsertAsync(Records("file:///a", 5), None))).Message.ShouldContain("Ingest");
        (await sink.CountAsync(None)).ShouldBe(0);

        await other.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        await sink.UpsertAsync(Records("file:///a", 5), None);
        await other.DropCollectionAsync(None);
        await other.EnsureCollectionAsync(new CollectionSpec(Model()), None);
        (await sink.UpsertAsync(Records("file:///b", 7), None)).ShouldBeEmpty();
        await HoldsAsync(sink, Records("file:///b", 7));

        await other.DropCollectionAsync(None);
        await other.EnsureCollectionAsync(new CollectionSpec(Model(fingerprint: "fp-9")), None);
        (await Should.ThrowAsync<StorageException>(() => sink.UpsertAsync(Records("file:///c", 1), None))).Message.ShouldContain("replaced");
    }

    [Fact]
    public async Task Write_MoreThanTheServerTakes_IsHalvedUntilItFits()
    {
        await using var server = await ChromaTestServer.StartOwnAsync();
        await using var sink = ChromaFixture.Open($"chroma://{server.Address}/chunks", static options => options.Chroma.MaxBytes = 38L << 20);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), None);

        // Quotes take two bytes each as JSON, which the estimate of sizes does not know: 48 MiB in what looks like 26.
        var text = new string('"', 1 << 20);
        var records = Enumerable.Range(0, 24).Select(i => Record($"file:///{i}", text + i, i + 1)).ToList();
        var writer = new SinkWriter(sink, new PipelineOptions(), new NoticeBoard(), TimeProvider.System);
        (await writer.WriteAsync(records, None)).ShouldBeEmpty();
        await HoldsAsync(sink, records);
    }

    private static async Task HoldsAsync(IVectorSink sink, IEnumerable<VectorRecord> records)
    {
        var listed = new List<StoredChunkId>();
        await foreach (var page in sink.ListIdsAsync(null, None))
        {
            listed.AddRange(page);
        }

        listed.ShouldBe(records.Select(static record => new StoredChunkId(record.Document, record.Chunk.Id)), ignoreOrder: true);
        (await sink.CountAsync(None)).ShouldBe(listed.Count);
    }
}
