using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;

namespace Sluice.Actors.Tests.Parsing.Epub;

public sealed class EpubParserTests
{
    [Fact]
    public async Task ParseAsync_Book_YieldsChaptersInSpineOrder()
    {
        var sections = await ContainerFormats.ReadAsync("a.epub", SampleDocuments.Epub());

        sections[0].Text.ShouldBe("On Canals");
        sections[0].Metadata!["author"].ShouldBe("Ada Example; Bo Sample");
        sections.Skip(1).Select(static section => (section.Text, section.Place.Part)).ShouldBe(
        [
            ("Digging", "OEBPS/one.xhtml"),
            ("Canals are dug by hand.", "OEBPS/one.xhtml"),
            ("Filling", "OEBPS/chapter two.xhtml"),
            ("Water is let in slowly.", "OEBPS/chapter two.xhtml"),
        ]);
        sections[^1].HeadingPath.ShouldBe(["Filling"]);
    }

    [Fact]
    public async Task ParseAsync_CoverWithoutText_IsPassedOver()
    {
        var sections = await ContainerFormats.ReadAsync("a.epub", SampleDocuments.Epub("T", [("cover.xhtml", "<html><body><img/></body></html>"), ("c.xhtml", "<p>text</p>")]));

        sections.Texts(SectionKind.Paragraph).ShouldBe(["text"]);
    }

    [Fact]
    public async Task ParseAsync_ObfuscatedFontsOnly_IsRead()
    {
        var sections = await ContainerFormats.ReadAsync("a.epub", SampleDocuments.Epub(
            "T",
            [("c.xhtml", "<p>text</p>")],
            ("META-INF/encryption.xml", "<encryption xmlns:e='http://www.w3.org/2001/04/xmlenc#'><e:EncryptedData><e:EncryptionMethod Algorithm='http://www.idpf.org/2008/embedding'/></e:EncryptedData></encryption>")));

        sections.Texts(SectionKind.Paragraph).ShouldBe(["text"]);
    }

    [Fact]
    public async Task ParseAsync_MissingChapter_NamesIt()
    {
        var bytes = TestKit.Hostile.HostileContainers.WithoutPart(SampleDocuments.Epub(), "OEBPS/one.xhtml");

        var rejection = await ContainerFormats.RejectAsync("a.epub", bytes);

        rejection.Reason.ShouldBe(Reasons.Corrupt);
        rejection.Message.ShouldContain("OEBPS/one.xhtml");
    }

    [Fact]
    public async Task ParseAsync_OnlyPictures_IsEmpty() =>
        (await ContainerFormats.RejectAsync("a.epub", SampleDocuments.Epub("T", [("c.xhtml", "<img/>")]))).Reason.ShouldBe(Reasons.Empty);
}
