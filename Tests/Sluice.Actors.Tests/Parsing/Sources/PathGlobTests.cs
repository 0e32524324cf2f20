using Sluice.Actors.Parsing.Sources;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Parsing.Sources;

public sealed class PathGlobTests
{
    [Theory]
    [InlineData("*.md", "a.md", true)]
    [InlineData("*.md", "deep/er/a.md", true)]
    [InlineData("*.md", "a.MD", false)]
    [InlineData("/a.md", "a.md", true)]
    [InlineData("/a.md", "x/a.md", false)]
    [InlineData("./docs/a.md", "docs/a.md", true)]
    [InlineData("docs/*.md", "docs/a.md", true)]
    [InlineData("docs/*.md", "docs/b/a.md", false)]
    [InlineData("docs/**", "docs/b/a.md", true)]
    [InlineData("docs/", "x/docs/b/a.md", true)]
    [InlineData("docs/", "docs", true)]
    [InlineData("**/b/**/*.md", "a/b/c/d/e.md", true)]
    [InlineData("**/b/**/*.md", "b/e.md", true)]
    [InlineData("**/b/**/*.md", "a/c/e.md", false)]
    [InlineData("?.txt", "é.txt", true)]
    [InlineData("?.txt", "😀.txt", true)]
    [InlineData("?.txt", "ab.txt", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[!a-c]x", "bx", false)]
    [InlineData("[!a-c]x", "dx", true)]
    [InlineData("*.{md,t{xt,ex}}", "a.tex", true)]
    [InlineData("*.{md,t{xt,ex}}", "a.tar", false)]
    [InlineData("a\\*b", "a*b", true)]
    [InlineData("a\\*b", "axb", false)]
    [InlineData("\\[", "[", true)]
    [InlineData("[{]a", "{a", true)]
    public void Matches_Path_AsAUserWouldExpect(string glob, string path, bool expected) =>
        new PathGlob(glob).Matches(path).ShouldBe(expected);

    [Fact]
    public void Matches_ManyStars_TakesNoExponentialTime()
    {
        var glob = new PathGlob(string.Concat(Enumerable.Repeat("**/*a*/", 40)) + "b");
        glob.Matches(string.Join("/", Enumerable.Repeat(new string('a', 200), 200))).ShouldBeFalse();
    }

    [Fact]
    public void New_BadGlob_SaysSo()
    {
        Should.Throw<ConfigurationException>(() => new PathGlob(" ")).Message.ShouldContain("is empty");
        Should.Throw<ConfigurationException>(() => new PathGlob(string.Concat(Enumerable.Repeat("{a,b}", 10)))).Message.ShouldContain("more than 256 alternatives");
        foreach (var (glob, closing) in new[] { ("[", "]"), ("a/[b/c]", "]"), ("[]", "]"), ("**/{a", "}"), ("{a,{b}", "}") })
        {
            Should.Throw<ConfigurationException>(() => new PathGlob(glob)).Message.ShouldStartWith($"the glob '{glob}' opens a ");
            Should.Throw<ConfigurationException>(() => new PathGlob(glob)).Message.ShouldContain($"that no {closing} closes");
        }
    }
}
