using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Simulators.Milvus;

namespace Sluice.Actors.Tests.Sinks.Milvus;

/// <summary>One simulator for the tests of a class, each with a collection of its own.</summary>
public sealed class MilvusFixture : IAsyncLifetime
{
    private int _collections;

    /// <summary>A real server for the conformance suite, instead of the simulator: an address without a collection. Not set: the simulator.</summary>
    private static string? Server => Environment.GetEnvironmentVariable("SLUICE_TEST_MILVUS");

    public MilvusSimulator Simulator { get; } = new();

    public async Task InitializeAsync() => await Simulator.StartAsync();

    public async Task DisposeAsync() => await Simulator.DisposeAsync();

    /// <summary>The address of a collection that nobody else has.</summary>
    public string NewUri() => Server is { } server
        ? server.Insert(server.IndexOf('?', StringComparison.Ordinal) is var end and >= 0 ? end : server.Length, $"/sluice_{Guid.NewGuid():N}")
        : $"milvus://127.0.0.1:{Simulator.Port}/docs_{Interlocked.Increment(ref _collections)}";

    public static IVectorSink Open(string uri, SinkOptions? options = null) => VectorSinks.Open(uri, options ?? new SinkOptions(), TimeProvider.System);
}
