using SkiaSharp;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Fonts.Standard14Fonts;
using UglyToad.PdfPig.Writer;

namespace Sluice.TestKit.Documents;

public static partial class SampleDocuments
{
    /// <summary>A PDF whose A4 pages have a picture that fills them, text, both or neither.</summary>
    /// <param name="pages">JPEG (FF D8 …) or PNG, or null; text, or none.</param>
    public static byte[] Scans(params (byte[]? Picture, PdfText[] Texts)[] pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        using var builder = new PdfDocumentBuilder();
        var font = builder.AddStandard14Font(Standard14Font.Helvetica);
        foreach (var (picture, texts) in pages)
        {
            var page = builder.AddPage(PageSize.A4);
            var all = new PdfRectangle(0, 0, page.PageSize.Width, page.PageSize.Height);
            if (picture is [0xFF, ..])
            {
                page.AddJpeg(picture, all);
            }
            else if (picture is not null)
            {
                page.AddPng(picture, all);
            }

            foreach (var text in texts)
            {
                page.AddText(text.Text, text.Size, new PdfPoint(text.X, text.Y), font);
            }
        }

        return builder.Build();
    }

    /// <summary>An A4 page with paragraphs on it, as a scanner delivers it at 150 pixels an inch.</summary>
    public static byte[] Scan(params string[] paragraphs) => Scan(SKEncodedImageFormat.Jpeg, paragraphs);

    /// <summary>An A4 page with paragraphs on it, in a format.</summary>
    public static byte[] Scan(SKEncodedImageFormat format, params string[] paragraphs)
    {
        var (picture, _) = new WrittenPage { Dpi = 150, Size = 12, Noise = 8 }.Draw(paragraphs);
        using (picture)
        {
            return SampleImages.Encode(picture, format);
        }
    }
}
