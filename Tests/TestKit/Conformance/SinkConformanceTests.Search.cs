using Shouldly;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.TestKit.Conformance;

public abstract partial class SinkConformanceTests
{
    [Fact]
    public async Task SearchAsync_Vector_OrdersAsExactCosine()
    {
        var records = await FillAsync([.. Records("file:///a", 300)]);
        for (var question = 1000; question < 1010; question++)
        {
            var vector = Vector(question);
            var hits = await ByVectorAsync(vector, 25);
            var expected = records.OrderByDescending(record => Cosine(vector, record.Values())).Take(25).ToList();
            hits.Select(static hit => hit.Id).ShouldBe(expected.Select(static record => record.Chunk.Id));
            for (var i = 0; i < hits.Count; i++)
            {
                hits[i].Score.ShouldBe(Cosine(vector, expected[i].Values()), ScoreTolerance);
            }
        }
    }

    [Theory]
    [InlineData(Distance.Dot)]
    [InlineData(Distance.Euclidean)]
    public async Task SearchAsync_OtherDistances_OrderExactly(Distance distance)
    {
        if (!Distances.Contains(distance))
        {
            await Should.ThrowAsync<CollectionMismatchException>(() => Sink.EnsureCollectionAsync(new CollectionSpec(Model(distance: distance)), None));
            return;
        }

        await Sink.EnsureCollectionAsync(new CollectionSpec(Model(distance: distance)), None);
        var records = Records("file:///a", 200);
        await PutAsync(records);
        var question = Vector(999);
        var expected = records.OrderByDescending(record => Score(record.Values())).Take(100).Select(static record => record.Chunk.Id);
        (await ByVectorAsync(question, 100)).Select(static hit => hit.Id).ShouldBe(expected);

        double Score(ReadOnlySpan<float> values)
        {
            double score = 0;
            for (var i = 0; i < values.Length; i++)
            {
                score += distance == Distance.Dot ? question[i] * (double)values[i] : -Math.Pow(question[i] - (double)values[i], 2);
            }

            return score;
        }
    }

    [Fact]
    public async Task SearchAsync_EqualScores_OrderedByIdWhateverWasWrittenFirst()
    {
        var twins = Enumerable.Range(0, 40).Select(static i => Record($"file:///{i:00}", "the same words", 1)).ToArray();
        await FillAsync(twins);
        var expected = twins.Select(static record => record.Chunk.Id).OrderBy(static id => id.Value).ToList();
        (await ByVectorAsync(Vector(1), 40)).Select(static hit => hit.Id).ShouldBe(expected, ignoreOrder: !OrdersEqualScores);
        if (OrdersEqualScores)
        {
            (await ByVectorAsync(Vector(1), 7)).Select(static hit => hit.Id).ShouldBe(expected.Take(7));
            await ExpectByTextAsync("same", hits => hits.Select(static hit => hit.Id).ShouldBe(expected.Take(7)), 7);
        }
    }

    [Fact]
    public async Task SearchAsync_LargestLimit_ReturnsThatMany()
    {
        await FillAsync([.. Records("file:///a", 1_200)]);
        (await ByVectorAsync(Vector(1), MostHits)).Count.ShouldBe(MostHits);
        await ExpectByTextAsync("piece", hits => hits.Count.ShouldBe(MostHits), MostHits);
        if (HasHybrid)
        {
            (await Sink.SearchAsync(new SearchQuery("piece", new DenseEmbedding(Vector(1)), SearchMode.Hybrid, MostHits), None)).Count.ShouldBe(MostHits);
        }

        await Should.ThrowAsync<ArgumentException>(() => ByVectorAsync(Vector(1), 1_001));
        await Should.ThrowAsync<ArgumentException>(() => ByVectorAsync(Vector(1), 0));
    }

    [Fact]
    public async Task SearchAsync_WrongDimension_Throws()
    {
        await FillAsync([.. Records("file:///a", 2)]);
        await Should.ThrowAsync<CollectionMismatchException>(() => ByVectorAsync(Vector(1, 3)));
    }

    [Fact]
    public async Task SearchAsync_Hybrid_FusesRanks()
    {
        if (!HasHybrid)
        {
            return;
        }

        await FillAsync(
            Record("file:///both", "quartz", 1),
            Record("file:///vector", "nothing alike", Vector(1)[..^1].Append(Vector(1)[^1] * 0.9f).ToArray()),
            Record("file:///text", "quartz and much more besides that dilutes it", Vector(1).Select(static value => -value).ToArray()));
        var hits = await Sink.SearchAsync(new SearchQuery("quartz", new DenseEmbedding(Vector(1)), SearchMode.Hybrid, 3), None);
        hits[0].Uri.ShouldBe("file:///both");
        hits.Select(static hit => hit.Uri).ShouldBe(["file:///both", "file:///text", "file:///vector"], ignoreOrder: true);
        if (!FusesRanks)
        {
            return;
        }

        hits[0].Score.ShouldBe(2.0 / 61, 1e-9);
        hits.Single(static hit => hit.Uri == "file:///text").Score.ShouldBe((1.0 / 62) + (1.0 / 63), 1e-9);
        hits.Single(static hit => hit.Uri == "file:///vector").Score.ShouldBe(1.0 / 62, 1e-9);
    }

    [Fact]
    public async Task SearchAsync_FilterThatFewMatch_StillFindsThem()
    {
        await FillAsync();
        var question = Vector(1);
        var near = Enumerable.Range(0, 900).Select(i => Record($"file:///near/{i}.md", $"common words {i}", Near(i))).ToList();
        var far = Enumerable.Range(0, 3).Select(i => Record($"file:///far/{i}.md", $"common words far {i}", Vector(1).Select(static value => -value).ToArray(),
            static chunk => chunk with { Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["kind"] = "rare", ["x"] = "1" } })).ToList();
        await PutAsync([.. near, .. far]);

        (await ByVectorAsync(question, 10, "file:///far/*")).Count.ShouldBe(3);
        (await ByVectorAsync(question, 10, metadata: new() { ["kind"] = "rare" })).Count.ShouldBe(3);
        (await ByVectorAsync(question, 10, metadata: new() { ["kind"] = "rare", ["x"] = "1" })).Count.ShouldBe(3);
        (await ByVectorAsync(question, 10, metadata: new() { ["kind"] = "rare", ["x"] = "2" })).ShouldBeEmpty();
        (await ByVectorAsync(question, 10, metadata: new() { ["kind"] = "rar" })).ShouldBeEmpty();
        (await ByVectorAsync(question, 10, "far/2.md", new() { ["kind"] = "rare" })).Single().Uri.ShouldBe("file:///far/2.md");
        (await ByVectorAsync(question, 10, "nowhere/**")).ShouldBeEmpty();
        if (HasFullText)
        {
            (await ByTextAsync("common", 10, "far/*.md")).Count.ShouldBe(3);
            (await ByTextAsync("common", 10, metadata: new() { ["kind"] = "rare", ["x"] = "1" })).Count.ShouldBe(3);
            (await ByTextAsync("common", 10, metadata: new() { ["kind"] = "rare", ["x"] = "2" })).ShouldBeEmpty();
        }

        if (HasHybrid)
        {
            (await Sink.SearchAsync(new SearchQuery("common", new DenseEmbedding(question), SearchMode.Hybrid, 10) { UriGlob = "**/far/*.md" }, None)).Count.ShouldBe(3);
        }

        float[] Near(int i)
        {
            var vector = Vector(1);
            vector[i % Dimension] += 0.001f * i;
            return vector;
        }
    }
}
