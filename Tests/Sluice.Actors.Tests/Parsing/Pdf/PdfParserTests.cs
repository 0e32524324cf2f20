using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Pdf;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;
using static Sluice.TestKit.Documents.SampleDocuments;

namespace Sluice.Actors.Tests.Parsing.Pdf;

public sealed class PdfParserTests
{
    [Fact]
    public async Task ParseAsync_Page_YieldsTitleHeadingAndParagraph()
    {
        var sections = await ContainerFormats.ReadAsync("a.pdf", SampleDocuments.Pdf());

        sections[0].Text.ShouldBe("Weirs");
        sections.Texts(SectionKind.Heading).ShouldBe(["About weirs"]);
        sections.Texts(SectionKind.Paragraph).ShouldBe(["A weir raises the level of a river so that boats can pass and mills can turn."]);
        sections[^1].Place.Page.ShouldBe(1);
        sections[^1].HeadingPath.ShouldBe(["About weirs"]);
    }

    [Fact]
    public async Task ParseAsync_TwoColumns_ReadsTheLeftOneFirst()
    {
        var left = Enumerable.Range(1, 20).Select(static line => $"left column line {line} of the text").ToArray();
        var right = Enumerable.Range(1, 20).Select(static line => $"right column line {line} of the text").ToArray();
        var rows = PdfLines(72, 700, left).Zip(PdfLines(320, 697, right)).SelectMany(static pair => new[] { pair.First, pair.Second });

        var sections = await ContainerFormats.ReadAsync("a.pdf", SampleDocuments.Pdf(null,
            [new PdfText(72, 740, "A title that goes across both of the columns of this page", 16), .. rows, new PdfText(72, 430, "A footnote that goes across both of the columns below them, and a bit more.")]));

        var text = string.Join(' ', sections.Skip(1).Select(static section => section.Text));
        text.ShouldStartWith("A title that goes across");
        text.ShouldContain("left column line 19 of the text left column line 20 of the text");
        text.ShouldContain("right column line 1 of the text right column line 2 of the text");
        text.IndexOf("right column line 1 ", StringComparison.Ordinal).ShouldBeGreaterThan(text.IndexOf("left column line 20 ", StringComparison.Ordinal));
        text.ShouldEndWith("a bit more.");
    }

    [Fact]
    public async Task ParseAsync_TableOnOneColumn_IsReadRowByRow()
    {
        var rows = Enumerable.Range(0, 8).SelectMany(static row => new[] { new PdfText(72, 700 - (14 * row), $"name{row}"), new PdfText(250, 700 - (14 * row), $"{row}00"), new PdfText(420, 700 - (14 * row), $"unit{row}") });

        var sections = await ContainerFormats.ReadAsync("a.pdf", SampleDocuments.Pdf(null, rows));

        string.Join(' ', sections.Select(static section => section.Text)).ShouldContain("name0 000 unit0 name1 100 unit1");
    }

    [Fact]
    public async Task ParseAsync_RunningTitlesAndPageNumbers_AreLeftOut()
    {
        var pages = Enumerable.Range(1, 12).Select(static page => (IEnumerable<PdfText>)
        [
            new PdfText(72, 810, page % 2 == 0 ? "The Book of Weirs" : $"Chapter {(page / 6) + 1}: Gates"),
            .. PdfLines(72, 760, $"Page text number {page * 7} begins here", "and goes on to the end of this line."),
            new PdfText(290, 30, $"{page + 4}"),
        ]).ToArray();

        var sections = await ContainerFormats.ReadAsync("a.pdf", SampleDocuments.Pdf(null, pages));

        sections.Skip(1).Select(static section => (section.Text, section.Place.Page)).ShouldBe(
            Enumerable.Range(1, 12).Select(static page => ($"Page text number {page * 7} begins here and goes on to the end of this line.", (int?)page)));
    }

