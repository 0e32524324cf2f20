using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Chroma;
using Xunit;

namespace Sluice.Actors.Tests.Sinks.Chroma;

/// <summary>One real server for all tests of Chroma; each test has a collection of its own.</summary>
public sealed class ChromaFixture : IAsyncLifetime
{
    private ChromaTestServer? _server;

    public string Address => _server?.Address ?? throw new InvalidOperationException("not started");

    public int Port => _server!.Port;

    public string NewUri(string parameters = "") => $"chroma://{Address}/t{Guid.NewGuid():N}{parameters}";

    public static IVectorSink Open(string uri, Action<SinkOptions>? change = null)
    {
        var options = new SinkOptions();
        change?.Invoke(options);
        return VectorSinks.Open(uri, options, TimeProvider.System);
    }

    public async Task InitializeAsync() => _server = await ChromaTestServer.StartAsync();

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class ChromaTests : ICollectionFixture<ChromaFixture>
{
    public const string Name = "chroma";
}
