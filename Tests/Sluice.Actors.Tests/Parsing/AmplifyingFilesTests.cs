using System.Text;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Html;
using Sluice.Streams.Failures;
using Sluice.TestKit.Hostile;

namespace Sluice.Actors.Tests.Parsing;

public sealed class AmplifyingFilesTests
{
    [Fact]
    public async Task ParseAsync_SheetListedAThousandTimes_IsABombThatNamesTheSetting() =>
        Check(await ContainerFormats.RejectAsync("sheets.xlsx", AmplifyingFiles.SameSheet(1000)), "max-expansion-ratio");

    [Fact]
    public async Task ParseAsync_StringInEveryCell_IsABombThatNamesTheSetting() =>
        Check(await ContainerFormats.RejectAsync("strings.xlsx", AmplifyingFiles.SameString(10_000)), "max-expansion-ratio");

    [Fact]
    public async Task ParseAsync_SlideShownAThousandTimes_IsABombThatNamesTheSetting() =>
        Check(await ContainerFormats.RejectAsync("slides.pptx", AmplifyingFiles.SameSlide(1000)), "max-expansion-ratio");

    [Fact]
    public async Task ParseAsync_NoteReferredToTenThousandTimes_IsABombThatNamesTheSetting() =>
        Check(await ContainerFormats.RejectAsync("notes.docx", AmplifyingFiles.SameNote(10_000)), "max-expansion-ratio");

    [Fact]
    public async Task ParseAsync_PartsSharedAFewTimes_AreReadEachTime()
    {
        (await ContainerFormats.ReadAsync("sheets.xlsx", AmplifyingFiles.SameSheet(2))).Count(static section => section.Text.Contains("word 19999", StringComparison.Ordinal)).ShouldBe(2);
        (await ContainerFormats.ReadAsync("strings.xlsx", AmplifyingFiles.SameString(3))).ShouldNotBeEmpty();
        (await ContainerFormats.ReadAsync("slides.pptx", AmplifyingFiles.SameSlide(2))).Max(static section => section.Place.Page).ShouldBe(2);
        (await ContainerFormats.ReadAsync("notes.docx", AmplifyingFiles.SameNote(3))).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task ParseAsync_PagesThatShareAStream_AreCountedEachTime()
    {
        var bytes = AmplifyingFiles.SamePage([.. Encoding.ASCII.GetBytes("BT /F1 12 Tf 20 20 Td (some text) Tj ET "), .. new byte[1 << 20]], 100);
        var options = new ParsingOptions { MaxExpandedBytes = 20 << 20 };

        Check(await ContainerFormats.RejectAsync("pages.pdf", bytes, options), "max-expanded-bytes");
        (await ContainerFormats.ReadAsync("pages.pdf", AmplifyingFiles.SamePage(Encoding.ASCII.GetBytes("BT /F1 12 Tf 20 20 Td (some text) Tj ET"), 100), options)).ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("(", "a", 1_200_000, ") Tj", "letters")]
    [InlineData("<", "61", 1_200_000, "> Tj", "letters")]
    [InlineData("", "q Q ", 9_000_000, "", "bytes of content")]
    public async Task ParseAsync_PageThatInflatesToContent_IsABombBeforeItIsLaidOut(string before, string repeated, int times, string after, string expected)
    {
        var content = Encoding.ASCII.GetBytes($"BT /F1 12 Tf {before}{string.Concat(Enumerable.Repeat(repeated, times))}{after} ET");
        var bytes = AmplifyingFiles.SamePage(content, 1);

        bytes.Length.ShouldBeLessThan(200_000);
        Check(await ContainerFormats.RejectAsync("page.pdf", bytes), expected);
    }

    [Fact]
    public void Parse_FormattingLeftOpen_CountsWhatItAdds()
    {
        var html = Encoding.UTF8.GetString(AmplifyingFiles.OpenFormatting(200, 2000));
        var options = new ParsingOptions { MaxElements = 20_000 };

        Check(Should.Throw<DocumentRejectedException>(() => HtmlPageParser.Parse(html, options, CancellationToken.None)).Rejection, "sluice.parsing.max-elements");
        using var page = HtmlPageParser.Parse(Encoding.UTF8.GetString(AmplifyingFiles.OpenFormatting(3, 2000)), options, CancellationToken.None);
        page.Body!.TextContent.ShouldStartWith("start");
    }

    [Fact]
    public void Parse_ElementsWithoutEnd_StopsAtTheLimit()
    {
        var options = new ParsingOptions { MaxElements = 1000 };

        HtmlPageParser.Parse(string.Concat(Enumerable.Repeat("<p>x", 900)), options, CancellationToken.None).Dispose();
        Check(
            Should.Throw<DocumentRejectedException>(() => HtmlPageParser.Parse(string.Concat(Enumerable.Repeat("<p>x", 1100)), options, CancellationToken.None)).Rejection,
            "1,000 elements");
    }

    private static void Check(Rejection rejection, string named)
    {
        rejection.Reason.ShouldBe(Reasons.Bomb, rejection.Message);
        rejection.Verdict.ShouldBe(Verdict.Dead);
        rejection.Message.ShouldContain(named);
        rejection.Message.Length.ShouldBeInRange(20, 400);
    }
}