    [Fact]
    public async Task ParseAsync_HyphenAndLigature_GiveWholeWords()
    {
        var sections = await ContainerFormats.ReadAsync("a.pdf", SampleDocuments.Pdf(null, PdfLines(72, 700, "The navigation of the water-", "ways is open; the gate-keeper is well-", "Known.")));

        sections[^1].Text.ShouldBe("The navigation of the waterways is open; the gate-keeper is well- Known.");
        PdfCharacters.Clean("e\ufb03cient \ufb02ow\u0007").ShouldBe("efficient flow");
    }

    [Fact]
    public async Task ParseAsync_Listing_IsCodeWithItsLines()
    {
        var sections = await ContainerFormats.ReadAsync("a.pdf", SampleDocuments.Pdf(null,
        [
            .. PdfLines(72, 700, "Some words before the listing that fill the whole line of the page.", "And more."),
            new PdfText(72, 660, "for gate in gates:", Mono: true),
            new PdfText(96, 648, "gate.close()", Mono: true),
        ]));

        sections.Texts(SectionKind.Code).ShouldBe(["for gate in gates:\n    gate.close()"]);
    }

    [Fact]
    public async Task ParseAsync_NoText_SaysItIsProbablyScanned()
    {
        var rejection = await ContainerFormats.RejectAsync("scan.pdf", SampleDocuments.Pdf(null, [], []));

        rejection.Reason.ShouldBe(Reasons.Empty);
        rejection.Message.ShouldContain("scanned");
    }

    [Fact]
    public async Task ParseAsync_BrokenPage_KeepsTheOthersAndSaysWhich()
    {
        var sections = await ContainerFormats.ReadAsync("a.pdf", TestKit.Hostile.HostileContainers.BrokenPagePdf());

        sections[0].Metadata!["unreadable-pages"].ShouldBe("2");
        sections.Skip(1).Select(static section => (section.Text, section.Place.Page)).ShouldBe([("First page", 1), ("Third page", 3)]);
        sections[^1].Metadata!["unreadable-pages"].ShouldBe("2");
    }

    [Fact]
    public async Task ParseAsync_Cancelled_Ends()
    {
        using var cancellation = new CancellationTokenSource();
        await using var input = new ParseInput("file:///a.pdf", "a.pdf", "", new MemoryStream(SampleDocuments.Pdf(null, [.. Enumerable.Range(0, 30).Select(static page => PdfLines(72, 700, $"page {page}"))])), new ParsingOptions());

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var section in new PdfParser().ParseAsync(input, cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });
    }

    [Fact]
    public void Join_RightToLeftLine_IsInLogicalOrder()
    {
        List<PdfWord> words = [Word("12"), Word("\u05de\u05d9\u05dd"), Word("\u05e9\u05e2\u05e8")];

        RightToLeft.Join(words).ShouldBe("\u05e9\u05e2\u05e8 \u05de\u05d9\u05dd 12");

        static PdfWord Word(string text) => new(text, 0, 1, 0, 10, false, false);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(4, false)]
    public void AtMost_LzwData_CountsWhatItBecomes(int limitMegabytes, bool expected)
    {
        // Codes that each repeat the string before and one byte more, 9 to 12 bits wide, then the table cleared: 3,838 codes make 7 MB.
        var bits = new List<bool>();
        var width = 9;
        var next = 258;
        Put(256);
        Put(65);
        for (var code = 258; code < 4095; code++)
        {
            Put(code);
            next++;
            width = next >= 2047 ? 12 : next >= 1023 ? 11 : next >= 511 ? 10 : 9;
        }

        var bytes = bits.Chunk(8).Select(static eight => (byte)eight.Select(static (bit, index) => bit ? 128 >> index : 0).Sum()).ToArray();

        LzwLength.AtMost(bytes, (long)limitMegabytes << 20).ShouldBe(expected);

        void Put(int code)
        {
            for (var bit = width - 1; bit >= 0; bit--)
            {
                bits.Add((code >> bit & 1) == 1);
            }
        }
    }
}
