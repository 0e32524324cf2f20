using Sluice.Actors.Sinks;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Postgres;

namespace Sluice.Actors.Tests.Sinks.Pgvector;

/// <summary>One server for all tests of the sink; each test has a database, or a schema, of its own.</summary>
public sealed class PgvectorFixture : IAsyncLifetime
{
    private PgvectorServer? _server;
    private string? _database;

    public PgvectorServer Server => _server ?? throw new InvalidOperationException("not started");

    /// <summary>A database with pgvector, behind the scheme.</summary>
    public string Database => _database ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync()
    {
        _server = await PgvectorServer.StartAsync();
        _database = await _server.CreateDatabaseAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>A URI of a schema, in the common database, that only one test uses.</summary>
    public string NewUri(string parameters = "") => $"pgvector:{Database}?schema=s{Guid.NewGuid():N}{parameters}";

    public static IVectorSink Open(string uri, Action<SinkOptions>? change = null)
    {
        var options = new SinkOptions();
        change?.Invoke(options);
        return VectorSinks.Open(uri, options, TimeProvider.System);
    }
}

[CollectionDefinition(Name)]
public sealed class PgvectorTests : ICollectionFixture<PgvectorFixture>
{
    public const string Name = "pgvector";
}
