using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Sluice.TestKit.Hostile;

/// <summary>PDFs of under a kilobyte, or little more, that end, hang or bloat the process that parses them. Never to be parsed in a test's own process.</summary>
public static class LethalPdfs
{
    private const string Hello = "BT /F1 12 Tf 20 200 Td (hello) Tj ET";

    /// <summary>What each of them does.</summary>
    public enum Harm
    {
        /// <summary>It ends the process: a stack that overflows.</summary>
        Crash,

        /// <summary>It takes all the memory there is.</summary>
        Bloat,

        /// <summary>It never ends.</summary>
        Hang,
    }

    /// <summary>All of them.</summary>
    public static IReadOnlyDictionary<string, (byte[] Bytes, Harm Harm)> All { get; } = new Dictionary<string, (byte[] Bytes, Harm Harm)>(StringComparer.Ordinal)
    {
        ["outline-its-own-child.pdf"] = (Document("/Outlines 6 0 R", "<</First 7 0 R/Last 7 0 R/Count 1>>", "<</Title(a)/Next 7 0 R/First 7 0 R/Dest[3 0 R/Fit]>>"), Harm.Crash),
        ["names-their-own-kids.pdf"] = (Document("/Outlines 6 0 R/Names<</Dests 8 0 R>>", "<</First 7 0 R/Count 1>>", "<</Title(a)/Dest(x)>>", "<</Kids[8 0 R 8 0 R]/Limits[(a)(z)]>>"), Harm.Crash),
        ["outline-of-60000-levels.pdf"] = (DeepOutline(60_000), Harm.Crash),
        ["xref-of-negative-width.pdf"] = (NegativeWidth(), Harm.Crash),
        ["widths-of-2000000000-glyphs.pdf"] = (WideFont(), Harm.Bloat),
        ["xref-of-2000000000-entries.pdf"] = (ManyEntries(), Harm.Bloat),
        ["predictor-of-minus-one-column.pdf"] = (NegativeColumns(), Harm.Hang),
    };

    private static byte[] Document(string catalog, params string[] more) => RawPdf.Make(
    [
        RawPdf.Text($"<</Type/Catalog/Pages 2 0 R{catalog}>>"),
        RawPdf.Text("<</Type/Pages/Kids[3 0 R]/Count 1>>"),
        RawPdf.Text("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"),
        RawPdf.Stream(RawPdf.Text(Hello)),
        RawPdf.Text("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"),
        .. more.Select(RawPdf.Text),
    ]);

    private static byte[] DeepOutline(int levels)
    {
        var items = new string[levels + 1];
        items[0] = "<</First 7 0 R/Last 7 0 R/Count 1>>";
        for (var level = 1; level <= levels; level++)
        {
            var child = level < levels ? string.Create(CultureInfo.InvariantCulture, $"/First {level + 7} 0 R/Last {level + 7} 0 R/Count 1") : "";
            items[level] = $"<</Title(a)/Dest[3 0 R/Fit]{child}>>";
        }

        return Document("/Outlines 6 0 R", items);
    }

    private static byte[] WideFont() => RawPdf.Make(
        RawPdf.Text("<</Type/Catalog/Pages 2 0 R>>"),
        RawPdf.Text("<</Type/Pages/Kids[3 0 R]/Count 1>>"),
        RawPdf.Text("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"),
        RawPdf.Stream(RawPdf.Text("BT /F1 12 Tf 20 200 Td <00410042> Tj ET")),
        RawPdf.Text("<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>"),
        RawPdf.Text("<</Type/Font/Subtype/CIDFontType2/BaseFont/A/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/W[0 2000000000 500]>>"),
        RawPdf.Stream(RawPdf.Text("/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <0000><FFFF> endcodespacerange  endcmap end end")));

    private static byte[] NegativeColumns()
    {
        var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write("some text"u8);
        }

        return RawPdf.Make(
            RawPdf.Text("<</Type/Catalog/Pages 2 0 R>>"),
            RawPdf.Text("<</Type/Pages/Kids[3 0 R]/Count 1>>"),
            RawPdf.Text("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"),
            RawPdf.Stream(packed.ToArray(), "/Filter/FlateDecode/DecodeParms<</Predictor 2/Columns -1/Colors 0>>"),
            RawPdf.Text("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"));
    }

    /// <summary>With a cross-reference stream whose second column is of minus four bytes.</summary>
    private static byte[] NegativeWidth() => WithTable("/W [1 -4 2]/Index [0 6]");

    /// <summary>With a cross-reference stream that says to have two thousand million entries.</summary>
    private static byte[] ManyEntries() => WithTable("/W [1 4 2]/Index [0 2000000000]");

    /// <summary>With a cross-reference stream in place of the table.</summary>
    private static byte[] WithTable(string entries)
    {
        var document = Document("");
        var text = Encoding.Latin1.GetString(document);
        var table = text.LastIndexOf("xref\n0 ", StringComparison.Ordinal);
        var stream = new MemoryStream();
        stream.Write(document.AsSpan(0, table));
        stream.Write(RawPdf.Text("6 0 obj"));
        stream.Write(RawPdf.Stream(new byte[42], $"/Type/XRef{entries}/Size 6/Root 1 0 R"));
        stream.Write(RawPdf.Text(string.Create(CultureInfo.InvariantCulture, $" endobj\nstartxref\n{table}\n%%EOF\n")));
        return stream.ToArray();
    }
}
