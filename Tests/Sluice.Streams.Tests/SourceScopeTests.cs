using Sluice.Streams.Documents;

namespace Sluice.Streams.Tests;

public sealed class SourceScopeTests
{
    [Theory]
    [InlineData("file:///docs/", true)]
    [InlineData("file:///docs/a.txt", false)]
    [InlineData("s3://bucket/", true)]
    [InlineData("s3://bucket/a.pdf", false)]
    [InlineData("http://host/", false)]
    [InlineData("https://host/docs/", false)]
    [InlineData("https://host/docs", false)]
    [InlineData("stdin:", false)]
    [InlineData("stdin:/a.csv", false)]
    public void Parse_TextOfAnEarlierLedger_HasTheKindItsSourceHad(string text, bool isPrefix)
    {
        var scope = SourceScope.Parse(text);

        (scope.Uri, scope.IsPrefix).ShouldBe((text, isPrefix));
        scope.ToString().ShouldBe(text);
    }

    [Fact]
    public void ToString_EveryUriAndKind_IsReadBackAndTakenByNoOther()
    {
        string[] uris = ["file:///a", "file:///a/", "http://h/", "http://h/a", "https://h/a/", "s3://b/", "stdin:", "stdin:/", "prefix+http://h/", "exact+a", "exact+prefix+a/", "prefix+", "/"];
        var scopes = uris.Select(SourceScope.Exact).Concat(uris.Where(static uri => uri.EndsWith('/')).Select(SourceScope.Prefix)).ToList();

        scopes.ShouldAllBe(static scope => SourceScope.Parse(scope.ToString()) == scope);
        scopes.Select(static scope => scope.ToString()).ShouldBeUnique();
    }

    [Fact]
    public void Covers_AndOverlaps_TellAPageFromWhatLiesBelow()
    {
        var page = SourceScope.Exact("http://h/");
        var site = SourceScope.Prefix("http://h/");
        var below = SourceScope.Exact("http://h/a");

        (page.Covers("http://h/"), page.Covers("http://h/a")).ShouldBe((true, false));
        (site.Covers("http://h/"), site.Covers("http://h/a"), site.Covers("http://h")).ShouldBe((true, true, false));
        (page.Overlaps(below), below.Overlaps(page)).ShouldBe((false, false));
        (site.Overlaps(below), below.Overlaps(site), site.Overlaps(page)).ShouldBe((true, true, true));
        page.ShouldNotBe(site);
    }

    [Fact]
    public void Narrowest_ScopesWithinEachOther_IsTheInnermost()
    {
        SourceScope[] scopes = [SourceScope.Prefix("file:///a/"), SourceScope.Prefix("file:///a/b/"), SourceScope.Exact("file:///a/b/"), SourceScope.Exact("file:///a/b/c")];

        SourceScope.Narrowest(scopes, "file:///a/b/x").ShouldBe(scopes[1]);
        SourceScope.Narrowest(scopes, "file:///a/b/").ShouldBe(scopes[2]);
        SourceScope.Narrowest(scopes, "file:///a/b/c").ShouldBe(scopes[3]);
        SourceScope.Narrowest(scopes, "file:///z").ShouldBeNull();
    }

    [Fact]
    public void Prefix_WithoutASlash_IsRefused() => Should.Throw<ArgumentException>(() => SourceScope.Prefix("http://h"));
}
