using System.Text.RegularExpressions;
using Sluice.Actors.Sinks;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Tests.Sinks;

public sealed class HitFilterTests
{
    private static readonly string[] s_uris =
    [
        "file:///a.md", "file:///docs/a.md", "file:///docs/b/c/a.md", "file:///docs/a%20b/x_y.md", "file:///%C3%BCber/100%25.txt", "https://example.org/docs/a.md?x=1#y",
        "s3://bucket/key's/\"quoted\".md", "file:///docs/back%5Cslash/%F0%9F%A6%8A.md", "file:///docs/%7Btemplate%7D/a.md",
    ];

    private static readonly string[] s_globs =
    [
        "*.md", "docs/*.md", "**/a.md", "docs/**", "docs/**/a.md", "**", "./docs/*", "/docs/a.md", "/**/x_y.md", "docs/", "a b/*", "über/*", "ü?er/*", "file:///docs/*",
        "file:///docs/a b/*", "file:///docs/a%20b/*", "file:///über/**", "https://example.org/**", "example.org/docs/*", "?.md", "**/100%.txt", "*'s/*", "**/\"quoted\".md", "back\\slash/*",
        "**/🦊.md", "**/??.md", "{template}/*", "s3://bucket/**",
    ];

    private static SearchQuery Query(string? glob, params (string Key, string Value)[] metadata) => new("x", null, SearchMode.FullText, 5)
    {
        UriGlob = glob,
        Metadata = metadata.ToDictionary(static pair => pair.Key, static pair => pair.Value, StringComparer.Ordinal),
    };

    private static SearchHit Hit(string uri, Dictionary<string, string>? metadata = null) => new(new ChunkId(Guid.NewGuid()), uri, "text", new Place(0, 4), 1) { Metadata = metadata };

    [Fact]
    public void Pattern_EveryGlobAndUri_MatchesAllThatTheGlobDoes()
    {
        var matches = 0;
        foreach (var glob in s_globs)
        {
            var filter = new HitFilter(Query(glob));
            var like = new Regex($"^{Regex.Escape(filter.Pattern('%')).Replace("%", ".*", StringComparison.Ordinal).Replace("_", ".", StringComparison.Ordinal)}$", RegexOptions.Singleline | RegexOptions.NonBacktracking);
            foreach (var uri in s_uris.Where(uri => new UriGlob(glob).IsMatch(uri)))
            {
                var (authority, path) = UriGlob.Split(uri);
                like.IsMatch(filter.IsWhole ? uri : authority + path).ShouldBeTrue($"{glob} against {uri}: {filter.Pattern('%')}");
                matches++;
            }

            filter.Pattern('%').ShouldNotContain('"');
            filter.Pattern('%').ShouldNotContain('\\');
        }

        matches.ShouldBeGreaterThan(40);
    }

    [Fact]
    public void Accept_GlobAndMetadata_DecidesExactly()
    {
        var accept = new HitFilter(Query("docs/*.md", ("kind", "rare"))).Accept(null)!;
        accept(Hit("file:///docs/a.md", new() { ["kind"] = "rare", ["x"] = "1" })).ShouldBeTrue();
        accept(Hit("file:///docs/b/a.md", new() { ["kind"] = "rare" })).ShouldBeFalse();
        accept(Hit("file:///docs/a.md", new() { ["kind"] = "Rare" })).ShouldBeFalse();
        accept(Hit("file:///docs/a.md")).ShouldBeFalse();
        new HitFilter(Query(null)).Accept(null).ShouldBeNull();
        new HitFilter(Query(null)).Accept(static hit => hit.Score > 2)!(Hit("file:///a")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("kind", "rare", "kind=rare")]
    [InlineData("Größe", "12 cm", "Größe=12 cm")]
    [InlineData("", "", "=")]
    public void MetadataTag_PlainPair_IsReadable(string key, string value, string expected) => MetadataTags.Create(key, value).ShouldBe(expected);

    [Theory]
    [InlineData("quote", "a \"b\"")]
    [InlineData("slash", "a\\b")]
    [InlineData("brace", "{a}")]
    [InlineData("control", "a\0b")]
    [InlineData("edge", "white ")]
    public void MetadataTag_WhatAFilterWouldHaveToEscape_IsAHashThatDiffers(string key, string value)
    {
        var tag = MetadataTags.Create(key, value);
        tag.ShouldStartWith($"#{key}=");
        tag.ShouldNotBe(MetadataTags.Create(key, value + "x"));
        tag.All(static character => char.IsAsciiLetterOrDigit(character) || character is '#' or '=').ShouldBeTrue();
    }

    [Fact]
    public void MetadataTag_HalfASurrogatePair_IsAHash() => MetadataTags.Create("half", "\ud83e").ShouldStartWith("#half=");

    [Fact]
    public void MetadataTag_LongPair_StaysWithinTheLimit() =>
        System.Text.Encoding.UTF8.GetByteCount(MetadataTags.Create(new string('ü', 400), new string('v', 10_000))).ShouldBeLessThanOrEqualTo(MetadataTags.MaxBytes);

    [Fact]
    public void FullTextTerms_PhraseAndWord_SearchAllWordsAndKeepHitsOfEither()
    {
        var terms = FullTextTerms.Read("\"Back-Pressure\" Café");
        terms.Words.ShouldBe("back pressure cafe");
        terms.Filter.ShouldNotBeNull();
        terms.Filter(Hit("file:///a") with { Text = "the back pressure" }).ShouldBeTrue();
        terms.Filter(Hit("file:///a") with { Text = "pressure back", Title = "Le CAFÉ" }).ShouldBeTrue();
        terms.Filter(Hit("file:///a") with { Text = "pressure on the back" }).ShouldBeFalse();
        FullTextTerms.Read("plain words").Filter.ShouldBeNull();
        FullTextTerms.Read("  ***  ").Words.ShouldBeEmpty();
    }
}
