using Sluice.Actors.Sinks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Postgres;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Pgvector;

/// <summary>Servers that are away, refuse, or lack something. On a server of its own: it is stopped and gets users.</summary>
public sealed class PgvectorServerTests(PgvectorServerTests.OwnServer own) : IClassFixture<PgvectorServerTests.OwnServer>
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private PgvectorServer Server => own.Server ?? throw new InvalidOperationException("not started");

    [Fact]
    public async Task UpsertAsync_ServerCrashesAndReturns_IsTransientThenCompletes()
    {
        var database = await Server.CreateDatabaseAsync();
        await using var sink = PgvectorFixture.Open($"pgvector:{database}");
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        (await sink.UpsertAsync(Records("file:///a", 100), s_none)).ShouldBeEmpty();

        await Server.CrashAsync();
        var exception = await Should.ThrowAsync<TransientException>(() => sink.UpsertAsync(Records("file:///b", 100), s_none));
        exception.Message.ShouldContain(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"127.0.0.1:{Server.Port}/"));
        await Should.ThrowAsync<TransientException>(() => sink.UpsertAsync(Records("file:///b", 100), s_none));
        await Should.ThrowAsync<TransientException>(() => sink.CountAsync(s_none));
        await Should.ThrowAsync<TransientException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none));

        await Server.RunAsync();
        (await sink.UpsertAsync(Records("file:///b", 100), s_none)).ShouldBeEmpty();
        (await sink.CountAsync(s_none)).ShouldBe(200);
    }

    [Fact]
    public async Task UpsertAsync_ServerCrashesInTheMiddle_StoresAllInTheEnd()
    {
        var database = await Server.CreateDatabaseAsync();
        await using var sink = PgvectorFixture.Open($"pgvector:{database}");
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var transient = 0;
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var i = 0; i < 40; i++)
            {
                for (var done = false; !done;)
                {
                    try
                    {
                        (await sink.UpsertAsync(Records($"file:///{writer}/{i}", 50, (writer * 100) + i), s_none)).ShouldBeEmpty();
                        done = true;
                        _ = i == 5 && stored.TrySetResult();
                    }
                    catch (TransientException)
                    {
                        Interlocked.Increment(ref transient);
                        await back.Task;
                    }
                }
            }
        }));
        await stored.Task;
        await Server.CrashAsync();
        await Server.RunAsync();
        back.SetResult();
        await writing;
        transient.ShouldBeGreaterThan(0);
        (await sink.CountAsync(s_none)).ShouldBe(4 * 40 * 50);
        (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(1)), SearchMode.Vector, 1), s_none)).Single().Score.ShouldBe(1, 1e-5);
    }

    [Fact]
    public async Task EnsureCollectionAsync_UserWithTheRightsOfTheGuide_IsEnough()
    {
        var database = await Server.CreateDatabaseAsync();
        await PgvectorServer.ExecuteAsync(database, "CREATE ROLE clerk LOGIN; CREATE SCHEMA docs AUTHORIZATION clerk; REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO clerk");
        await using var sink = PgvectorFixture.Open($"pgvector:{database.Replace("postgres@", "clerk@", StringComparison.Ordinal)}?schema=docs");
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        (await sink.UpsertAsync(Records("file:///a", 3), s_none)).ShouldBeEmpty();

        // Who only searches needs to read, and nothing else.
        await PgvectorServer.ExecuteAsync(database, "CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA public, docs TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA docs TO reader");
        await using var reader = PgvectorFixture.Open($"pgvector:{database.Replace("postgres@", "reader@", StringComparison.Ordinal)}?schema=docs");
        (await reader.SearchAsync(new SearchQuery("piece", new DenseEmbedding(Vector(1)), SearchMode.Hybrid, 3), s_none)).Count.ShouldBe(3);
        (await Should.ThrowAsync<StorageException>(() => reader.DeleteAsync([Records("file:///a", 1)[0].Chunk.Id], s_none))).Message.ShouldContain("docs/sinks/pgvector.md");
    }

    [Fact]
    public async Task EnsureCollectionAsync_NoRightToMakeTheExtension_SaysWhatToDo()
    {
        var database = await Server.CreateDatabaseAsync(withExtension: false);
        await PgvectorServer.ExecuteAsync(database, "CREATE ROLE guest LOGIN");
        await using var sink = PgvectorFixture.Open($"pgvector:{database.Replace("postgres@", "guest:s3cret@", StringComparison.Ordinal)}");
        var exception = await Should.ThrowAsync<StorageException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none));
        exception.Message.ShouldContain("CREATE EXTENSION vector");
        exception.ToString().ShouldNotContain("s3cret");
    }

    [Fact]
    public async Task DescribeAsync_NoSuchDatabaseOrUser_SaysWhich()
    {
        await using var nowhere = PgvectorFixture.Open($"pgvector://postgres@127.0.0.1:{Server.Port}/nowhere");
        (await Should.ThrowAsync<StorageException>(() => nowhere.DescribeAsync(s_none))).Message.ShouldContain("createdb nowhere");
        await using var nobody = PgvectorFixture.Open($"pgvector://nobody:s3cret@127.0.0.1:{Server.Port}/postgres");
        var refused = await Should.ThrowAsync<StorageException>(() => nobody.DescribeAsync(s_none));
        refused.Message.ShouldContain("refused the user");
        refused.ToString().ShouldNotContain("s3cret");
        nobody.Name.ShouldBe($"pgvector://127.0.0.1:{Server.Port}/postgres?schema=public&collection=chunks");
    }

    [Theory]
    [InlineData("index=ivf", "index")]
    [InlineData("language=eng'lish", "language")]
    [InlineData("collection=Docs", "Docs")]
    [InlineData("collection=a__b", "a__b")]
    [InlineData("schema=", "schema")]
    [InlineData("colection=docs", "colection")]
    [InlineData("pool=4", "pool is '4'")]
    [InlineData("pool=many", "pool is 'many'")]
    public void Open_WrongParameter_SaysWhichWithoutThePassword(string parameter, string named)
    {
        var exception = Should.Throw<ConfigurationException>(() => VectorSinks.Open($"pgvector://me:s3cret@127.0.0.1/db?{parameter}", new SinkOptions(), TimeProvider.System));
        exception.Message.ShouldContain(named);
        exception.ToString().ShouldNotContain("s3cret");
    }

    public sealed class OwnServer : IAsyncLifetime
    {
        public PgvectorServer? Server { get; private set; }

        public async Task InitializeAsync() => Server = await PgvectorServer.StartOwnAsync();

        public async Task DisposeAsync()
        {
            if (Server is not null)
            {
                await Server.DisposeAsync();
            }
        }
    }
}
