using Npgsql;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Postgres;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Pgvector;

[Collection(PgvectorTests.Name)]
public sealed class PgvectorSinkTests(PgvectorFixture fixture)
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private async Task<IVectorSink> OpenAsync()
    {
        var sink = PgvectorFixture.Open(fixture.NewUri());
        await sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        return sink;
    }

    [Fact]
    public async Task UpsertAsync_SameIdTwiceInOneRequest_KeepsTheLast()
    {
        await using var sink = await OpenAsync();
        var first = Record("file:///a", "words", 1);
        (await sink.UpsertAsync([first, first with { Embedding = new DenseEmbedding(Vector(2)) }], s_none)).ShouldBeEmpty();
        (await sink.CountAsync(s_none)).ShouldBe(1);
        ((DenseEmbedding)(await sink.FetchEmbeddingsAsync([first.Chunk.Id], s_none))[first.Chunk.Id]).Values.ToArray().ShouldBe(Vector(2));
    }

    [Fact]
    public async Task UpsertAsync_WritersOfTheSameRecordsInAnyOrder_DoNotWaitForEachOther()
    {
        await using var sink = await OpenAsync();
        await using var other = PgvectorFixture.Open("pgvector:" + fixture.Database + sink.Name[sink.Name.IndexOf('?', StringComparison.Ordinal)..]);
        var records = Records("file:///a", 200).Concat(Records("file:///b", 200, 500)).ToList();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            var to = i % 2 == 0 ? sink : other;
            var mine = records.OrderBy(record => HashCode.Combine(record.Chunk.Id, i)).ToList();
            (await to.UpsertAsync(mine, s_none)).ShouldBeEmpty();
            if (i % 4 == 1)
            {
                await to.DeleteDocumentsAsync([records[0].Document], s_none);
            }

            await to.RelocateAsync([.. mine.Select(static record => record.Chunk with { Title = "moved" })], s_none);
            await to.DeleteAsync([.. mine.Take(50).Select(static record => record.Chunk.Id)], s_none);
            (await to.UpsertAsync(mine, s_none)).ShouldBeEmpty();
        }));
        (await sink.UpsertAsync(records, s_none)).ShouldBeEmpty();
        (await sink.CountAsync(s_none)).ShouldBe(400);
        (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(1)), SearchMode.Vector, 1000), s_none)).Count.ShouldBe(400);
    }

    [Fact]
    public async Task DeleteDocumentsAsync_WhileTheDocumentIsWritten_LeavesNoChunkWithoutItsDocument()
    {
        await using var sink = await OpenAsync();
        var records = Records("file:///a", 30);
        for (var round = 0; round < 25; round++)
        {
            await Task.WhenAll(sink.UpsertAsync(records, s_none), sink.DeleteDocumentsAsync([records[0].Document], s_none), sink.UpsertAsync(records[..5], s_none));
            var count = await sink.CountAsync(s_none);
            (await sink.SearchAsync(new SearchQuery("piece", null, SearchMode.FullText, 100), s_none)).Count.ShouldBe((int)count);
            (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(1)), SearchMode.Vector, 100), s_none)).Count.ShouldBe((int)count);
        }
    }

    [Fact]
    public async Task UpsertAsync_LoneSurrogatesAndReservedCharacters_AreStored()
    {
        await using var sink = await OpenAsync();
        const string Odd = "a\uD800b \uDC00 \uFDD0\uFDD1\0 \U0001F98A";
        var record = Record("file:///a", Odd, 1, static chunk => chunk with { Title = Odd, Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = Odd } });
        (await sink.UpsertAsync([record], s_none)).ShouldBeEmpty();
        var hit = (await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(1)), SearchMode.Vector, 1), s_none)).Single();
        const string Mended = "a\uFFFDb \uFFFD \uFDD0\uFDD1\0 \U0001F98A";
        (hit.Text, hit.Title, hit.Metadata!["k"]).ShouldBe((Mended, Mended, Mended));
    }

    [Fact]
    public async Task UpsertAsync_RecordBeyondALimitOfTheServer_IsRefusedAlone()
    {
        await using var sink = await OpenAsync();

        // So many words that even a server with the full text's bound of 1 MiB refuses them: the title is not shortened.
        var title = string.Join(' ', Enumerable.Range(0, 110_000).Select(static i => "w" + i.ToString("x5", System.Globalization.CultureInfo.InvariantCulture)));
        var text = string.Join(' ', Enumerable.Range(0, 110_000).Select(static i => "t" + i.ToString("x5", System.Globalization.CultureInfo.InvariantCulture)));
        var records = Records("file:///a", 20);
        records.Insert(7, Record("file:///a", text, 99, chunk => chunk with { Title = title, HeadingPath = [title.ToUpperInvariant().Replace('W', 'H')] }));
        var failure = (await sink.UpsertAsync(records, s_none)).Single();
        failure.Chunk.ShouldBeSameAs(records[7].Chunk);
        failure.Rejection.Message.ShouldContain("limit on size");
        (await sink.CountAsync(s_none)).ShouldBe(20);
    }

    [Fact]
    public async Task UpsertAsync_ConnectionsEndedByTheServer_IsTransientThenGoesOn()
    {
        await using var sink = await OpenAsync();
        (await sink.UpsertAsync(Records("file:///a", 10), s_none)).ShouldBeEmpty();
        await PgvectorServer.ExecuteAsync(fixture.Database, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'sluice' AND datname = current_database()");
        var exception = await Should.ThrowAsync<TransientException>(() => sink.UpsertAsync(Records("file:///a", 20), s_none));
        exception.Message.ShouldContain("PostgreSQL at");
        (await sink.UpsertAsync(Records("file:///a", 20), s_none)).ShouldBeEmpty();
        (await sink.CountAsync(s_none)).ShouldBe(20);
    }

    [Fact]
    public async Task UpsertAsync_CollectionReplacedBehindItsBack_SaysSo()
    {
        await using var sink = await OpenAsync();
        await sink.UpsertAsync(Records("file:///a", 3), s_none);
        await using var other = PgvectorFixture.Open("pgvector:" + fixture.Database + sink.Name[sink.Name.IndexOf('?', StringComparison.Ordinal)..]);
        await other.DropCollectionAsync(s_none);
        (await Should.ThrowAsync<StorageException>(() => sink.UpsertAsync(Records("file:///a", 3), s_none))).Message.ShouldContain("Ingest");
        await other.EnsureCollectionAsync(new CollectionSpec(Model(8)), s_none);
        (await sink.CountAsync(s_none)).ShouldBe(0);
        (await Should.ThrowAsync<CollectionMismatchException>(() => sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none))).Message.ShouldContain("have 8 dimensions, the model's 16");
    }

    [Fact]
    public async Task SearchAsync_GlobsOverHostsAndEscapedPaths_MatchAsWritten()
    {
        await using var sink = await OpenAsync();
        string[] uris = ["file:///docs/a%20b/%C3%BC.md", "https://example.org/docs/x.html?q=1#top", "s3://bucket/docs/x.md", "stdin:notes"];
        await sink.UpsertAsync([.. uris.Select(static (uri, i) => Record(uri, "same words", i + 1))], s_none);
        string[] globs = ["a b/*.md", "/docs/**", "docs/*", "example.org/**", "s3://bucket/**", "file:///docs/a b/*", "notes", "**/x.?*", "ü.md", "[a", "x.html"];
        foreach (var glob in globs)
        {
            var expected = uris.Where(new Sluice.Actors.Sinks.UriGlob(glob).IsMatch).Order(StringComparer.Ordinal);
            var hits = await sink.SearchAsync(new SearchQuery("words", null, SearchMode.FullText, 10) { UriGlob = glob }, s_none);
            hits.Select(static hit => hit.Uri).Order(StringComparer.Ordinal).ShouldBe(expected, glob);
        }
    }

    [Fact]
    public async Task Stored_Tables_HoldNoDocumentWithoutChunks()
    {
        await using var sink = await OpenAsync();
        var records = Records("file:///a", 5).Concat(Records("file:///b", 5, 50)).ToList();
        await sink.UpsertAsync(records, s_none);
        await sink.DeleteAsync([.. records.Take(5).Select(static record => record.Chunk.Id)], s_none);
        await sink.DeleteDocumentsAsync([DocumentId.FromUri("file:///b")], s_none);
        var schema = sink.Name[(sink.Name.IndexOf("schema=", StringComparison.Ordinal) + 7)..].Split('&')[0];
        (await PgvectorServer.ExecuteAsync(fixture.Database, $"SELECT (SELECT count(*) FROM {schema}.chunks__documents) + (SELECT count(*) FROM {schema}.chunks__vectors)")).ShouldBe(0L);
    }
}
