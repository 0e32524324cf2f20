using System.IO.Compression;
using System.Text;

namespace Sluice.TestKit.Documents;

public static partial class SampleDocuments
{
    /// <summary>A zip archive of the given entries, in their order.</summary>
    public static byte[] Zip(params (string Name, string Text)[] entries)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return stream.ToArray();
    }

    /// <summary>An e-book; the chapters are listed in the spine in the order given and stored in the opposite one.</summary>
    public static byte[] Epub(string title, (string File, string Html)[] chapters, params (string Name, string Text)[] more)
    {
        ArgumentNullException.ThrowIfNull(chapters);
        ArgumentNullException.ThrowIfNull(more);
        var items = string.Concat(chapters.Select((chapter, index) => $"<item id='c{index}' href='{Uri.EscapeDataString(chapter.File)}' media-type='application/xhtml+xml'/>"));
        var spine = string.Concat(chapters.Select((_, index) => $"<itemref idref='c{index}'/>"));
        var package = $"""
            <package xmlns="http://www.idpf.org/2007/opf" version="3.0">
              <metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title><dc:creator>Ada Example</dc:creator><dc:creator>Bo Sample</dc:creator></metadata>
              <manifest>{items}<item id="css" href="style.css" media-type="text/css"/></manifest><spine>{spine}</spine>
            </package>
            """;
        return Zip([
            ("mimetype", "application/epub+zip"),
            ("META-INF/container.xml", "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles><rootfile full-path='OEBPS/book.opf' media-type='application/oebps-package+xml'/></rootfiles></container>"),
            ("OEBPS/book.opf", package),
            .. chapters.Reverse().Select(static chapter => ("OEBPS/" + chapter.File, chapter.Html)),
            .. more]);
    }

    /// <summary>An e-book of two chapters.</summary>
    public static byte[] Epub() => Epub("On Canals", [
        ("one.xhtml", "<html><body><h1>Digging</h1><p>Canals are dug by hand.</p></body></html>"),
        ("chapter two.xhtml", "<html><body><h1>Filling</h1><p>Water is let in slowly.</p></body></html>")]);
}
