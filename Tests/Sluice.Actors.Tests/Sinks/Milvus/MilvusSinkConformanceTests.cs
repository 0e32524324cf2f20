using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Sinks.Milvus;

public sealed class MilvusSinkConformanceTests(MilvusFixture fixture) : SinkConformanceTests, IClassFixture<MilvusFixture>
{
    private readonly string _uri = fixture.NewUri();

    /// <summary>Full text finds the first 65,535 bytes of a chunk's words; longer texts are kept whole, as MilvusSinkTests checks.</summary>
    protected override (int Words, int Pairs, int ValueLength) Large => (6_000, 500, 200);

    protected override Task<IVectorSink> OpenAsync() => Task.FromResult(MilvusFixture.Open(_uri));

    public override async Task DisposeAsync()
    {
        await Sink.DropCollectionAsync(None);
        await base.DisposeAsync();
        fixture.Simulator.ThrowIfBroken();
    }
}
