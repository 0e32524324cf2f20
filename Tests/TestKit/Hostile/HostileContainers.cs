using System.IO.Compression;
using System.Text;
using Sluice.TestKit.Documents;

namespace Sluice.TestKit.Hostile;

/// <summary>Container files that a parser must refuse, or live through: each with the reason it is to be refused with, or null where its text is to be found.</summary>
public static class HostileContainers
{
    /// <summary>A PDF that opens only with the password <c>secret</c>.</summary>
    private const string LockedPdfBase64 =
        "JVBERi0xLjYKJb/3ov4KMSAwIG9iago8PCAvUGFnZXMgMiAwIFIgL1R5cGUgL0NhdGFsb2cgPj4KZW5kb2JqCjIgMCBvYmoKPDwgL0NvdW50IDEgL0tpZHMgWyAzIDAgUiBdIC9UeXBlIC9QYWdlcy" +
        "A+PgplbmRvYmoKMyAwIG9iago8PCAvQ29udGVudHMgNCAwIFIgL01lZGlhQm94IFsgMCAwIDMwMCAzMDAgXSAvUGFyZW50IDIgMCBSIC9SZXNvdXJjZXMgPDwgL0ZvbnQgPDwgL0YxIDUgMCBSID4+" +
        "ID4+IC9UeXBlIC9QYWdlID4+CmVuZG9iago0IDAgb2JqCjw8IC9GaWx0ZXIgL0ZsYXRlRGVjb2RlIC9MZW5ndGggODAgPj4Kc3RyZWFtCmQlvfqqd/Ue56yNHSE9XP47j5aClBBAwVeJ/ZwOKr+nO0" +
        "+1VSrCrfbw7g5NK86vF23Oad3kW5b2zdOxgkFu8998CXEK4BxoLQrNphMTTeJMZW5kc3RyZWFtCmVuZG9iago1IDAgb2JqCjw8IC9CYXNlRm9udCAvSGVsdmV0aWNhIC9TdWJ0eXBlIC9UeXBlMSAv" +
        "VHlwZSAvRm9udCA+PgplbmRvYmoKNiAwIG9iago8PCAvQ0YgPDwgL1N0ZENGIDw8IC9BdXRoRXZlbnQgL0RvY09wZW4gL0NGTSAvQUVTVjIgL0xlbmd0aCAxNiA+PiA+PiAvRmlsdGVyIC9TdGFuZG" +
        "FyZCAvTGVuZ3RoIDEyOCAvTyA8MGU1MjI5MjVhM2U0ZTg3NGMzY2ZhY2JlZjUxMWE3M2FjNGVjMmJkODY1ZGNkM2Q0NjI3NjE0OTE3YWJmZDdlND4gL1AgLTQgL1IgNCAvU3RtRiAvU3RkQ0YgL1N0" +
        "ckYgL1N0ZENGIC9VIDxiNmYzOGI5NWM0ZGM1YTlmNWQ4NWMxMTg4M2YzNGFhNzAxMjI0NTZhOTFiYWU1MTM0MjczYTZkYjEzNGM4N2M0PiAvViA0ID4+CmVuZG9iagp4cmVmCjAgNwowMDAwMDAwMD" +
        "AwIDY1NTM1IGYgCjAwMDAwMDAwMTUgMDAwMDAgbiAKMDAwMDAwMDA2NCAwMDAwMCBuIAowMDAwMDAwMTIzIDAwMDAwIG4gCjAwMDAwMDAyNTEgMDAwMDAgbiAKMDAwMDAwMDQwMSAwMDAwMCBuIAow" +
        "MDAwMDAwNDcxIDAwMDAwIG4gCnRyYWlsZXIgPDwgL1Jvb3QgMSAwIFIgL1NpemUgNyAvSUQgWzxiY2ZmZmEwZTJlYzAxZDFmOGQ4MjI4NWMxOWRkNTJjZD48ZWZhZjg5M2Q4NWIzZjQ3YzEyMDY3Y2" +
        "U2NDFhNjAyNDE+XSAvRW5jcnlwdCA2IDAgUiA+PgpzdGFydHhyZWYKNzcwCiUlRU9GCg==";

