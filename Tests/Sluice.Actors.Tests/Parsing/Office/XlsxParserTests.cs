using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Office;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;

namespace Sluice.Actors.Tests.Parsing.Office;

public sealed class XlsxParserTests
{
    [Fact]
    public async Task ParseAsync_Cells_AreWrittenAsAPersonReadsThem()
    {
        var sections = await ContainerFormats.ReadAsync("a.xlsx", SampleDocuments.Xlsx(("Gauges", false,
        [
            ["Place", "Day", "Share", "Read at", "Sum", "Ok"],
            ["Cologne", (45352.0, SampleDocuments.DateStyle), (0.125, SampleDocuments.PercentStyle), (45352.5625, SampleDocuments.DateTimeStyle), ("A1+A2", 0.30000000000000004), true],
            ["Passau", null, 3],
        ])));

        sections.Texts(SectionKind.Heading).ShouldBe(["Gauges"]);
        sections.Texts(SectionKind.TableRow).ShouldBe(["Cologne | 2024-03-01 | 12.5% | 2024-03-01 13:30 | 0.3 | TRUE", "Passau |  | 3"]);
        sections[^1].TableHeader.ShouldBe("Place | Day | Share | Read at | Sum | Ok");
        sections[^1].Place.Part.ShouldBe("Gauges");
        sections[^1].Place.Row.ShouldBe(3);
    }

    [Fact]
    public async Task ParseAsync_HiddenSheet_IsLeftOut()
    {
        var sections = await ContainerFormats.ReadAsync("a.xlsx", SampleDocuments.Xlsx(
            ("Shown", false, [["visible", 1]]),
            ("Secret", true, [["hidden", 2]]),
            ("Last", false, [["also visible", 3]])));

        sections.Texts(SectionKind.TableRow).ShouldBe(["visible | 1", "also visible | 3"]);
        sections[^1].HeadingPath.ShouldBe(["Last"]);
    }

    [Fact]
    public async Task ParseAsync_CaptionAboveTable_IsParagraph()
    {
        var sections = await ContainerFormats.ReadAsync("a.xlsx", SampleDocuments.Xlsx(("S", false, [["Levels of 2024"], [], ["Place", "Level"], ["Cologne", 3]])));

        sections.Texts(SectionKind.Paragraph).ShouldBe(["Levels of 2024"]);
        sections[^1].TableHeader.ShouldBe("Place | Level");
        sections[^1].Place.Row.ShouldBe(4);
    }

    [Fact]
    public void Find_MoreTextThanIsHeld_ReadsItBackFromTheFile()
    {
        using var buffer = new SpillBuffer(100);
        for (var index = 0; index < 50; index++)
        {
            buffer.Append([(byte)index, (byte)(index + 1), (byte)(index + 2)]);
        }

        var read = new byte[3];
        foreach (var index in new[] { 49, 0, 33, 34, 32 })
        {
            buffer.Read(index * 3, read);
            read.ShouldBe([(byte)index, (byte)(index + 1), (byte)(index + 2)]);
        }

        buffer.Length.ShouldBe(150);
    }

    [Theory]
    [InlineData("0", 0, "0")]
    [InlineData("1E+20", 0, "1E+20")]
    [InlineData("-2.5", 0, "-2.5")]
    [InlineData("1234567890123", 0, "1234567890123")]
    [InlineData("0.1", 0, "0.1")]
    [InlineData("61", 1, "1900-03-01")]
    [InlineData("59", 1, "1900-02-28")]
    [InlineData("0.75", 1, "18:00:00")]
    [InlineData("99999999", 1, "99999999")]
    [InlineData("text", 1, "text")]
    public void Show_Number_IsReadable(string raw, int style, string shown)
    {
        using var stream = new MemoryStream("<styleSheet><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></styleSheet>"u8.ToArray());
        using var xml = new Sluice.Actors.Parsing.Zip.XmlPart(stream, "styles.xml", new ParsingOptions(), CancellationToken.None);

        NumberFormats.Read(xml).Show(raw, style).ShouldBe(shown);
    }

    [Fact]
    public async Task ParseAsync_OnlyHiddenSheets_IsEmpty() =>
        (await ContainerFormats.RejectAsync("a.xlsx", SampleDocuments.Xlsx(("S", true, [["x", "y"]])))).Reason.ShouldBe(Reasons.Empty);

    [Fact]
    public async Task ParseAsync_MissingSharedString_NamesTheCell() =>
        (await ContainerFormats.RejectAsync("a.xlsx", TestKit.Hostile.HostileContainers.BadSharedString())).Message.ShouldContain("A1");
}
