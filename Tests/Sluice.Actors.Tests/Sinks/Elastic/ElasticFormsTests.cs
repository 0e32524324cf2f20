using System.Text.RegularExpressions;
using Sluice.Actors.Sinks;
using Sluice.Actors.Sinks.Elastic;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Tests.Sinks.Elastic;

public sealed class ElasticFormsTests
{
    [Theory]
    [InlineData("", "%")]
    [InlineData("plain", "plain")]
    [InlineData("a.b", "a.b")]
    [InlineData(".a", "%2Ea")]
    [InlineData("a.", "a%2E")]
    [InlineData("a..b", "a%2E%2Eb")]
    [InlineData("100%", "100%25")]
    [InlineData("a\0b*", "a%00b%2A")]
    [InlineData("%", "%25")]
    [InlineData("Grüße 🦊", "Grüße 🦊")]
    public void MetadataKeys_AnyKey_BecomesALegalNameAndComesBack(string key, string name)
    {
        MetadataKeys.Encode(key).ShouldBe(name);
        MetadataKeys.Decode(name).ShouldBe(key);
    }

    [Theory]
    [InlineData("docs/*.md")]
    [InlineData("**/far/*.md")]
    [InlineData("file:///far/*")]
    [InlineData("/a b/(x)[y]{z}+^$|.md")]
    [InlineData("x\"y#z@w&v~<u>/**")]
    [InlineData("example.org/**")]
    [InlineData("a?c/")]
    [InlineData("tab\there")]
    public void LuceneRegex_AnyGlob_MatchesWhatTheGlobDoes(string glob)
    {
        var parsed = new UriGlob(glob);
        var regex = new Regex($"^(?:{LuceneRegex.Translate(parsed)})$", RegexOptions.Singleline, TimeSpan.FromSeconds(1));
        string[] paths =
        [
            "/docs/a.md", "/x/docs/a.md", "/docs/x/a.md", "/xdocs/a.md", "/far/2.md", "/a/far/2.md", "/a b/(x)[y]{z}+^$|.md", "x\"y#z@w&v~<u>/1", "/x\"y#z@w&v~<u>/1/2", "/abc/d", "/ac/d", "/tab\there",
            "/r/example.org/q", "file:///far/2.md", "file:///near/2.md",
        ];
        foreach (var path in paths)
        {
            regex.IsMatch(path).ShouldBe(new Regex(parsed.Pattern, RegexOptions.Singleline, TimeSpan.FromSeconds(1)).IsMatch(path), path);
        }
    }

    [Fact]
    public void MeanVector_RowsThatCancelOut_IsTheFirst()
    {
        var mean = new float[2];
        MeanVector.Compute(new MultiVectorEmbedding(new[] { 1f, 0f, -1f, 0f }, 2, 2), mean);
        mean.ShouldBe([1f, 0f]);
        MeanVector.Compute(new MultiVectorEmbedding(new[] { 3f, 0f, 0f, 3f }, 2, 2), mean);
        mean.ShouldBe([MathF.Sqrt(0.5f), MathF.Sqrt(0.5f)], 1e-6);
    }

    [Fact]
    public void UnitRows_OfUnitLength_AreLeftAlone()
    {
        var unit = new MultiVectorEmbedding(new[] { 0.6f, 0.8f, 1f, 0f }, 2, 2);
        UnitRows.Of(unit).ShouldBeSameAs(unit);
        UnitRows.Norms(new MultiVectorEmbedding(new[] { 3f, 4f, 1f, 0f }, 2, 2)).ShouldBe([5f, 1f]);
    }

    [Theory]
    [InlineData("""{"took":1,"errors":false,"items":[{"index":{"status":201}}]}""", 1, 0)]
    [InlineData("""{"errors":true,"items":[{"index":{"status":201}},{"delete":{"status":404}}]}""", 2, 1)]
    [InlineData("""{"items":[{"index":{"error":{"type":"t","reason":"r","caused_by":{"reason":"why"}},"status":400}}],"errors":true}""", 1, 1)]
    public void BulkAnswer_Forms_AreRead(string answer, int count, int failures) =>
        BulkAnswer.ReadFailures(System.Text.Encoding.UTF8.GetBytes(answer), count).Count.ShouldBe(failures);
}
