using Sluice.Actors.Sinks;

namespace Sluice.Actors.Tests.Sinks;

public sealed class UriGlobTests
{
    [Theory]
    [InlineData("docs/*.md", "file:///home/me/docs/a.md", true)]
    [InlineData("docs/*.md", "file:///home/me/docs/sub/a.md", false)]
    [InlineData("docs/*.md", "file:///home/me/mydocs/a.md", false)]
    [InlineData("docs/**", "file:///home/me/docs/sub/a.md", true)]
    [InlineData("docs/", "file:///home/me/docs/sub/a.md", true)]
    [InlineData("./docs/*.md", "file:///home/me/docs/a.md", true)]
    [InlineData("docs/**/a.md", "file:///home/me/docs/a.md", true)]
    [InlineData("docs/**/a.md", "file:///home/me/docs/x/y/a.md", true)]
    [InlineData("**/x.html", "file:///x.html", true)]
    [InlineData("**/x.html", "file:///a/b/x.html", true)]
    [InlineData("x.html", "file:///a/b/x.html", true)]
    [InlineData("x.html", "file:///a/b/xx.html", false)]
    [InlineData("*.html", "file:///a/b/x.html.gz", false)]
    [InlineData("?.html", "file:///a/b/x.html", true)]
    [InlineData("?.html", "file:///a/b/.html", false)]
    [InlineData("a b/*.md", "file:///x/a%20b/c.md", true)]
    [InlineData("Ü*.md", "file:///x/%C3%9Cber.md", true)]
    [InlineData("/home/**", "file:///home/me/a.md", true)]
    [InlineData("/me/**", "file:///home/me/a.md", false)]
    [InlineData("file:///home/**", "file:///home/me/a.md", true)]
    [InlineData("file:///home/*", "file:///home/me/a.md", false)]
    [InlineData("https://example.org/**", "https://example.org/a?b=c", true)]
    [InlineData("example.org/**", "https://example.org/a/b", true)]
    [InlineData("a.html", "https://example.org/a.html?x=1#y", true)]
    [InlineData("**", "stdin:", true)]
    [InlineData("s3://bucket/*.csv", "s3://bucket/a.csv", true)]
    [InlineData("a.md", "file:///A.md", false)]
    [InlineData("a+(b).md", "file:///a+(b).md", true)]
    [InlineData("a[1].md", "file:///a[1].md", true)]
    public void IsMatch_Glob_MatchesAsPeopleMeanIt(string glob, string uri, bool expected) => new UriGlob(glob).IsMatch(uri).ShouldBe(expected);

    [Fact]
    public void IsMatch_ManyStarsOverALongPath_EndsQuickly()
    {
        var glob = new UriGlob(string.Concat(Enumerable.Repeat("*a", 40)) + "b");
        glob.IsMatch("file:///" + new string('a', 20_000)).ShouldBeFalse();
    }
}
