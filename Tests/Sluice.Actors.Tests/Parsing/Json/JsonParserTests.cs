using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Parsing.Json;

public sealed class JsonParserTests
{
    [Fact]
    public async Task ParseAsync_ArrayOfRecords_IsARecordASection()
    {
        var sections = await Parse.TextAsync("""
            [ {"name":"Ada","born":1815,"tags":["a","b"],"at":{"city":"London"}},
              {"name":"Alan","alive":false,"none":null} ]
            """, "a.json");

        sections.Shape().ShouldBe(["TableRow: name: Ada\nborn: 1815\ntags: a, b\nat.city: London", "TableRow: name: Alan\nalive: false"]);
        sections.Select(static section => (section.Place.Row, section.Place.Line)).ShouldBe([(1L, 1), (2L, 2)]);
    }

    [Fact]
    public async Task ParseAsync_Object_IsASectionAMember()
    {
        var sections = await Parse.TextAsync("""{"name":"x","version":"1","deps":{"a":"2"},"items":[{"k":"v"},{"k":"w"}],"list":["p","q"],"last":true}""", "a.json");

        sections.Shape().ShouldBe(
        [
            "TableRow: name: x\nversion: 1", "Heading: deps", "TableRow: a: 2", "Heading: items", "TableRow: k: v", "TableRow: k: w", "Heading: list", "TableRow: p\nq",
            "TableRow: last: true",
        ]);
        sections[4].Path().ShouldBe("items");
        sections[^1].Path().ShouldBeEmpty();
    }

    [Fact]
    public async Task ParseAsync_Truncated_YieldsWhatCameBeforeThenSaysWhere()
    {
        var seen = new List<string>();
        await using var content = new DocumentContent("file:///a.json", new MemoryStream("[{\"a\":\"one\"},\n{\"b\":\"tw"u8.ToArray()));
        var exception = await Should.ThrowAsync<DocumentRejectedException>(async () =>
        {
            await foreach (var section in new Sluice.Actors.Parsing.DocumentParsers(new(), TimeProvider.System).ParseAsync(content, CancellationToken.None))
            {
                seen.Add(section.Text);
            }
        });

        seen.ShouldBe(["a: one"]);
        exception.Rejection.Reason.ShouldBe(Reasons.Corrupt);
        exception.Message.ShouldContain("line 2");
    }

    [Fact]
    public async Task ParseAsync_HugeString_ComesInPieces()
    {
        var value = string.Concat(Enumerable.Range(0, 400_000).Select(static n => $"w{n}\\n"));
        var sections = await Parse.TextAsync($"[{{\"id\":7,\"value\":\"{value}\",\"after\":\"yes\"}}]", "a.json");

        var pieces = sections.Where(static section => section.Kind == SectionKind.Paragraph).ToList();
        string.Concat(pieces.Select(static section => section.Text)).ShouldBe(value.Replace("\\n", "\n", StringComparison.Ordinal));
        pieces.Skip(1).ShouldAllBe(static section => section.Continues);
        sections[0].Text.ShouldBe("id: 7");
        sections[^1].Text.ShouldBe("after: yes");
    }

    [Fact]
    public async Task ParseAsync_JsonLines_PrefersTheTextAndKeepsBrokenLines()
    {
        var sections = await Parse.TextAsync("""
            {"title":"One","text":"First.\n\nSecond.","lang":"en","id":1}
            {"title": broken

            {"word":"plain"}
            """, "a.jsonl");

        sections.Shape().ShouldBe(["Heading: One", "Paragraph: First.", "Paragraph: Second.", "Paragraph: {\"title\": broken", "TableRow: word: plain"]);
        sections[1].Path().ShouldBe("One");
        sections[1].Metadata.ShouldBe(new Dictionary<string, string>(StringComparer.Ordinal) { ["lang"] = "en", ["id"] = "1" }, ignoreOrder: true);
        sections.Select(static section => section.Place.Line).ShouldBe([1, 1, 1, 2, 4]);
        sections[^1].Path().ShouldBeEmpty();
    }

    [Fact]
    public async Task ParseAsync_EncodedImage_IsLeftOut() =>
        (await Parse.TextAsync("{\"image\":\"" + new string('A', 5_000) + "\"}", "a.json")).Single().Text.ShouldBe("image: [5,000 characters of encoded data]");
}