    /// <summary>All of them: a file name, what makes the bytes, and the reason code expected.</summary>
    public static IEnumerable<(string FileName, Func<byte[]> Make, string? Reason)> All() =>
    [
        ("locked.pdf", static () => LockedPdf(), "encrypted"),
        ("truncated.pdf", static () => Truncated(SampleDocuments.Pdf(), 0.3), "corrupt"),
        ("scanned.pdf", static () => SampleDocuments.Pdf("Scan", [], []), "empty"),
        ("inflating.pdf", static () => InflatingPdf(), "bomb"),
        ("forms-bomb.pdf", FormsBombPdf, "bomb"),
        ("forms-in-turn.pdf", FormsInTurnPdf, "bomb"),
        ("broken-page.pdf", BrokenPagePdf, null),
        ("nested-forms.pdf", static () => SelfNestedPdf(), null),
        ("locked.docx", static () => LockedOffice(), "encrypted"),
        ("truncated.docx", static () => Truncated(SampleDocuments.Docx(), 0.7), "corrupt"),
        ("bomb.docx", static () => BombDocx(), "bomb"),
        ("deep.docx", static () => DeepDocx(), "bomb"),
        ("attribute.docx", static () => LongAttributeDocx(), "bomb"),
        ("entities.docx", static () => EntityDocx(), "corrupt"),
        ("no-body.docx", static () => WithoutPart(SampleDocuments.Docx(), "word/document.xml"), "corrupt"),
        ("wrong-types.docx", static () => WithPart(SampleDocuments.Docx(), "[Content_Types].xml", "<Types/>"), null),
        ("broken-xml.docx", static () => WithPart(SampleDocuments.Docx(), "word/document.xml", "<w:document xmlns:w='urn:w'><w:body><w:p>"), "corrupt"),
        ("many-entries.docx", static () => ManyEntries(70_000), "bomb"),
        ("no-slide.pptx", static () => WithoutPart(SampleDocuments.Pptx(), "ppt/slides/slide1.xml"), "corrupt"),
        ("truncated.pptx", static () => Truncated(SampleDocuments.Pptx(), 0.5), "corrupt"),
        ("bad-string.xlsx", static () => BadSharedString(), "corrupt"),
        ("damaged.xlsx", static () => DamagedData(SampleDocuments.Xlsx(("S", false, Enumerable.Range(0, 5000).Select(static i => new object?[] { "row " + i, i })))), "corrupt"),
        ("drm.epub", static () => DrmEpub(), "encrypted"),
        ("outside.epub", static () => OutsideEpub(), "corrupt"),
        ("empty-spine.epub", static () => SampleDocuments.Epub("Empty", []), "corrupt"),
        ("deep.eml", static () => DeepEml(400), "bomb"),
        ("parts.eml", static () => ManyPartsEml(), "bomb"),
        ("no-headers.eml", static () => [0, 1, 2, 3, 255, 254, 10, 10, 7], "corrupt"),
    ];

    /// <summary>A PDF that asks for a password.</summary>
    public static byte[] LockedPdf() => Convert.FromBase64String(LockedPdfBase64);

    /// <summary>The beginning of a file.</summary>
    public static byte[] Truncated(byte[] bytes, double share) => bytes.AsSpan(0, (int)(bytes.Length * share)).ToArray();

