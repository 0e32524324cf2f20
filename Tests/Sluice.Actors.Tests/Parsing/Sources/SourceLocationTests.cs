using Sluice.Actors.Parsing.Sources;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Parsing.Sources;

public sealed class SourceLocationTests
{
    [Theory]
    [InlineData("docs", SourceKind.File, "/srv/docs", "file:///srv/docs")]
    [InlineData("docs/", SourceKind.File, "/srv/docs", "file:///srv/docs")]
    [InlineData("../a/./b", SourceKind.File, "/a/b", "file:///a/b")]
    [InlineData("/a b/ü#?%41", SourceKind.File, "/a b/ü#?%41", "file:///a%20b/%C3%BC%23%3F%2541")]
    [InlineData("notes:2024.txt", SourceKind.File, "/srv/notes:2024.txt", "file:///srv/notes:2024.txt")]
    [InlineData("./s3:/x", SourceKind.File, "/srv/s3:/x", "file:///srv/s3:/x")]
    [InlineData("/a\\b", SourceKind.File, "/a\\b", "file:///a%5Cb")]
    [InlineData("file:///a%20b/%252e", SourceKind.File, "/a b/%2e", "file:///a%20b/%252e")]
    [InlineData("FILE://localhost/a/%2e%2e/b", SourceKind.File, "/b", "file:///b")]
    [InlineData("-", SourceKind.StandardInput, "-", "stdin:")]
    [InlineData("HTTP://Host:80", SourceKind.Http, "http://host/", "http://host/")]
    [InlineData("https://host/a?b=1#part", SourceKind.Http, "https://host/a?b=1", "https://host/a?b=1")]
    [InlineData("https://host/a/../b/%41%7e%c3%a4", SourceKind.Http, "https://host/b/A~%C3%A4", "https://host/b/A~%C3%A4")]
    [InlineData("https://bücher.example/ä", SourceKind.Http, "https://xn--bcher-kva.example/%C3%A4", "https://xn--bcher-kva.example/%C3%A4")]
    [InlineData("http://[::1]:8080/x", SourceKind.Http, "http://[::1]:8080/x", "http://[::1]:8080/x")]
    [InlineData("http://0x7f.1/", SourceKind.Http, "http://127.0.0.1/", "http://127.0.0.1/")]
    [InlineData("https://host/group%2Fproject", SourceKind.Http, "https://host/group%2Fproject", "https://host/group%2Fproject")]
    [InlineData("s3://bucket", SourceKind.S3Prefix, "s3://bucket/", "s3://bucket/")]
    [InlineData("s3://Bucket/docs", SourceKind.S3Prefix, "s3://Bucket/docs/", "s3://Bucket/docs/")]
    [InlineData("S3://bucket/a b.pdf", SourceKind.S3Object, "s3://bucket/a%20b.pdf", "s3://bucket/a%20b.pdf")]
    public void Parse_Location_IsCanonical_AndItsTextsAreReadAsTheSame(string text, SourceKind kind, string canonical, string uri)
    {
        var location = SourceLocation.Parse(text, "/srv");

        (location.Kind, location.Text, location.Uri).ShouldBe((kind, canonical, uri));
        SourceLocation.Parse(location.Text, "/elsewhere").ShouldBe(location);
        if (kind != SourceKind.StandardInput)
        {
            SourceLocation.ParseAbsolute(location.Text).ShouldBe(location);
            SourceLocation.ParseAbsolute(location.Uri).ShouldBe(location);
        }
    }

    [Theory]
    [InlineData("https:\\\\docs.example.com/guide#/../../etc/passwd", "backslash")]
    [InlineData("http:\\\\1.2.3.4/x/../../etc", "backslash")]
    [InlineData("https:/\\host/x", "backslash")]
    [InlineData("s3:\\\\bucket/docs/#/../../etc", "backslash")]
    [InlineData("file:\\\\/etc/passwd", "backslash")]
    [InlineData("file:///docs\\..\\..\\etc", "backslash")]
    [InlineData("https:/host/x", "write https://")]
    [InlineData("https:host", "write https://")]
    [InlineData("s3:/bucket/x", "write s3://")]
    [InlineData("file:/etc/passwd", "file:///absolute/path")]
    [InlineData("file:etc", "file:///absolute/path")]
    [InlineData("gopher:/x", "reads no gopher://")]
    [InlineData("c:\\docs", "reads no c://")]
    [InlineData("ｈttp://host/", "reads no")]
    [InlineData(" https://host/", "reads no")]
    [InlineData("https://host/ ", "white space")]
    [InlineData("https://", "is not a URL")]
    [InlineData("https:///x", "is not a URL")]
    [InlineData("https://?x", "is not a URL")]
    [InlineData("https://ho%73t/", "is not a URL")]
    [InlineData("https://host:99999/", "is not a URL")]
    [InlineData("https://u@host/", "user name")]
    [InlineData("https://host/a/..%2f..%2fetc", "hides")]
    [InlineData("https://host/a/..%5c..%5cetc", "hides")]
    [InlineData("https://host/a/%252e%252e/etc", "hides")]
    [InlineData("https://host/a/..;x/etc", "hides")]
    [InlineData("https://host/a/．．/etc", "hides")]
    [InlineData("https://host/a/%00", "hides")]
    [InlineData("https://host/%zz", "hides")]
    [InlineData("https://host/a\0b", "control")]
    [InlineData("/docs\n", "control")]
    [InlineData("file:///a%00b", "control")]
    [InlineData("file:///a%0Ab", "control")]
    [InlineData("file:///a?b", "%3F")]
    [InlineData("file:///a#b", "%23")]
    [InlineData("s3://bucket/a#b", "%23")]
    [InlineData("s3://bucket/a/../b", "..")]
    [InlineData("s3://bucket/a/%2e%2e/b", "..")]
    [InlineData("s3://../b", "s3://bucket/prefix/")]
    [InlineData("s3://user@bucket/b", "s3://bucket/prefix/")]
    [InlineData("s3://bucket:80/b", "s3://bucket/prefix/")]
    public void Parse_WhatOthersCouldReadDifferently_IsRefusedWithWords(string text, string words) =>
        Should.Throw<ConfigurationException>(() => SourceLocation.Parse(text, "/srv")).Message.ShouldContain(words);

    [Theory]
    [InlineData("docs")]
    [InlineData("./docs")]
    [InlineData("-")]
    [InlineData("")]
    [InlineData(null)]
    public void TryParseAbsolute_RelativePathOrStandardInput_IsRefused(string? text) =>
        SourceLocation.TryParseAbsolute(text, out _, out var problem).ShouldBeFalse(problem);

    [Fact]
    public void Scopes_AndBelow_TellAPageFromWhatLiesBelow()
    {
        SourceLocation.ParseAbsolute("https://h/").Scopes.ShouldBe([SourceScope.Exact("https://h/")]);
        SourceLocation.ParseAbsolute("https://h/").Below.ShouldBe([SourceScope.Exact("https://h/"), SourceScope.Prefix("https://h/")]);
        SourceLocation.ParseAbsolute("https://h/a?b").Below.ShouldBe([SourceScope.Exact("https://h/a?b")]);
        SourceLocation.ParseAbsolute("s3://b/docs").Scopes.ShouldBe([SourceScope.Prefix("s3://b/docs/")]);
        SourceLocation.ParseAbsolute("/a").MayHold("file:///a/b").ShouldBeTrue();
        SourceLocation.ParseAbsolute("/a").MayHold("file:///ab").ShouldBeFalse();
        SourceLocation.ParseAbsolute("https://h/a").MayHold("https://h/a/b").ShouldBeFalse();
    }
}
