using Npgsql;
using Sluice.Hosting.Tests.EndToEnd;
using Sluice.TestKit.Postgres;

namespace Sluice.Hosting.Tests.Deployment;

/// <summary>deploy/postgres/init.sql gives the nodes' user what they need, and nothing else.</summary>
public sealed class DatabaseRightsTests : IAsyncLifetime
{
    private PgvectorServer? _server;
    private string _address = "";

    private string Address => _address.Replace("//postgres@", "//sluice@", StringComparison.Ordinal);

    public async Task InitializeAsync()
    {
        _server = await PgvectorServer.StartOwnAsync();
        _address = await _server.CreateDatabaseAsync(withExtension: false);
        await PgvectorServer.ExecuteAsync(_address, await File.ReadAllTextAsync(Repository.PathTo("deploy", "postgres", "init.sql")));
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("CREATE TABLE ledger.t (id uuid PRIMARY KEY); INSERT INTO ledger.t VALUES (gen_random_uuid()); DROP TABLE ledger.t")]
    [InlineData("CREATE TABLE vectors.t (v vector(3)); CREATE INDEX ON vectors.t USING hnsw (v vector_cosine_ops); DROP TABLE vectors.t")]
    [InlineData("CREATE TEMPORARY TABLE t (id int)")]
    [InlineData("SELECT pg_advisory_lock(1)")]
    [InlineData("LISTEN news; NOTIFY news")]
    public async Task User_MayDoWhatNodesDo(string sql) => await Should.NotThrowAsync(() => PgvectorServer.ExecuteAsync(Address, sql));

    [Theory]
    [InlineData("CREATE TABLE public.t (id int)")]
    [InlineData("CREATE SCHEMA other")]
    [InlineData("CREATE ROLE other")]
    [InlineData("CREATE DATABASE other")]
    [InlineData("CREATE EXTENSION pg_trgm")]
    [InlineData("COPY (SELECT 1) TO PROGRAM 'cat'")]
    [InlineData("SELECT pg_read_file('postgresql.conf')")]
    [InlineData("DROP EXTENSION vector")]
    [InlineData("ALTER ROLE sluice SUPERUSER")]
    public async Task User_MayNotDoMore(string sql)
    {
        var refused = await Should.ThrowAsync<PostgresException>(() => PgvectorServer.ExecuteAsync(Address, sql));
        refused.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task OtherUsers_MayNotConnect()
    {
        await PgvectorServer.ExecuteAsync(_address, "CREATE ROLE stranger LOGIN");
        var refused = await Should.ThrowAsync<PostgresException>(() => PgvectorServer.ExecuteAsync(_address.Replace("//postgres@", "//stranger@", StringComparison.Ordinal), "SELECT 1"));
        refused.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task Program_AsThatUser_MakesItsTablesAndIngests()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);

        var outcome = (await place.IngestAsync("--to", $"pgvector:{Address}?schema=vectors", "--ledger", $"postgres:{Address}?schema=ledger")).ShouldEnd(0);

        outcome.Embedded.ShouldBeGreaterThan(0);
    }
}
