using System.IO.Compression;
using System.Text;
using Sluice.TestKit.Documents;

namespace Sluice.TestKit.Hostile;

/// <summary>Small documents that refer to one thing over and over, so that reading them takes memory or hours out of all proportion. All are made in memory.</summary>
public static class AmplifyingFiles
{
    private const string Relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    private const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string Sheets = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    /// <summary>A workbook whose every sheet is the same part.</summary>
    /// <param name="sheets">How often it is listed.</param>
    public static byte[] SameSheet(int sheets) => Workbook(
        string.Concat(Enumerable.Range(0, sheets).Select(static index => $"<sheet name='s{index}' r:id='r1'/>")),
        string.Concat(Enumerable.Range(0, 20_000).Select(static row => $"<row><c><v>{row}</v></c><c t='inlineStr'><is><t>word {row}</t></is></c></row>")),
        "");

    /// <summary>A workbook whose every cell is the same long string.</summary>
    /// <param name="rows">Rows, of two cells each.</param>
    public static byte[] SameString(int rows) => Workbook(
        "<sheet name='s' r:id='r1'/>",
        string.Concat(Enumerable.Repeat("<row><c t='s'><v>0</v></c><c t='s'><v>0</v></c></row>", rows)),
        string.Concat(Enumerable.Repeat("word ", 6000)));

    /// <summary>A presentation whose every slide is the same part.</summary>
    /// <param name="slides">How often it is listed.</param>
    public static byte[] SameSlide(int slides) => SampleDocuments.Zip(
        ("[Content_Types].xml", "<Types/>"),
        ("_rels/.rels", Relation("officeDocument", "ppt/presentation.xml")),
        ("ppt/presentation.xml", $"<p:presentation xmlns:p='p' xmlns:r='{Office}'><p:sldIdLst>{string.Concat(Enumerable.Repeat("<p:sldId r:id='r1'/>", slides))}</p:sldIdLst></p:presentation>"),
        ("ppt/_rels/presentation.xml.rels", Relation("slide", "slides/slide1.xml")),
        ("ppt/slides/slide1.xml", "<p:sld xmlns:p='p' xmlns:a='a'><p:cSld><p:spTree>"
            + string.Concat(Enumerable.Repeat("<p:sp><p:txBody><a:p><a:r><a:t>word of it</a:t></a:r></a:p></p:txBody></p:sp>", 10_000)) + "</p:spTree></p:cSld></p:sld>"));

    /// <summary>A Word document that refers to the same long footnote over and over.</summary>
    /// <param name="references">How often.</param>
    public static byte[] SameNote(int references)
    {
        const string Word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
        return SampleDocuments.Zip(
            ("[Content_Types].xml", "<Types/>"),
            ("_rels/.rels", Relation("officeDocument", "word/document.xml")),
            ("word/_rels/document.xml.rels", Relation("footnotes", "footnotes.xml")),
            ("word/footnotes.xml", $"<w:footnotes xmlns:w='{Word}'><w:footnote w:id='2'><w:p><w:r><w:t>{string.Concat(Enumerable.Repeat("word ", 6000))}</w:t></w:r></w:p></w:footnote></w:footnotes>"),
            ("word/document.xml", $"<w:document xmlns:w='{Word}'><w:body>"
                + string.Concat(Enumerable.Repeat("<w:p><w:r><w:t>See</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>", references)) + "</w:body></w:document>"));
    }

    /// <summary>A PDF whose every page has the same content.</summary>
    /// <param name="content">The content; packed by deflate.</param>
    /// <param name="pages">How many pages.</param>
    public static byte[] SamePage(byte[] content, int pages)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(content);
        }

        var frame = RawPdf.Frame([3, .. Enumerable.Range(7, pages - 1)]);
        return RawPdf.Make(
            [frame[0], frame[1], RawPdf.Page(6), frame[2], RawPdf.Form("", 5), RawPdf.Stream(packed.ToArray(), "/Filter/FlateDecode"),
            .. Enumerable.Repeat(RawPdf.Page(6), pages - 1)]);
    }

    /// <summary>A page of formatting that is never closed, and so is opened again in every paragraph.</summary>
    /// <param name="open">Elements left open; no two alike, since a parser keeps three of those.</param>
    /// <param name="paragraphs">Paragraphs after them.</param>
    public static byte[] OpenFormatting(int open, int paragraphs) => Encoding.UTF8.GetBytes(
        "<html><body><p>" + string.Concat(Enumerable.Range(0, open).Select(static index => $"<b id=b{index}>")) + "start</p>"
        + string.Concat(Enumerable.Repeat("<p>x</p>", paragraphs)));

    private static byte[] Workbook(string sheets, string rows, string text) => SampleDocuments.Zip(
        ("[Content_Types].xml", "<Types/>"),
        ("_rels/.rels", Relation("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", $"<workbook xmlns='{Sheets}' xmlns:r='{Office}'><sheets>{sheets}</sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels", Relation("worksheet", "worksheets/sheet1.xml", "sharedStrings", "sharedStrings.xml")),
        ("xl/sharedStrings.xml", $"<sst xmlns='{Sheets}'><si><t>{text}</t></si></sst>"),
        ("xl/worksheets/sheet1.xml", $"<worksheet xmlns='{Sheets}'><sheetData>{rows}</sheetData></worksheet>"));

    private static string Relation(params string[] kindsAndTargets) =>
        $"<Relationships xmlns='{Relations}'>"
        + string.Concat(kindsAndTargets.Chunk(2).Select(static (pair, index) => $"<Relationship Id='r{index + 1}' Type='{Office}/{pair[0]}' Target='{pair[1]}'/>"))
        + "</Relationships>";
}
