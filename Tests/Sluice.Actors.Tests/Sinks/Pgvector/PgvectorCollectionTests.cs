using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Postgres;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Pgvector;

[Collection(PgvectorTests.Name)]
public sealed class PgvectorCollectionTests(PgvectorFixture fixture)
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    [Fact]
    public async Task EnsureCollectionAsync_TenAtOnce_MakeOneCollection()
    {
        var database = await fixture.Server.CreateDatabaseAsync(withExtension: false);
        var sinks = Enumerable.Range(0, 10).Select(_ => PgvectorFixture.Open($"pgvector:{database}?schema=made_by_ten")).ToList();
        await Task.WhenAll(sinks.Select(static sink => sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none)));
        await Task.WhenAll(sinks.Select(static (sink, i) => sink.UpsertAsync(Records($"file:///{i}", 10, i * 10), s_none)));
        (await sinks[0].CountAsync(s_none)).ShouldBe(100);
        (await PgvectorServer.ExecuteAsync(database, "SELECT count(*) FROM made_by_ten.sluice_collections")).ShouldBe(1L);
        foreach (var sink in sinks)
        {
            await sink.DisposeAsync();
        }
    }

    [Fact]
    public async Task EnsureCollectionAsync_IndexAddedLater_IsBuiltOverWhatIsThere()
    {
        var uri = fixture.NewUri();
        await using (var loading = PgvectorFixture.Open(uri + "&index=none"))
        {
            await loading.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
            await loading.UpsertAsync(Records("file:///a", 500), s_none);
            (await CountIndexesAsync(uri)).ShouldBe(0L);
        }

        await using var sink = PgvectorFixture.Open(uri, static options => options.Pgvector.ExactBelow = 0);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        (await CountIndexesAsync(uri)).ShouldBe(1L);
        (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(7)), SearchMode.Vector, 1), s_none)).Single().Text.ShouldBe("file:///a piece number 6");
    }

    [Theory]
    [InlineData(1_500)]
    [InlineData(2_500)]
    [InlineData(5_000)]
    public async Task SearchAsync_ManyDimensions_FindsTheNearest(int dimension)
    {
        await using var sink = PgvectorFixture.Open(fixture.NewUri(), static options => options.Pgvector.ExactBelow = 0);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model(dimension)), s_none);
        (await sink.UpsertAsync([.. Enumerable.Range(1, 30).Select(i => Record($"file:///{i}", $"text {i}", Vector(i, dimension)))], s_none)).ShouldBeEmpty();
        var hit = (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(9, dimension)), SearchMode.Vector, 3), s_none))[0];
        (hit.Uri, Math.Round(hit.Score, 5)).ShouldBe(("file:///9", 1d));
    }

    [Fact]
    public async Task EnsureCollectionAsync_WhatCannotBeStored_IsRefused()
    {
        await using var sink = PgvectorFixture.Open(fixture.NewUri());
        (await Should.ThrowAsync<CollectionMismatchException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: EmbeddingKind.Sparse)), s_none))).Message.ShouldContain("sparse");
        (await Should.ThrowAsync<CollectionMismatchException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: EmbeddingKind.MultiVector)), s_none))).Message.ShouldContain("several");
        (await Should.ThrowAsync<CollectionMismatchException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model(16_001)), s_none))).Message.ShouldContain("16000");
        sink.Capabilities.Kinds.ShouldBe([EmbeddingKind.Dense]);
        (await sink.DescribeAsync(s_none)).ShouldBeNull();
    }

    [Fact]
    public async Task EnsureCollectionAsync_Languages_StemAndAreKept()
    {
        var uri = fixture.NewUri("&language=german");
        await using var sink = PgvectorFixture.Open(uri);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        await sink.UpsertAsync([Record("file:///1", "Die Häuser der Stadt", 1)], s_none);
        (await sink.SearchAsync(new SearchQuery("haus", null, SearchMode.FullText, 5), s_none)).Count.ShouldBe(1);

        await using var other = PgvectorFixture.Open(uri.Replace("german", "simple", StringComparison.Ordinal));
        (await Should.ThrowAsync<CollectionMismatchException>(() => other.EnsureCollectionAsync(new CollectionSpec(Model()), s_none))).Message.ShouldContain("german, not simple");
        await using var silent = PgvectorFixture.Open(uri.Replace("&language=german", "", StringComparison.Ordinal));
        await silent.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        await using var unknown = PgvectorFixture.Open(fixture.NewUri("&language=klingon"));
        (await Should.ThrowAsync<ConfigurationException>(() => unknown.EnsureCollectionAsync(new CollectionSpec(Model()), s_none))).Message.ShouldContain("'klingon'");
    }

    [Fact]
    public async Task EnsureCollectionAsync_TablesOfSomebodyElse_AreLeftAlone()
    {
        var uri = fixture.NewUri("&collection=mine");
        var schema = Schema(uri);
        await PgvectorServer.ExecuteAsync(fixture.Database, $"CREATE SCHEMA {schema}; CREATE TABLE {schema}.mine__chunks(x int); INSERT INTO {schema}.mine__chunks VALUES (1)");
        await using var sink = PgvectorFixture.Open(uri);
        (await Should.ThrowAsync<StorageException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none))).Message.ShouldContain("mine__chunks");
        (await PgvectorServer.ExecuteAsync(fixture.Database, $"SELECT count(*) FROM {schema}.mine__chunks")).ShouldBe(1L);
        (await sink.DescribeAsync(s_none)).ShouldBeNull();
    }

    [Fact]
    public async Task EnsureCollectionAsync_ExtensionInASchemaOfItsOwn_IsFound()
    {
        var database = await fixture.Server.CreateDatabaseAsync(withExtension: false);
        await PgvectorServer.ExecuteAsync(database, "CREATE SCHEMA \"Ext ensions\"; CREATE EXTENSION vector SCHEMA \"Ext ensions\"");
        await using var sink = PgvectorFixture.Open($"pgvector:{database}?schema=a_place_of_its_own", static options => options.Pgvector.ExactBelow = 0);
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        await sink.UpsertAsync(Records("file:///a", 5), s_none);
        (await sink.FetchEmbeddingsAsync([Records("file:///a", 1)[0].Chunk.Id], s_none)).Count.ShouldBe(1);
        (await sink.SearchAsync(new SearchQuery("piece", new DenseEmbedding(Vector(1)), SearchMode.Hybrid, 3), s_none)).Count.ShouldBe(3);
        await sink.DropCollectionAsync(s_none);
        (await sink.DescribeAsync(s_none)).ShouldBeNull();
    }

    private Task<object?> CountIndexesAsync(string uri) =>
        PgvectorServer.ExecuteAsync(fixture.Database, $"SELECT count(*) FROM pg_indexes WHERE schemaname = '{Schema(uri)}' AND indexdef LIKE '%hnsw%'");

    private static string Schema(string uri) => uri[(uri.IndexOf("schema=", StringComparison.Ordinal) + 7)..].Split('&')[0];
}
