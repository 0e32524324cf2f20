using Shouldly;
using Sluice.Streams.Vectors;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.TestKit.Conformance;

/// <summary>Embeddings of several vectors and of weighted terms, where <see cref="SinkCapabilities.Kinds"/> has them.</summary>
public abstract partial class SinkConformanceTests
{
    [Fact]
    public async Task SearchAsync_SeveralVectors_OrdersByMaxSim()
    {
        if (!Sink.Capabilities.Kinds.Contains(EmbeddingKind.MultiVector))
        {
            return; // EnsureCollectionAsync_KindItDoesNotStore_IsRefusedInWords says what happens then.
        }

        await Sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: EmbeddingKind.MultiVector)), None);
        var records = Enumerable.Range(0, 60).Select(static i => MultiVectorRecord($"file:///{i % 7}", $"piece {i}", 1 + (i % 5), i)).ToList();
        await PutAsync(records);
        for (var seed = 500; seed < 505; seed++)
        {
            var question = MultiVector(3, seed);
            var hits = await Sink.SearchAsync(new SearchQuery("", question, SearchMode.Vector, 10), None);
            var expected = records.OrderByDescending(record => MaxSim(question, (MultiVectorEmbedding)record.Embedding)).Take(10).Select(static record => record.Chunk.Id);
            hits.Select(static hit => hit.Id).ShouldBe(expected);
        }

        await AllComeBackAsync(records);
    }

    [Fact]
    public async Task SearchAsync_WeightedTerms_OrdersByDotProduct()
    {
        if (!Sink.Capabilities.Kinds.Contains(EmbeddingKind.Sparse))
        {
            return;
        }

        await Sink.EnsureCollectionAsync(new CollectionSpec(Model(kind: EmbeddingKind.Sparse, distance: Distance.Dot)), None);
        var records = Enumerable.Range(1, 60).Select(static i => SparseRecord($"file:///{i % 7}", $"piece {i}", i * 977 & 0xFFFF | 1, i)).ToList();
        await PutAsync(records);
        for (var seed = 500; seed < 505; seed++)
        {
            var question = Sparse((seed * 131 & 0xFFFF) | 1, seed);
            var hits = await Sink.SearchAsync(new SearchQuery("", question, SearchMode.Vector, 10), None);
            var expected = records.OrderByDescending(record => Dot(question, (SparseEmbedding)record.Embedding)).Take(10).Select(static record => record.Chunk.Id);
            hits.Select(static hit => hit.Id).ShouldBe(expected);
        }

        await AllComeBackAsync(records);
    }

    private async Task AllComeBackAsync(List<VectorRecord> records)
    {
        (await Sink.CountAsync(None)).ShouldBe(records.Count);
        var fetched = await Sink.FetchEmbeddingsAsync([.. records.Select(static record => record.Chunk.Id)], None);
        var read = (await Sink.ReadRecordsAsync([.. records.Select(static record => record.Chunk.Id)], None)).ToDictionary(static record => record.Chunk.Id);
        foreach (var record in records)
        {
            Same(fetched[record.Chunk.Id], record.Embedding);
            Same(read[record.Chunk.Id].Embedding, record.Embedding);
        }

        await DeleteAsync(records[0].Chunk.Id);
        await DeleteDocumentsAsync(records[1].Document);
        (await Sink.CountAsync(None)).ShouldBe(records.Count(record => record.Document != records[1].Document && record.Chunk.Id != records[0].Chunk.Id));
    }

    private void Same(Embedding actual, Embedding expected)
    {
        switch (expected)
        {
            case MultiVectorEmbedding several:
                var rows = actual.ShouldBeOfType<MultiVectorEmbedding>();
                (rows.Rows, rows.Dimension).ShouldBe((several.Rows, several.Dimension));
                SameValues(rows.Values.Span, several.Values.Span);
                break;
            case SparseEmbedding sparse:
                var terms = actual.ShouldBeOfType<SparseEmbedding>();
                terms.Indices.ToArray().ShouldBe(sparse.Indices.ToArray());
                terms.Values.ToArray().ShouldBe(sparse.Values.ToArray());
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(expected), expected, "of one vector");
        }
    }
}
