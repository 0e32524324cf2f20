using System.Text;

namespace Sluice.TestKit.Hostile;

/// <summary>Writes PDFs by hand, object by object, with a right cross-reference table: what is wrong in them is wrong on purpose.</summary>
public static class RawPdf
{
    /// <summary>Writes a document. Objects are numbered from 1; the first is the catalog.</summary>
    public static byte[] Make(params byte[][] objects)
    {
        ArgumentNullException.ThrowIfNull(objects);
        var stream = new MemoryStream();
        var table = new StringBuilder($"xref\n0 {objects.Length + 1}\n0000000000 65535 f \n");
        stream.Write("%PDF-1.4\n"u8);
        for (var index = 0; index < objects.Length; index++)
        {
            table.Append(System.Globalization.CultureInfo.InvariantCulture, $"{stream.Position:D10} 00000 n \n");
            stream.Write(Text($"{index + 1} 0 obj"));
            stream.Write(objects[index]);
            stream.Write(" endobj\n"u8);
        }

        table.Append(System.Globalization.CultureInfo.InvariantCulture, $"trailer<</Root 1 0 R/Size {objects.Length + 1}>>\nstartxref\n{stream.Position}\n%%EOF\n");
        stream.Write(Text(table.ToString()));
        return stream.ToArray();
    }

    /// <summary>An object as it is to stand in the file.</summary>
    public static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    /// <summary>A stream object.</summary>
    public static byte[] Stream(byte[] content, string entries = "")
    {
        ArgumentNullException.ThrowIfNull(content);
        return [.. Text($"<</Length {content.Length}{entries}>>stream\n"), .. content, .. "\nendstream"u8];
    }

    /// <summary>A page whose content is object <paramref name="content"/>, with font 4 as F1 and object <paramref name="form"/> as X.</summary>
    public static byte[] Page(int content, int form = 5) =>
        Text($"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents {content} 0 R/Resources<</Font<</F1 4 0 R>>/XObject<</X {form} 0 R>>>>>>");

    /// <summary>A form that may draw object <paramref name="next"/> as X.</summary>
    public static byte[] Form(string content, int next) =>
        Stream(Text(content), $"/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</Font<</F1 4 0 R>>/XObject<</X {next} 0 R>>>>");

    /// <summary>The catalog, the list of pages and the font: objects 1, 2 and, after the first page, 4.</summary>
    public static byte[][] Frame(params int[] pages) =>
    [
        Text("<</Type/Catalog/Pages 2 0 R>>"),
        Text($"<</Type/Pages/Kids[{string.Join(' ', pages.Select(static page => $"{page} 0 R"))}]/Count {pages.Length}>>"),
        Text("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"),
    ];
}
