using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MimeKit;
using Sluice.TestKit.Documents;

namespace Sluice.TestKit.Hostile;

/// <summary>Container files that a parser must refuse, or live through: each with the reason it is to be refused with, or null where its text is to be found.</summary>
public static class HostileContainers
{
    /// <summary>A PDF that opens only with the password <c>secret</c>.</summary>
    private const string LockedPdfBase64 =
        "JVBERi0xLjYKJb/3ov4KMSAwIG9iago8PCAvUGFnZXMgMiAwIFIgL1R5cGUgL0NhdGFsb2cgPj4KZW5kb2JqCjIgMCBvYmoKPDwgL0NvdW50IDEgL0tpZHMgWyAzIDAgUiBdIC9UeXBlIC9QYWdlcy" +
        "A+PgplbmRvYmoKMyAwIG9iago8PCAvQ29udGVudHMgNCAwIFIgL01lZGlhQm94IFsgMCAwIDMwMCAzMDAgXSAvUGFyZW50IDIgMCBSIC9SZXNvdXJjZXMgPDwgL0ZvbnQgPDwgL0YxIDUgMCBSID4+" +
        "ID4+IC9UeXBlIC9QYWdlID4+CmVuZG9iago0IDAgb2JqCjw8IC9GaWx0ZXIgL0ZsYXRlRGVjb2RlIC9MZW5ndGggODAgPj4Kc3RyZWFtCq4ADgj7Fm653bZfPvk1CGT4ObYgOJ6kQNu/pUFl1b4sBq" +
        "iCTljy1kFP0PMww2209bpsTlyc4yMiH+wQDd3mFw7qJYefBhBQM2qxEpczqOlfZW5kc3RyZWFtCmVuZG9iago1IDAgb2JqCjw8IC9CYXNlRm9udCAvSGVsdmV0aWNhIC9TdWJ0eXBlIC9UeXBlMSAv" +
        "VHlwZSAvRm9udCA+PgplbmRvYmoKNiAwIG9iago8PCAvQ0YgPDwgL1N0ZENGIDw8IC9BdXRoRXZlbnQgL0RvY09wZW4gL0NGTSAvQUVTVjIgL0xlbmd0aCAxNiA+PiA+PiAvRmlsdGVyIC9TdGFuZG" +
        "FyZCAvTGVuZ3RoIDEyOCAvTyA8MGU1MjI5MjVhM2U0ZTg3NGMzY2ZhY2JlZjUxMWE3M2FjNGVjMmJkODY1ZGNkM2Q0NjI3NjE0OTE3YWJmZDdlND4gL1AgLTQgL1IgNCAvU3RtRiAvU3RkQ0YgL1N0" +
        "ckYgL1N0ZENGIC9VIDw2OTQzNGU1MjUwNTIyODlkYzhiYTkzZDhhMzllZWNlMTAxMjI0NTZhOTFiYWU1MTM0MjczYTZkYjEzNGM4N2M0PiAvViA0ID4+CmVuZG9iagp4cmVmCjAgNwowMDAwMDAwMD" +
        "AwIDY1NTM1IGYgCjAwMDAwMDAwMTUgMDAwMDAgbiAKMDAwMDAwMDA2NCAwMDAwMCBuIAowMDAwMDAwMTIzIDAwMDAwIG4gCjAwMDAwMDAyNTEgMDAwMDAgbiAKMDAwMDAwMDQwMSAwMDAwMCBuIAow" +
        "MDAwMDAwNDcxIDAwMDAwIG4gCnRyYWlsZXIgPDwgL1Jvb3QgMSAwIFIgL0lEIFs8YWJhZmM1ZmQ1OTBlNTA1MzM4MWEwODM5Y2ZmNjRkODI+PDNhNzg2YjUyZTgwZDIwMGQwYjA3OTk4MzZkYWRkMm" +
        "VlPl0gL0VuY3J5cHQgNiAwIFIgPj4Kc3RhcnR4cmVmCjc3MAolJUVPRgo=";

