using Sluice.Hosting.Cli.Text;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Tests.Cli;

public sealed class TextTests
{
    public static TheoryData<string, Place, string> PlacesOfPieces => new()
    {
        { "file:///home/me/docs/a%20b.md", new(0, 1) { Line = 12 }, "docs/a b.md:12" },
        { "file:///home/me/docs/a.pdf", new(0, 1) { Page = 12 }, "docs/a.pdf p. 12" },
        { "file:///home/me/t.csv", new(0, 1) { Row = 7, Line = 9 }, "t.csv:9" },
        { "file:///home/me/t.xlsx", new(0, 1) { Row = 7, Part = "Sheet 1" }, "t.xlsx [Sheet 1] row 7" },
        { "file:///home/me/a.html", new(0, 1) { Anchor = "SEC-1", Line = 3 }, "a.html#SEC-1" },
        { "file:///home/meyer/a.txt", new(0, 1), "/home/meyer/a.txt" },
        { "https://host/a?b=c", new(0, 1) { Anchor = "x" }, "https://host/a?b=c#x" },
        { "s3://bucket/a%20b", new(0, 1), "s3://bucket/a%20b" },
        { "stdin:", new(0, 1) { Line = 1 }, "stdin::1" },
        { "file:///home/me/evil%1B%5B2Jname", new(0, 1), "evil[2Jname" },
    };

    [Theory]
    [MemberData(nameof(PlacesOfPieces))]
    public void OfPiece_Place_IsWhatAPersonCanOpen(string uri, Place place, string expected) =>
        Places.OfPiece(uri, place, "/home/me").ShouldBe(expected);

    [Fact]
    public void OneLine_ControlCharacters_AreTakenOut() =>
        TextLayout.OneLine(" a\n\tb\u001b[31mred\u202e \u0007c ").ShouldBe("a b[31mred c");

    [Theory]
    [InlineData("one two three", 7, "one two|three")]
    [InlineData("", 7, "")]
    [InlineData("abcdefghij", 4, "abcd|efgh|ij")]
    [InlineData("日本語のテキスト", 6, "日本語|のテキ|スト")]
    [InlineData("a\nb", 7, "a|b")]
    [InlineData("😀😀😀", 4, "😀😀|😀")]
    public void Wrap_Text_BreaksWhereItMust(string text, int width, string lines) =>
        TextLayout.Wrap(text, width).ShouldBe(lines.Split('|'));

    [Fact]
    public void Wrap_AnyWidth_KeepsEveryLetter()
    {
        const string text = "The quick é́ brown 日本 fox 😀 jumps";
        for (var width = 1; width < 40; width++)
        {
            string.Concat(TextLayout.Wrap(text, width)).Replace(" ", "", StringComparison.Ordinal).ShouldBe(text.Replace(" ", "", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Window_LongText_ShowsTheWords()
    {
        var text = string.Concat(Enumerable.Repeat("filler words go on ", 50)) + "here the buffer is bounded in bytes " + string.Concat(Enumerable.Repeat("and on it goes ", 50));

        var window = Snippets.Window(text, Snippets.WordsOf("which buffers are bounded?"), 120);

        window.ShouldContain("buffer is bounded");
        window.ShouldStartWith("… ");
        window.ShouldEndWith(" …");
        window.Length.ShouldBeLessThanOrEqualTo(124);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void Window_AnyLength_NeverCutsASurrogatePair(int length)
    {
        var text = string.Concat(Enumerable.Repeat("😀", 40));
        var window = Snippets.Window(text, [], length);
        window.EnumerateRunes().Any(static rune => rune.Value == 0xfffd).ShouldBeFalse();
    }

    [Fact]
    public void Highlight_Words_AndTheirEndings_AreMarked()
    {
        var words = Snippets.WordsOf("how is memory kept indexed");

        Snippets.Highlight("Memory of indexes, kept; is memo", words, new(true))
            .ShouldBe("\u001b[1;33mMemory\u001b[0m of \u001b[1;33mindexes\u001b[0m, \u001b[1;33mkept\u001b[0m; is \u001b[1;33mmemo\u001b[0m");
        Snippets.Highlight("Memory", words, new(false)).ShouldBe("Memory");
    }

    [Fact]
    public void Line_Accounting_HasEveryReasonLargestFirst()
    {
        var accounting = new Accounting(1234, 1200, 4, new Dictionary<string, long> { ["empty"] = 2, ["binary"] = 20 }, new Dictionary<string, long> { ["corrupt"] = 1 }, 7);

        AccountingText.Line(accounting).ShouldBe("discovered 1,234 = indexed 1,200 + unchanged 4 + skipped 22 (binary 20, empty 2) + dead 1 (corrupt 1) + pending 7");
        AccountingText.Line(new(0, 0, 0, new Dictionary<string, long>(), new Dictionary<string, long>(), 0)).ShouldBe("discovered 0 = indexed 0 + unchanged 0 + skipped 0 + dead 0");
    }
}
