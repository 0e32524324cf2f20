using System.Runtime.Versioning;
using Sluice.TestKit.Postgres;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>The real program with PostgreSQL and pgvector as its database and the ledger in SQLite.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PgvectorDatabaseTests : IAsyncLifetime
{
    private PgvectorServer? _server;

    private PgvectorServer Server => _server ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync() => _server = await PgvectorServer.StartOwnAsync();

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Verbs_AllOfThem_WorkAndDoNotDouble()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        var uri = $"pgvector:{await Server.CreateDatabaseAsync()}?collection=docs";

        var first = (await place.IngestAsync("--to", uri)).ShouldEnd(0);
        first.Embedded.ShouldBeGreaterThan(0);
        first.Json.GetProperty("database").GetString().ShouldBe($"pgvector://127.0.0.1:{Server.Port}/{Database(uri)}?schema=public&collection=docs");
        var second = (await place.IngestAsync("--to", uri)).ShouldEnd(0);
        (second.Embedded, second["unchanged"]).ShouldBe((0, first["indexed"]));

        var verified = (await place.RunAsync("verify", "--json", "--from", uri)).ShouldEnd(0);
        (verified["inDatabase"], verified["inLedger"]).ShouldBe((first.Embedded, first.Embedded));
        foreach (var mode in new[] { "vector", "full-text", "hybrid" })
        {
            (await place.RunAsync("search", "the", "--mode", mode, "--json", "--from", uri)).ShouldEnd(0).Json.GetArrayLength().ShouldBeGreaterThan(0, mode);
        }

        (await place.RunAsync("status", "--from", uri)).ShouldEnd(0).Output.ShouldContain("collection=docs");
        (await place.RunAsync("dead", "list", "--from", uri)).ShouldEnd(0);

        Directory.Delete(place.Docs, recursive: true);
        place.Write("only.md", "# One\n\nThe only page that is left.");
        (await place.IngestAsync("--to", uri, "--yes")).ShouldEnd(0)["removed"].ShouldBe(first["indexed"]);
        (await place.RunAsync("verify", "--json", "--from", uri)).ShouldEnd(0)["inDatabase"].ShouldBe(1);
    }

    [Fact]
    public async Task Ingest_WrongServerOrUser_SaysWhatToDoWithoutThePassword()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("a.md", "Some words.");
        var bare = await Server.CreateDatabaseAsync(withExtension: false);
        await PgvectorServer.ExecuteAsync(bare, "CREATE ROLE guest LOGIN PASSWORD 'hush-hush'");
        (string Uri, string Words)[] cases =
        [
            ($"pgvector://postgres:hush-hush@127.0.0.1:{Server.Port}/nowhere", "createdb nowhere"),
            ($"pgvector://nobody:hush-hush@127.0.0.1:{Server.Port}/postgres", "refused the user"),
            ($"pgvector:{bare.Replace("postgres@", "guest:hush-hush@", StringComparison.Ordinal)}", "CREATE EXTENSION vector"),
            ($"pgvector://postgres:hush-hush@127.0.0.1:{Server.Port}/postgres?index=fast", "hnsw or none"),
        ];
        foreach (var (uri, words) in cases)
        {
            var run = await place.IngestAsync("--to", uri);
            run.ExitCode.ShouldBeInRange(1, 2, run.Errors);
            run.Errors.ShouldContain(words);
            (run.Errors + run.Output).ShouldNotContain("hush-hush");
        }
    }

    private static string Database(string uri) => uri[(uri.LastIndexOf('/') + 1)..].Split('?')[0];
}
