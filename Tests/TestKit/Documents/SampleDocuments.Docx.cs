using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Wordprocessing;

namespace Sluice.TestKit.Documents;

/// <summary>Documents of every container format, made on the spot.</summary>
public static partial class SampleDocuments
{
    /// <summary>A Word document whose body is what <paramref name="fill"/> puts in it.</summary>
    public static byte[] Docx(Action<Body> fill, string? title = null, Action<MainDocumentPart>? parts = null)
    {
        ArgumentNullException.ThrowIfNull(fill);
        var stream = new MemoryStream();
        using (var document = WordprocessingDocument.Create(stream, WordprocessingDocumentType.Document))
        {
            var main = document.AddMainDocumentPart();
            var body = new Body();
            main.Document = new Document(body);
            fill(body);
            parts?.Invoke(main);
            if (title is not null)
            {
                document.PackageProperties.Title = title;
                document.PackageProperties.Creator = "Ada Example";
            }
        }

        return stream.ToArray();
    }

    /// <summary>A Word document of a title, headings, paragraphs, a list and a table.</summary>
    public static byte[] Docx() => Docx(
        body =>
        {
            body.Append(WordHeading("Rivers", 0), WordParagraph("A river runs to the sea."), WordHeading("Locks", 1), WordParagraph("A lock lifts boats between levels."));
            body.Append(WordItem("Close the lower gate"), WordItem("Open the upper sluice"));
            body.Append(WordTable(["Name", "Length"], ["Rhine", "1230 km"], ["Danube", "2850 km"]));
        },
        "Waterways");

    /// <summary>A paragraph.</summary>
    public static Paragraph WordParagraph(string text) => new(new Run(new Text(text) { Space = SpaceProcessingModeValues.Preserve }));

    /// <summary>A paragraph with an outline level from 0.</summary>
    public static Paragraph WordHeading(string text, int outline) => new(new ParagraphProperties(new OutlineLevel { Val = outline }), new Run(new Text(text)));

    /// <summary>An item of a list.</summary>
    public static Paragraph WordItem(string text) => new(
        new ParagraphProperties(new NumberingProperties(new NumberingLevelReference { Val = 0 }, new NumberingId { Val = 1 })), new Run(new Text(text)));

    /// <summary>A table.</summary>
    public static Table WordTable(params string[][] rows) =>
        new(rows.Select(row => new TableRow(row.Select(cell => new TableCell(WordParagraph(cell))))));
}
