using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Simulators.Pinecone;

namespace Sluice.Actors.Tests.Sinks.Pinecone;

public sealed class PineconeSinkTests : SinkConformanceTests
{
    private readonly PineconeSimulator _server = new();
    private readonly PineconeKeyFile _key = new();

    /// <summary>A record has 40 KB of metadata, the text among them.</summary>
    protected override (int Words, int Pairs, int ValueLength) Large => (3_000, 30, 200);

    public override async Task InitializeAsync()
    {
        await _server.StartAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _key.Dispose();
        await _server.DisposeAsync();
    }

    protected override Task<IVectorSink> OpenAsync() => Task.FromResult(_key.Open(_server));
}
