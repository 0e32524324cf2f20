using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Wordprocessing;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;

namespace Sluice.Actors.Tests.Parsing.Office;

using Text = DocumentFormat.OpenXml.Wordprocessing.Text;

public sealed class DocxParserTests
{
    [Fact]
    public async Task ParseAsync_Document_YieldsTitleHeadingsListAndTable()
    {
        var sections = await ContainerFormats.ReadAsync("a.docx", SampleDocuments.Docx());

        sections[0].Kind.ShouldBe(SectionKind.Title);
        sections[0].Text.ShouldBe("Waterways");
        sections[0].Metadata!["author"].ShouldBe("Ada Example");
        sections.Texts(SectionKind.Heading).ShouldBe(["Rivers", "Locks"]);
        sections.Texts(SectionKind.Paragraph).ShouldBe(["A river runs to the sea.", "A lock lifts boats between levels."]);
        sections.Texts(SectionKind.ListItem).ShouldBe(["Close the lower gate", "Open the upper sluice"]);
        var row = sections.Last();
        row.Kind.ShouldBe(SectionKind.TableRow);
        row.Text.ShouldBe("Danube | 2850 km");
        row.TableHeader.ShouldBe("Name | Length");
        row.HeadingPath.ShouldBe(["Rivers", "Locks"]);
        row.Place.Row.ShouldBe(3);
    }

    [Fact]
    public async Task ParseAsync_LocalizedStyle_IsHeadingThroughBasedOn()
    {
        var bytes = SampleDocuments.Docx(
            body => body.Append(
                new Paragraph(new ParagraphProperties(new ParagraphStyleId { Val = "Mein" }), new Run(new Text("Einleitung"))),
                SampleDocuments.WordParagraph("Text.")),
            parts: main => main.AddNewPart<StyleDefinitionsPart>().Styles = new Styles(
                new Style(new StyleName { Val = "Eigene" }, new BasedOn { Val = "berschrift2" }) { Type = StyleValues.Paragraph, StyleId = "Mein" },
                new Style(new StyleName { Val = "Überschrift 2" }, new StyleParagraphProperties(new OutlineLevel { Val = 1 })) { Type = StyleValues.Paragraph, StyleId = "berschrift2" }));

        var sections = await ContainerFormats.ReadAsync("a.docx", bytes);

        sections.Texts(SectionKind.Heading).ShouldBe(["Einleitung"]);
        sections[^1].HeadingPath.ShouldBe(["Einleitung"]);
    }

    [Fact]
    public async Task ParseAsync_Revisions_KeepsInsertedAndDropsDeleted()
    {
        var bytes = SampleDocuments.Docx(body => body.Append(new Paragraph(
            new Run(new Text("The gate is ") { Space = SpaceProcessingModeValues.Preserve }),
            new DeletedRun(new Run(new DeletedText("open"))) { Id = "1", Author = "a" },
            new InsertedRun(new Run(new Text("shut"))) { Id = "2", Author = "a" },
            new Hyperlink(new Run(new Text(", see the plan") { Space = SpaceProcessingModeValues.Preserve })))));

        var sections = await ContainerFormats.ReadAsync("a.docx", bytes);

        sections.Texts(SectionKind.Paragraph).ShouldBe(["The gate is shut, see the plan"]);
    }

    [Fact]
    public async Task ParseAsync_TextBoxAndFootnote_AppearOnce()
    {
        const string Box = """
            <mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">
              <mc:Choice Requires="wps"><w:txbxContent><w:p><w:r><w:t>Boxed words</w:t></w:r></w:p></w:txbxContent></mc:Choice>
              <mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>Boxed words</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback>
            </mc:AlternateContent>
            """;
        var bytes = SampleDocuments.Docx(
            body => body.Append(new Paragraph(new Run(new Text("Host")), new Run(new FootnoteReference { Id = 2 })), SampleDocuments.WordParagraph("BOX")),
            parts: main => main.AddNewPart<FootnotesPart>().Footnotes = new Footnotes(
                new Footnote(SampleDocuments.WordParagraph("separator")) { Id = 0, Type = FootnoteEndnoteValues.Separator },
                new Footnote(SampleDocuments.WordParagraph("A note on hosts.")) { Id = 2 }));
        string xml;
        using (var zip = new System.IO.Compression.ZipArchive(new MemoryStream(bytes)))
        using (var reader = new StreamReader(zip.GetEntry("word/document.xml")!.Open()))
        {
            xml = await reader.ReadToEndAsync();
        }

        bytes = TestKit.Hostile.HostileContainers.WithPart(bytes, "word/document.xml", xml.Replace("<w:t xml:space=\"preserve\">BOX</w:t>", Box, StringComparison.Ordinal));

        var sections = await ContainerFormats.ReadAsync("a.docx", bytes);

        sections.Texts(SectionKind.Paragraph).ShouldBe(["Host", "A note on hosts.", "Boxed words"]);
    }

    [Fact]
    public async Task ParseAsync_ParagraphLongerThanSection_IsCutAndContinues()
    {
        var text = string.Join(' ', Enumerable.Range(0, 20_000));
        var bytes = SampleDocuments.Docx(body => body.Append(SampleDocuments.WordParagraph(text)));

        var sections = await ContainerFormats.ReadAsync("a.docx", bytes);

        string.Concat(sections.Select(static section => section.Text.Replace(" ", "", StringComparison.Ordinal))).ShouldBe(text.Replace(" ", "", StringComparison.Ordinal));
        sections[0].Continues.ShouldBeFalse();
        sections.Skip(1).ShouldAllBe(section => section.Continues);
    }

    [Fact]
    public async Task ParseAsync_NoText_IsEmpty()
    {
        var rejection = await ContainerFormats.RejectAsync("a.docx", SampleDocuments.Docx(static _ => { }));

        rejection.Reason.ShouldBe(Reasons.Empty);
    }

    [Fact]
    public async Task ParseAsync_MissingBody_NamesThePart()
    {
        var rejection = await ContainerFormats.RejectAsync("a.docx", TestKit.Hostile.HostileContainers.WithoutPart(SampleDocuments.Docx(), "word/document.xml"));

        rejection.Message.ShouldContain("word/document.xml");
    }

    [Fact]
    public async Task ParseAsync_NestedTable_ReadsItIntoTheCell()
    {
        var inner = SampleDocuments.WordTable(["in 1", "in 2"]);
        var bytes = SampleDocuments.Docx(body => body.Append(new Table(
            new TableRow(new TableCell(SampleDocuments.WordParagraph("Outer")), new TableCell(inner, SampleDocuments.WordParagraph("after"))),
            new TableRow(new TableCell(SampleDocuments.WordParagraph("1")), new TableCell(SampleDocuments.WordParagraph("2"))))));

        var sections = await ContainerFormats.ReadAsync("a.docx", bytes);

        sections.Single().TableHeader.ShouldBe("Outer | in 1 in 2 after");
    }
}
