using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Sinks.Weaviate;

public sealed class WeaviateSinkConformanceTests(WeaviateFixture fixture) : SinkConformanceTests, IClassFixture<WeaviateFixture>
{
    private readonly string _uri = fixture.NewUri();

    protected override Task<IVectorSink> OpenAsync() => Task.FromResult(WeaviateFixture.Open(_uri));

    public override async Task DisposeAsync()
    {
        await Sink.DropCollectionAsync(None);
        await base.DisposeAsync();
        fixture.Simulator.ThrowIfBroken();
    }
}
