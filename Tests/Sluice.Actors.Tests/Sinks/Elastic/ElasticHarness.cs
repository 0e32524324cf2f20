using Sluice.Actors.Core;
using Sluice.Actors.Core.Indexing;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;
using Sluice.TestKit;
using Sluice.TestKit.Simulators.Elastic;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Elastic;

/// <summary>A simulator, a sink on it and the write policy of the pipeline, whose pauses take no time.</summary>
internal sealed class ElasticHarness : IAsyncDisposable
{
    public const string Index = "chunks";

    private readonly ElasticEdition _edition;
    private readonly Action<SinkOptions>? _change;

    private ElasticHarness(ElasticEdition edition, Action<SinkOptions>? change)
    {
        (_edition, _change) = (edition, change);
        Simulator = new ElasticSimulator(edition);
    }

    public ElasticSimulator Simulator { get; }

    public IVectorSink Sink { get; private set; } = null!;

    public SinkWriter Writer { get; private set; } = null!;

    public JumpingTime Time { get; } = new();

    public static async Task<ElasticHarness> StartAsync(ElasticEdition? edition = null, string parameters = "", Action<SinkOptions>? change = null, bool make = true)
    {
        var harness = new ElasticHarness(edition ?? ElasticEdition.Elasticsearch, change);
        await harness.Simulator.StartAsync();
        harness.Sink = harness.Open(parameters);
        harness.Writer = new SinkWriter(harness.Sink, new PipelineOptions(), new NoticeBoard(), harness.Time);
        if (make)
        {
            await harness.Sink.EnsureCollectionAsync(new CollectionSpec(Model()), default);
            harness.Simulator.Requests.Clear();
        }

        return harness;
    }

    /// <summary>Another sink on the same index, as another process has it.</summary>
    public IVectorSink Open(string parameters = "", string user = "")
    {
        var options = new SinkOptions();
        _change?.Invoke(options);
        return VectorSinks.Open($"{(_edition.IsOpenSearch ? "opensearch" : "elasticsearch")}://{user}127.0.0.1:{Simulator.Port}/{Index}{parameters}", options, TimeProvider.System);
    }

    /// <summary>Checks that what is stored is just this.</summary>
    public async Task HoldsAsync(IEnumerable<VectorRecord> records)
    {
        var ids = records.Select(static record => record.Chunk.Id).ToHashSet();
        Simulator.Ids(Index).Select(static id => new ChunkId(Guid.Parse(id))).ShouldBe(ids, ignoreOrder: true);
        (await Sink.CountAsync(default)).ShouldBe(ids.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await Sink.DisposeAsync();
        await Simulator.DisposeAsync();
    }
}
