using Sluice.TestKit.Models;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Fonts.Standard14Fonts;
using UglyToad.PdfPig.Writer;

namespace Sluice.TestKit.Documents;

public static partial class SampleDocuments
{
    /// <summary>A piece of text on a page: at <c>X</c>, <c>Y</c> from the lower left corner of an A4 page, in points.</summary>
    public sealed record PdfText(double X, double Y, string Text, double Size = 10, bool Bold = false, bool Mono = false);

    /// <summary>A PDF of the given pages.</summary>
    public static byte[] Pdf(string? title, params IEnumerable<PdfText>[] pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        using var builder = new PdfDocumentBuilder();
        builder.DocumentInformation.Title = title;
        var plain = builder.AddStandard14Font(Standard14Font.Helvetica);
        var bold = builder.AddStandard14Font(Standard14Font.HelveticaBold);
        var mono = builder.AddStandard14Font(Standard14Font.Courier);
        foreach (var texts in pages)
        {
            var page = builder.AddPage(PageSize.A4);
            foreach (var text in texts)
            {
                page.AddText(text.Text, text.Size, new PdfPoint(text.X, text.Y), text.Bold ? bold : text.Mono ? mono : plain);
            }
        }

        return builder.Build();
    }

    /// <summary>A PDF of one page.</summary>
    public static byte[] Pdf() => Pdf("Weirs", [new PdfText(72, 760, "About weirs", 18), .. PdfLines(72, 720, "A weir raises the level of a river so that", "boats can pass and mills can turn.")]);

    /// <summary>Lines below each other, 12 points apart.</summary>
    public static IEnumerable<PdfText> PdfLines(double x, double y, params string[] lines) => lines.Select((line, index) => new PdfText(x, y - (12 * index), line));

    /// <summary>A PDF of pages that are filled with one of <see cref="VisualModels.Colours"/>, or white, with a line of text.</summary>
    public static byte[] ColouredPdf(IEnumerable<(string? Colour, string Text)> pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        using var builder = new PdfDocumentBuilder();
        var font = builder.AddStandard14Font(Standard14Font.Helvetica);
        foreach (var (colour, text) in pages)
        {
            var page = builder.AddPage(PageSize.A4);
            if (colour is not null)
            {
                var channels = Array.ConvertAll(VisualModels.Colours[colour], static channel => channel > 0 ? (byte)255 : (byte)0);
                page.SetTextAndFillColor(channels[0], channels[1], channels[2]);
                page.SetStrokeColor(channels[0], channels[1], channels[2]);
                page.DrawRectangle(new PdfPoint(0, 0), 595, 842, fill: true);
                page.SetTextAndFillColor(0, 0, 0);
            }

            page.AddText(text, 12, new PdfPoint(72, 760), font);
        }

        return builder.Build();
    }
}
