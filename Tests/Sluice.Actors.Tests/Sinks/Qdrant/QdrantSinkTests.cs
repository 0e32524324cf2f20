using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Simulators.Qdrant;

namespace Sluice.Actors.Tests.Sinks.Qdrant;

public sealed class QdrantSinkTests : SinkConformanceTests
{
    private readonly QdrantSimulator _server = new();
    private readonly string? _named = NamedServer.NewCollection("SLUICE_TEST_QDRANT");

    /// <summary>Qdrant stores vectors normalized when they are compared by cosine; Sluice multiplies by the length they had.</summary>
    protected override double ValueTolerance => 1e-6;

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
        await _server.DisposeAsync();
    }

    protected override Task<IVectorSink> OpenAsync() => Task.FromResult(VectorSinks.Open(_named ?? $"qdrant://127.0.0.1:{_server.Port}/docs", new SinkOptions(), TimeProvider.System));
}