    /// <summary>A PDF whose only page inflates from 300 KB to 300 MB.</summary>
    public static byte[] InflatingPdf()
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var spaces = new byte[1 << 20];
            Array.Fill(spaces, (byte)' ');
            for (var written = 0; written < 300; written++)
            {
                zlib.Write(spaces);
            }
        }

        return OnePage(RawPdf.Stream(packed.ToArray(), "/Filter/FlateDecode"), RawPdf.Form("", 5));
    }

    /// <summary>A PDF whose form draws itself, and some text.</summary>
    public static byte[] SelfNestedPdf() => OnePage(RawPdf.Stream(RawPdf.Text("BT /F1 12 Tf 20 200 Td (A form that draws itself) Tj ET /X Do")), RawPdf.Form("/X Do /X Do", 5));

    /// <summary>A PDF of eight forms that each draw the next one ten times.</summary>
    public static byte[] FormsBombPdf()
    {
        var tenTimes = string.Concat(Enumerable.Repeat("/X Do ", 10));
        return OnePage(
            RawPdf.Stream(RawPdf.Text("BT /F1 12 Tf 20 200 Td (Forms) Tj ET /X Do")),
            RawPdf.Form(tenTimes, 7),
            [.. Enumerable.Range(7, 7).Select(form => RawPdf.Form(form == 13 ? "BT /F1 1 Tf (x) Tj ET" : tenTimes, form + 1))]);
    }

    /// <summary>A PDF of two forms that draw each other, twice each.</summary>
    public static byte[] FormsInTurnPdf() =>
        OnePage(RawPdf.Stream(RawPdf.Text("BT /F1 12 Tf 20 200 Td (Forms) Tj ET /X Do")), RawPdf.Form("/X Do /X Do", 7), RawPdf.Form("/X Do /X Do", 5));

    /// <summary>A PDF of three pages, the second of which is no page.</summary>
    public static byte[] BrokenPagePdf()
    {
        var frame = RawPdf.Frame(3, 6, 8);
        return RawPdf.Make(
            frame[0],
            frame[1],
            RawPdf.Page(5),
            frame[2],
            RawPdf.Stream(RawPdf.Text("BT /F1 12 Tf 20 200 Td (First page) Tj ET")),
            RawPdf.Page(7),
            RawPdf.Stream(RawPdf.Text("no compressed data"), "/Filter/NoSuchFilter"),
            RawPdf.Page(9),
            RawPdf.Stream(RawPdf.Text("BT /F1 12 Tf 20 200 Td (Third page) Tj ET")));
    }

    /// <summary>What a document becomes under a password: the head of a compound file that names its encrypted package.</summary>
    public static byte[] LockedOffice()
    {
        var bytes = new byte[4096];
        ReadOnlySpan<byte> signature = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        signature.CopyTo(bytes);
        Encoding.Unicode.GetBytes("EncryptedPackage").CopyTo(bytes, 1024);
        return bytes;
    }

    /// <summary>A Word document whose body is 400 MB of one letter.</summary>
    public static byte[] BombDocx() => WithPart(SampleDocuments.Docx(), "word/document.xml", WordBody("<w:p><w:r><w:t>", 'a', 400 << 20, "</w:t></w:r></w:p>"));

    /// <summary>A Word document of a million elements within each other.</summary>
    public static byte[] DeepDocx() => WithPart(SampleDocuments.Docx(), "word/document.xml", stream =>
    {
        using var writer = new StreamWriter(stream);
        writer.Write("<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>");
        for (var depth = 0; depth < 1_000_000; depth++)
        {
            writer.Write("<w:sdt>");
        }
    });

    /// <summary>A Word document with an attribute of 64 MB, below the limits on ratio.</summary>
    public static byte[] LongAttributeDocx() => WithPart(SampleDocuments.Docx(), "word/document.xml", WordBody("<w:p w:rsidR='", '>', 12 << 20, "'/>"));

    /// <summary>A Word document that defines an entity in terms of itself many times over.</summary>
    public static byte[] EntityDocx() => WithPart(
        SampleDocuments.Docx(),
        "word/document.xml",
        "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c SYSTEM 'file:///etc/hostname'>]><w:document xmlns:w='urn:w'><w:body><w:p><w:r><w:t>&b;&c;</w:t></w:r></w:p></w:body></w:document>");

    /// <summary>An archive of many empty entries.</summary>
    public static byte[] ManyEntries(int count)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var index = 0; index < count; index++)
            {
                archive.CreateEntry($"e{index}", CompressionLevel.NoCompression);
            }
        }

        return stream.ToArray();
    }

    /// <summary>A workbook whose cell refers to a shared string that is not there.</summary>
    public static byte[] BadSharedString() => WithPart(SampleDocuments.Xlsx(), "xl/sharedStrings.xml", "<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'/>");

    /// <summary>An archive with bytes flipped in the middle of its largest entry.</summary>
    public static byte[] DamagedData(byte[] zip)
    {
        ArgumentNullException.ThrowIfNull(zip);
        var damaged = (byte[])zip.Clone();
        for (var position = damaged.Length / 4; position < (damaged.Length / 4) + 400; position++)
        {
            damaged[position] ^= 0xA5;
        }

        return damaged;
    }

    /// <summary>An e-book under digital rights management.</summary>
    public static byte[] DrmEpub() => SampleDocuments.Epub(
        "Locked",
        [("one.xhtml", "not readable")],
        ("META-INF/encryption.xml", "<encryption xmlns='urn:oasis:names:tc:opendocument:xmlns:container' xmlns:enc='http://www.w3.org/2001/04/xmlenc#'><enc:EncryptedData><enc:EncryptionMethod Algorithm='http://www.w3.org/2001/04/xmlenc#aes128-cbc'/><enc:CipherData><enc:CipherReference URI='OEBPS/one.xhtml'/></enc:CipherData></enc:EncryptedData></encryption>"));

    /// <summary>An e-book whose chapter is said to lie outside of it.</summary>
    public static byte[] OutsideEpub() => WithoutPart(SampleDocuments.Epub("Outside", [("../../../../etc/hostname", "x")]), "OEBPS/../../../../etc/hostname");

    /// <summary>Messages attached within each other.</summary>
    public static byte[] DeepEml(int depth)
    {
        var text = new StringBuilder("Subject: innermost\r\n\r\nthe core\r\n");
        for (var level = 0; level < depth; level++)
        {
            text.Insert(0, $"From: a@example.org\r\nSubject: level {level}\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>A message of nothing but boundaries.</summary>
    public static byte[] ManyPartsEml()
    {
        var text = new StringBuilder("Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
        for (var part = 0; part < 200_000; part++)
        {
            text.Append("--b\r\n\r\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>A copy of an archive without one entry.</summary>
    public static byte[] WithoutPart(byte[] zip, string name) => Edit(zip, archive => archive.GetEntry(name)!.Delete());

    /// <summary>A copy of an archive with one entry replaced.</summary>
    public static byte[] WithPart(byte[] zip, string name, string text) => WithPart(zip, name, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>A copy of an archive with one entry replaced.</summary>
    public static byte[] WithPart(byte[] zip, string name, Action<Stream> write) => Edit(zip, archive =>
    {
        archive.GetEntry(name)?.Delete();
        using var entry = archive.CreateEntry(name, CompressionLevel.SmallestSize).Open();
        write(entry);
    });

    private static byte[] Edit(byte[] zip, Action<ZipArchive> edit)
    {
        var stream = new MemoryStream();
        stream.Write(zip);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            edit(archive);
        }

        return stream.ToArray();
    }

    private static Action<Stream> WordBody(string before, char repeated, int times, string after) => stream =>
    {
        stream.Write(Encoding.UTF8.GetBytes("<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>" + before));
        var block = new byte[1 << 20];
        Array.Fill(block, (byte)repeated);
        for (var written = 0; written < times; written += block.Length)
        {
            stream.Write(block);
        }

        stream.Write(Encoding.UTF8.GetBytes(after + "</w:body></w:document>"));
    };

    /// <summary>A PDF of one page, with its content as object 6 and a form as object 5.</summary>
    private static byte[] OnePage(byte[] content, byte[] form, params byte[][] more)
    {
        var frame = RawPdf.Frame(3);
        return RawPdf.Make([frame[0], frame[1], RawPdf.Page(6), frame[2], form, content, .. more]);
    }
}
