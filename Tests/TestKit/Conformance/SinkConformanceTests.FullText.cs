using Shouldly;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;
using Xunit;
using static Sluice.TestKit.Conformance.SinkSamples;

namespace Sluice.TestKit.Conformance;

public abstract partial class SinkConformanceTests
{
    [Fact]
    public async Task SearchAsync_ModeItDoesNotHave_IsRefusedInWords()
    {
        await FillAsync(Record("file:///1", "plain words", 1));
        foreach (var mode in new[] { SearchMode.FullText, SearchMode.Hybrid })
        {
            var search = () => Sink.SearchAsync(new SearchQuery("plain", new DenseEmbedding(Vector(1)), mode, 5), None);
            if (Sink.Capabilities.Modes.Contains(mode))
            {
                (await search()).Single().Uri.ShouldBe("file:///1");
            }
            else
            {
                (await Should.ThrowAsync<ConfigurationException>(search)).Message.ShouldContain("--mode");
            }
        }
    }

    [Fact]
    public async Task SearchAsync_FullText_RanksMoreMatchesHigher()
    {
        if (!HasFullText)
        {
            return;
        }

        await FillAsync(
            Record("file:///1", "memory stays flat while the corpus grows", 1),
            Record("file:///2", "the corpus is large", 2),
            Record("file:///3", "nothing in common", 3));
        var hits = await ByTextAsync("is memory flat?");
        hits[0].Uri.ShouldBe("file:///1");
        hits.ShouldNotContain(static hit => hit.Uri == "file:///3");
        hits.ShouldAllBe(static hit => hit.Score > 0);
        hits.Select(static hit => hit.Score).ShouldBeInOrder(SortDirection.Descending);
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("\"unclosed quote")]
    [InlineData("AND OR NOT NEAR(")]
    [InlineData("col:value ^start *star -minus +plus")]
    [InlineData("( { [ ] } )")]
    [InlineData("text : \"\" words")]
    [InlineData("' OR 1=1 --")]
    [InlineData("\0 \u0001 🦊 ***")]
    [InlineData("\"\"\"\"\"")]
    [InlineData("   ")]
    public async Task SearchAsync_HostileText_IsOnlyText(string text)
    {
        if (!HasFullText)
        {
            return;
        }

        await FillAsync(Record("file:///1", "plain words", 1));
        (await ByTextAsync(text)).Count.ShouldBeInRange(0, 1);
        (await ByTextAsync(text + " plain")).Single().Uri.ShouldBe("file:///1");
        if (HasHybrid)
        {
            (await Sink.SearchAsync(new SearchQuery(text, new DenseEmbedding(Vector(1)), SearchMode.Hybrid, 5), None)).Single().Uri.ShouldBe("file:///1");
        }
    }

    [Fact]
    public async Task SearchAsync_QuotedPhrase_MatchesInThatOrderOnly()
    {
        if (!HasFullText || !UnderstandsQuestions)
        {
            return;
        }

        await FillAsync(Record("file:///1", "back pressure flows upstream", 1), Record("file:///2", "pressure on the back", 2));
        (await ByTextAsync("\"back pressure\"")).Single().Uri.ShouldBe("file:///1");
        (await ByTextAsync("back pressure")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task SearchAsync_AccentsAndCase_DoNotMatter()
    {
        if (!HasFullText || !UnderstandsQuestions)
        {
            return;
        }

        await FillAsync(Record("file:///1", "Über den Gebrauch des CAFÉS", 1));
        (await ByTextAsync("uber")).Count.ShouldBe(1);
        (await ByTextAsync("cafés")).Count.ShouldBe(1);
    }
}
