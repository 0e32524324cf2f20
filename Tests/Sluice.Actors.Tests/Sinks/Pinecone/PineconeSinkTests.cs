using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Simulators.Pinecone;

namespace Sluice.Actors.Tests.Sinks.Pinecone;

public sealed class PineconeSinkTests : SinkConformanceTests
{
    private readonly PineconeSimulator _server = new();
    private readonly PineconeKeyFile _key = new();
    private readonly string? _named = NamedServer.NewCollection("SLUICE_TEST_PINECONE");

    /// <summary>A record has 40 KB of metadata, the text among them.</summary>
    protected override (int Words, int Pairs, int ValueLength) Large => (3_000, 30, 200);

    public override async Task InitializeAsync()
    {
        await _server.StartAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        if (_named is not null)
        {
            await Sink.DropCollectionAsync(None);
        }

        await base.DisposeAsync();
        _key.Dispose();
        await _server.DisposeAsync();
    }

    protected override Task<IVectorSink> OpenAsync() => Task.FromResult(_named is null ? _key.Open(_server) : VectorSinks.Open(_named, new SinkOptions(), TimeProvider.System));
}
