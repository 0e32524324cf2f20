using Xunit;

namespace Sluice.TestKit.Postgres;

/// <summary>A database of a test class's own on the shared server. Each test takes a schema of its own in it.</summary>
public sealed class PostgresTestDatabase : IAsyncLifetime
{
    private PostgresServer? _server;

    /// <summary>The shared server: not to be stopped.</summary>
    public PostgresServer Server => _server ?? throw new InvalidOperationException("not started");

    /// <summary>The database's name.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The address of a schema that no other test has.</summary>
    public string NewAddress() => Server.Address(Name, $"schema=t{Guid.NewGuid():N}");

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.Shared;
        Name = await _server.CreateDatabaseAsync();
    }

    public async Task DisposeAsync() => await Server.ExecuteAsync("postgres", $"DROP DATABASE {Name} WITH (FORCE)");
}