    /// <summary>All of them: a file name, the bytes, and the reason code expected.</summary>
    public static IEnumerable<(string FileName, byte[] Bytes, string? Reason)> All() =>
    [
        ("locked.pdf", LockedPdf(), "encrypted"),
        ("truncated.pdf", Truncated(SampleDocuments.Pdf(), 0.3), "corrupt"),
        ("scanned.pdf", SampleDocuments.Pdf("Scan", [], []), "empty"),
        ("inflating.pdf", InflatingPdf(), "bomb"),
        ("nested-forms.pdf", SelfNestedPdf(), null),
        ("locked.docx", LockedOffice(), "encrypted"),
        ("truncated.docx", Truncated(SampleDocuments.Docx(), 0.7), "corrupt"),
        ("bomb.docx", BombDocx(), "bomb"),
        ("deep.docx", DeepDocx(), "bomb"),
        ("attribute.docx", LongAttributeDocx(), "bomb"),
        ("entities.docx", EntityDocx(), "corrupt"),
        ("no-body.docx", WithoutPart(SampleDocuments.Docx(), "word/document.xml"), "corrupt"),
        ("wrong-types.docx", WithPart(SampleDocuments.Docx(), "[Content_Types].xml", "<Types/>"), null),
        ("broken-xml.docx", WithPart(SampleDocuments.Docx(), "word/document.xml", "<w:document xmlns:w='urn:w'><w:body><w:p>"), "corrupt"),
        ("many-entries.docx", ManyEntries(70_000), "bomb"),
        ("no-slide.pptx", WithoutPart(SampleDocuments.Pptx(), "ppt/slides/slide1.xml"), "corrupt"),
        ("truncated.pptx", Truncated(SampleDocuments.Pptx(), 0.5), "corrupt"),
        ("bad-string.xlsx", BadSharedString(), "corrupt"),
        ("damaged.xlsx", DamagedData(SampleDocuments.Xlsx(("S", false, Enumerable.Range(0, 5000).Select(static i => new object?[] { "row " + i, i })))), "corrupt"),
        ("drm.epub", DrmEpub(), "encrypted"),
        ("outside.epub", OutsideEpub(), "corrupt"),
        ("empty-spine.epub", SampleDocuments.Epub("Empty", []), "corrupt"),
        ("deep.eml", DeepEml(400), "bomb"),
        ("parts.eml", ManyPartsEml(), "bomb"),
        ("no-headers.eml", [0, 1, 2, 3, 255, 254, 10, 10, 7], "corrupt"),
    ];

    /// <summary>A PDF that asks for a password.</summary>
    public static byte[] LockedPdf() => Convert.FromBase64String(LockedPdfBase64);

    /// <summary>The beginning of a file.</summary>
    public static byte[] Truncated(byte[] bytes, double share) => bytes.AsSpan(0, (int)(bytes.Length * share)).ToArray();

    /// <summary>A PDF whose only page inflates from 300 KB to 300 MB.</summary>
    public static byte[] InflatingPdf() => RawPdf(300 << 20, "/F1 12 Tf");

    /// <summary>A PDF whose form draws itself, and some text.</summary>
    public static byte[] SelfNestedPdf() => Pdf(
        "BT /F1 12 Tf 20 200 Td (A form that draws itself) Tj ET /X Do"u8.ToArray(),
        "",
        "6 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</XObject<</X 6 0 R>>>>/Length 5>>stream\n/X Do\nendstream endobj\n");

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
        using var entry = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
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

    private static byte[] RawPdf(int inflated, string beginning)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(Encoding.ASCII.GetBytes(beginning));
            var spaces = new byte[1 << 20];
            Array.Fill(spaces, (byte)' ');
            for (var written = 0; written < inflated; written += spaces.Length)
            {
                zlib.Write(spaces);
            }
        }

        return Pdf(packed.ToArray(), "/Filter/FlateDecode", "");
    }

    /// <summary>A PDF of one page, written by hand.</summary>
    private static byte[] Pdf(byte[] content, string contentEntries, string moreObjects)
    {
        var stream = new MemoryStream();
        Write("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n");
        Write("3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>>>endobj\n");
        Write("5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n" + moreObjects);
        Write($"4 0 obj<</Length {content.Length}{contentEntries}>>stream\n");
        stream.Write(content);
        Write("\nendstream endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n");
        return stream.ToArray();

        void Write(string text) => stream.Write(Encoding.ASCII.GetBytes(text));
    }
}
