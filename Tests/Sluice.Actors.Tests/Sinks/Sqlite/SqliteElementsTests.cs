using Sluice.Actors.Sinks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Conformance;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.Actors.Tests.Sinks.Sqlite;

/// <summary>Embeddings of several vectors, and vectors with less than 32 bits a component.</summary>
public sealed class SqliteElementsTests : IDisposable
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("float16", Distance.Cosine, 9.9, 0.001)]
    [InlineData("int8", Distance.Cosine, 9.5, 0.01)]
    [InlineData("int8", Distance.Dot, 9.5, 0.02)]
    [InlineData("int8", Distance.Euclidean, 9.5, 0.02)]
    [InlineData("binary", Distance.Cosine, 8.0, 0.01)]
    public async Task SearchAsync_FewerBits_FindsNearlyTheSame(string elements, Distance distance, double least, double tolerance)
    {
        await using var sink = Open($"elements={elements}");
        await sink.EnsureCollectionAsync(new CollectionSpec(Model(64, distance)), s_none);
        var records = Enumerable.Range(0, 400).Select(static i => Record($"file:///{i % 9}", $"piece {i}", Vector(i, 64))).ToList();
        (await sink.UpsertAsync(records, s_none)).ShouldBeEmpty();
        (await sink.UpsertAsync([.. records.Take(20)], s_none)).ShouldBeEmpty();
        var found = 0;
        for (var seed = 1000; seed < 1020; seed++)
        {
            var question = Vector(seed, 64);
            var exact = records.ToDictionary(static record => record.Chunk.Id, record => Score(distance, question, record.Values()));
            var hits = await sink.SearchAsync(new SearchQuery("", new DenseEmbedding(question), SearchMode.Vector, 10), s_none);
            hits.Count.ShouldBe(10);
            hits.ShouldAllBe(hit => Math.Abs(hit.Score - exact[hit.Id]) < tolerance * 10);
            found += hits.Select(static hit => hit.Id).Intersect(exact.OrderByDescending(static pair => pair.Value).Take(10).Select(static pair => pair.Key)).Count();
        }

        (found / 20.0).ShouldBeGreaterThanOrEqualTo(least);
        var fetched = (DenseEmbedding)(await sink.FetchEmbeddingsAsync([records[5].Chunk.Id], s_none))[records[5].Chunk.Id];
        Cosine(fetched.Values.Span, records[5].Values()).ShouldBe(1, 0.001);
        await sink.DeleteAsync([records[0].Chunk.Id], s_none);
        (await sink.SearchAsync(new SearchQuery("", records[0].Embedding, SearchMode.Vector, 1), s_none)).Single().Id.ShouldNotBe(records[0].Chunk.Id);
        (await sink.SearchAsync(new SearchQuery("", records[1].Embedding, SearchMode.Vector, 50) { UriGlob = "**/3" }, s_none)).ShouldAllBe(static hit => hit.Uri == "file:///3");
        await sink.DropCollectionAsync(s_none);
        (await sink.DescribeAsync(s_none)).ShouldBeNull();
    }

    [Fact]
    public async Task SearchAsync_MoreChunksThanAreScored_FindsWhatAllOfThemWouldGive()
    {
        await using var sink = Open("");
        await sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: EmbeddingKind.MultiVector, distance: Distance.Dot)), s_none);
        var records = Enumerable.Range(0, 3000).Select(static i => MultiVectorRecord($"file:///{i % 7}", $"piece {i}", 6, i)).ToList();
        foreach (var page in records.Chunk(500))
        {
            (await sink.UpsertAsync(page, s_none)).ShouldBeEmpty();
        }

        var found = 0;
        for (var number = 0; number < 20; number++)
        {
            var text = (MultiVectorEmbedding)records[number * 100].Embedding;
            var question = new MultiVectorEmbedding(text.Values[..(3 * Dimension)], 3, Dimension);
            var hit = (await sink.SearchAsync(new SearchQuery("", question, SearchMode.Vector, 1), s_none)).Single();
            found += hit.Id == records[number * 100].Chunk.Id ? 1 : 0;
        }

        found.ShouldBeGreaterThanOrEqualTo(19);
        var filtered = await sink.SearchAsync(new SearchQuery("", MultiVector(3, 1), SearchMode.Vector, 20) { UriGlob = "**/2" }, s_none);
        filtered.Count.ShouldBe(20);
        filtered.ShouldAllBe(static one => one.Uri == "file:///2");
    }

    [Fact]
    public async Task SearchAsync_SeveralVectors_AlsoByWordsAndBoth()
    {
        await using var sink = Open("elements=binary");
        await sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: EmbeddingKind.MultiVector, distance: Distance.Dot)), s_none);
        var records = Enumerable.Range(0, 30).Select(static i => MultiVectorRecord($"file:///{i}", i == 7 ? "a quartz watch" : $"piece {i}", 4, i)).ToList();
        (await sink.UpsertAsync(records, s_none)).ShouldBeEmpty();
        (await sink.SearchAsync(new SearchQuery("quartz", null, SearchMode.FullText, 5), s_none)).Single().Id.ShouldBe(records[7].Chunk.Id);
        var hits = await sink.SearchAsync(new SearchQuery("quartz", records[7].Embedding, SearchMode.Hybrid, 5), s_none);
        hits[0].Id.ShouldBe(records[7].Chunk.Id);
        var other = await Should.ThrowAsync<CollectionMismatchException>(() => sink.SearchAsync(new SearchQuery("", new DenseEmbedding(Vector(1)), SearchMode.Vector, 5), s_none));
        other.Message.ShouldContain("cannot be compared");
    }

    [Fact]
    public async Task EnsureCollectionAsync_OtherElements_AreRefusedInWords()
    {
        await using (var sink = Open("elements=int8"))
        {
            await sink.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        }

        await using (var same = Open(""))
        {
            await same.EnsureCollectionAsync(new CollectionSpec(Model()), s_none);
        }

        await using var other = Open("elements=binary");
        (await Should.ThrowAsync<CollectionMismatchException>(() => other.EnsureCollectionAsync(new CollectionSpec(Model()), s_none))).Message.ShouldContain("keeps its vectors as int8, not as binary");
        await using var sparse = Open("collection=terms&elements=int8");
        (await Should.ThrowAsync<CollectionMismatchException>(() => sparse.EnsureCollectionAsync(new CollectionSpec(Model(kind: EmbeddingKind.Sparse, distance: Distance.Dot)), s_none))).Message.ShouldContain("with 32 bits");
        Should.Throw<ConfigurationException>(() => Open("elements=float8")).Message.ShouldContain("elements is 'float8'; it may be float32, float16, int8 or binary");
    }

    private static double Score(Distance distance, float[] question, ReadOnlySpan<float> vector) => distance switch
    {
        Distance.Cosine => Cosine(question, vector),
        Distance.Dot => System.Numerics.Tensors.TensorPrimitives.Dot(question, vector),
        _ => -System.Numerics.Tensors.TensorPrimitives.Distance(question, vector),
    };

    private IVectorSink Open(string query) => VectorSinks.Open($"sqlite:{_folder.File("sink.db")}{(query.Length > 0 ? "?" + query : "")}", new SinkOptions(), TimeProvider.System);
}
