using System.IO.Compression;
using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.TestKit.Hostile;

/// <summary>Files made to do harm: truncated, mislabelled, nested, exploding, badly encoded. All are small or made as they are written.</summary>
public static partial class HostileFiles
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<HostileFile> All { get; } = Make();

    private static List<HostileFile> Make()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return [.. Emptiness(), .. Packed(), .. Mislabelled(), .. Nested(), .. Encoded(), .. Tables(), .. Records(), .. Texts()];
    }

    private static IEnumerable<HostileFile> Emptiness()
    {
        yield return Skipped("empty.txt", [], Reasons.Empty);
        yield return Skipped("empty.pdf", [], Reasons.Empty);
        yield return Skipped("empty.gz", Gzip([]), Reasons.Empty);
        yield return Skipped("blank.md", "  \n\n\t\n"u8, Reasons.Empty);
        yield return Skipped("mark-only.txt", [0xEF, 0xBB, 0xBF], Reasons.Empty);
        yield return Skipped("no-text.html", "<!doctype html><html><body><script>var a;</script></body></html>"u8, Reasons.Empty);
        yield return Skipped("no-records.json", "[]"u8, Reasons.Empty);
        yield return Skipped("no-rows.csv", "\n\n\n"u8, Reasons.Empty);
        yield return Skipped("no-elements.xml", "<a><b/></a>"u8, Reasons.Empty);
    }

    private static IEnumerable<HostileFile> Packed()
    {
        var text = Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(static n => $"packed line {n}\n"))));
        var damaged = (byte[])text.Clone();
        damaged[^6] ^= 0x55;
        var flipped = (byte[])text.Clone();
        flipped.AsSpan(text.Length / 2, 16).Fill(0xAA);
        yield return Dead("truncated.txt.gz", text.AsSpan(0, text.Length / 2), Reasons.Corrupt);
        yield return Dead("no-trailer.txt.gz", text.AsSpan(0, text.Length - 8), Reasons.Corrupt);
        yield return Dead("header-only.txt.gz", text.AsSpan(0, 10), Reasons.Corrupt);
        yield return Dead("wrong-checksum.txt.gz", damaged, Reasons.Corrupt);
        yield return Dead("flipped.txt.gz", flipped, Reasons.Corrupt);
        yield return Indexed("two-members.txt.gz", [.. Gzip("first member\n"u8), .. Gzip("second member\n"u8)], "second");
        yield return Indexed("twice.txt.gz.gz", Gzip(Gzip("packed twice\n"u8)), "twice");
        yield return Indexed("hidden-gzip.log", Gzip("packed without the name of it\n"u8), "without");
        yield return new("bomb.txt.gz", static stream => GzipZeros(stream, 2L << 30), Verdict.Dead, Reasons.Bomb);
        yield return new("lines-bomb.jsonl.gz", static stream => GzipRepeated(stream, "{\"text\":\"" + new string('0', 2000) + "\"}\n", 1L << 30), Verdict.Dead, Reasons.Bomb);
        yield return new("matryoshka.gz", static stream => stream.Write(Layers(12)), Verdict.Dead, Reasons.Bomb);
        yield return Skipped("archive.zip", Zip(("readme.txt", "inside")), Reasons.UnsupportedType);
        yield return Skipped("archive.tar", Tar(), Reasons.UnsupportedType);
        yield return Skipped("archive.tar.gz", Gzip(Tar()), Reasons.UnsupportedType);
        yield return Dead("truncated.docx", Zip(("[Content_Types].xml", "<Types/>"), ("word/document.xml", new string('x', 5000))).AsSpan(0, 120), Reasons.Corrupt);
        yield return Dead("no-main-part.xlsx", Zip(("[Content_Types].xml", "<Types/>")), Reasons.Corrupt);
        yield return Dead("protected.docx", Compound("EncryptedPackage"), Reasons.Encrypted);
        yield return Skipped("old.doc", Compound("WordDocument"), Reasons.UnsupportedType);
    }

    private static IEnumerable<HostileFile> Mislabelled()
    {
        var noise = new byte[20_000];
        new Random(7).NextBytes(noise);
        noise[0] = 0xF7;
        yield return Skipped("image.md", [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. noise], Reasons.Binary);
        yield return Skipped("photo.txt", [0xFF, 0xD8, 0xFF, 0xE0, .. noise], Reasons.Binary);
        yield return Skipped("program.html", [0x7F, (byte)'E', (byte)'L', (byte)'F', .. noise], Reasons.Binary);
        yield return Skipped("program.py", [(byte)'M', (byte)'Z', 0x90, 0, 3, .. noise], Reasons.Binary);
        yield return Skipped("random.txt", noise, Reasons.Binary);
        yield return Skipped("random", noise, Reasons.Binary);
        yield return Skipped("zeros.txt", new byte[10_000], Reasons.Binary);
        yield return Skipped("database.csv", [.. "SQLite format 3\0"u8, .. noise], Reasons.UnsupportedType);
        yield return Skipped("table.json", [.. "PAR1"u8, .. noise], Reasons.UnsupportedType);
        yield return Dead("random.pdf", noise, Reasons.Corrupt);
        yield return Indexed("text.pdf", "This is a plain text that calls itself a PDF."u8, "calls");
        yield return Indexed("text.json", "No JSON at all, a plain sentence."u8, "sentence");
        yield return Indexed("text.xml", "No XML at all, a plain sentence."u8, "sentence");
        yield return Indexed("page.txt", "<!DOCTYPE html><html><body><p>A page in disguise</p></body></html>"u8, "disguise");
        yield return Indexed("no-name-for-it.xyz", "A file with an unknown extension."u8, "unknown");
    }

    private static IEnumerable<HostileFile> Nested()
    {
        yield return Dead("deep.json", Encoding.ASCII.GetBytes(new string('[', 100_000) + new string(']', 100_000)), Reasons.Bomb);
        yield return Dead("deep-unclosed.json", Encoding.ASCII.GetBytes(new string('[', 100_000)), Reasons.Bomb);
        yield return Dead("deep-objects.json", Encoding.ASCII.GetBytes(Repeat("{\"a\":", 100_000) + "1" + new string('}', 100_000)), Reasons.Bomb);
        yield return Indexed("deep-line.jsonl", Encoding.ASCII.GetBytes("{\"text\":\"shallow\"}\n" + new string('[', 100_000) + "\n{\"text\":\"after\"}\n"), "after");
        yield return Dead("deep.html", Encoding.ASCII.GetBytes("<!doctype html>" + Repeat("<div>", 100_000) + "bottom"), Reasons.Bomb);
        yield return Indexed("rather-deep.html", Encoding.ASCII.GetBytes("<!doctype html>" + Repeat("<div>", 2_000) + "bottom"), "bottom");
        yield return Indexed("deep-inline.html", Encoding.ASCII.GetBytes("<!doctype html>" + Repeat("<b>", 3_000) + "bottom"), "bottom");
        yield return Dead("deep.xml", Encoding.ASCII.GetBytes(Repeat("<a>", 100_000) + Repeat("</a>", 100_000)), Reasons.Bomb);
        yield return Indexed("deep.md", Encoding.ASCII.GetBytes(new string('>', 20_000) + " bottom\n"), "bottom");
        yield return Indexed("deep-list.md", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(static n => new string(' ', 2 * n) + "- item\n")) + "\nbottom\n"), "bottom");
        yield return Indexed("brackets.md", Encoding.ASCII.GetBytes(new string('[', 20_000) + "bottom"), "bottom");
        yield return Dead(
            "laughs.xml",
            Encoding.ASCII.GetBytes("<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a0 \"lol\">" + string.Concat(Enumerable.Range(1, 30).Select(static n => $"<!ENTITY a{n} \"&a{n - 1};&a{n - 1};&a{n - 1};&a{n - 1};\">")) + "]><l>&a30;</l>"),
            Reasons.Bomb);
        yield return Dead(
            "quadratic.xml",
            Encoding.ASCII.GetBytes("<?xml version=\"1.0\"?><!DOCTYPE q [<!ENTITY a \"" + new string('x', 100_000) + "\">]><q>" + Repeat("&a;", 10_000) + "</q>"),
            Reasons.Bomb);
        yield return Dead("recursive-entity.xml", "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">]><r>&a;</r>"u8, Reasons.Corrupt);
        yield return Indexed("outside.xml", "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x><p>before</p><p>&e;</p><p>after the entity</p></x>"u8, "after");
    }

    private static IEnumerable<HostileFile> Encoded()
    {
        const string Words = "Grüße aus Köln: naïve café, façade.\n";
        yield return Indexed("utf16-le.txt", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Words)], "Grüße");
        yield return Indexed("utf16-be.txt", [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(Words)], "Grüße");
        yield return Indexed("utf16-le-unmarked.txt", Encoding.Unicode.GetBytes(Words), "Grüße");
        yield return Indexed("utf16-be-unmarked.txt", Encoding.BigEndianUnicode.GetBytes(Words), "Grüße");
        yield return Indexed("utf32-le.txt", [.. Encoding.UTF32.Preamble, .. Encoding.UTF32.GetBytes(Words)], "Grüße");
        yield return Indexed("utf32-unmarked.txt", Encoding.UTF32.GetBytes(Words), "Grüße");
        yield return Indexed("utf8-marked.json", [0xEF, 0xBB, 0xBF, .. "[{\"word\":\"Grüße\"}]"u8], "Grüße");
        yield return Indexed("utf16.json", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("[{\"word\":\"Grüße\"}]")], "Grüße");
        yield return Indexed("latin1.txt", Encoding.Latin1.GetBytes(Words), "Grüße");
        yield return Indexed("late-latin1.txt", [.. Encoding.ASCII.GetBytes(Repeat("plain ascii words\n", 10_000)), .. Encoding.Latin1.GetBytes(Words)], "Grüße");
        yield return Indexed("shift-jis.txt", Encoding.GetEncoding("shift_jis").GetBytes("これは日本語の文章です。東京都に住んでいます。今日は天気がいいですね。\n"), "日本語");
        yield return Indexed("shift-jis.html", Encoding.GetEncoding("shift_jis").GetBytes("<html><head><meta charset=\"Shift_JIS\"></head><body>日本語</body></html>"), "日本語");
        yield return Indexed("latin2.xml", Encoding.GetEncoding("iso-8859-2").GetBytes("<?xml version=\"1.0\" encoding=\"iso-8859-2\"?><p>Łódź</p>"), "Łódź");
        yield return Indexed("invalid-utf8.txt", [.. "schön "u8, 0xC3, 0x28, .. " und größer "u8, 0xFF, .. " ende"u8], "größer");
        yield return Indexed("surrogates.txt", [.. "é, déjà before "u8, 0xED, 0xA0, 0x80, .. " après"u8], "après");
        yield return Indexed("surrogates.json", "[{\"word\":\"a \\ud800 b\",\"pair\":\"\\ud83d\\ude00 smile\"}]"u8, "😀");
        yield return Indexed("odd-utf16.txt", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("odd number of bytes"), 0x41], "number");
        yield return Indexed("nul.txt", "a stray \0 NUL among many other words of text"u8, "stray");
        yield return Indexed("nul.csv", "name,size\nfirst\0,1\nsecond,2\n"u8, "second");
    }
}
