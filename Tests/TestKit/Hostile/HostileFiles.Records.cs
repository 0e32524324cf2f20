using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.TestKit.Hostile;

/// <content>Tables, records and texts.</content>
public static partial class HostileFiles
{
    private static IEnumerable<HostileFile> Tables()
    {
        yield return Indexed("open-quote.csv", "name,size\nfirst,1\n\"never closed,2\nthird,3\nfourth,4\n"u8, "fourth");
        yield return Indexed("open-quote-at-end.csv", "name,size\nfirst,1\nsecond,\"2\n"u8, "second");
        yield return Indexed("inner-quotes.csv", "name,size\n5\" pipe,1\nsix \"inch\" pipe,2\n"u8, "inch");
        yield return Indexed("ragged.csv", "a,b,c\n1\n1,2,3,4,5,6\nlast,2,3\n"u8, "last");
        yield return new(
            "long-quote.csv",
            static stream =>
            {
                stream.Write("name,size\n\"open,1\n"u8);
                for (var n = 0; n < 200_000; n++)
                {
                    stream.Write("row,with,fields\n"u8);
                }

                stream.Write("final,2\n"u8);
            },
            null,
            null) { Finds = "final" };
        yield return Indexed("mixed-ends.csv", "a,b\r\n1,2\r3,4\nlast,6"u8, "last");
        yield return Indexed("one-column.csv", "word\nalpha\nbeta\n"u8, "beta");
        yield return Indexed("header-only.csv", "alpha,beta\n"u8, "beta");
    }

    private static IEnumerable<HostileFile> Records()
    {
        yield return Dead("truncated.json", "[{\"a\":1},{\"b\":\"cut o"u8, Reasons.Corrupt);
        yield return Dead("open.json", "{\"a\":[1,2"u8, Reasons.Corrupt);
        yield return Dead("broken.json", "{\"a\":1,}}}"u8, Reasons.Corrupt);
        yield return Dead("words.json", "{\"a\": nonsense}"u8, Reasons.Corrupt);
        yield return Indexed("comments.json", "{ // why\n \"a\": \"kept\", }"u8, "kept");
        yield return Indexed("broken-line.jsonl", "{\"text\":\"first\"}\n{\"text\": broken\n{\"text\":\"third\"}\n"u8, "third");
        yield return Indexed("all-broken.jsonl", "one broken\ntwo broken\n"u8, "two");
        yield return Indexed("lines.json", "{\"word\":\"one\"}\n{\"word\":\"two\"}\n"u8, "two");
        yield return new("huge-string.json", static stream => Surround(stream, "{\"a\":\"", 12 << 20, "\",\"b\":\"after\"}"), null, null) { Finds = "after" };
        yield return new("huge-name.json", static stream => Surround(stream, "{\"", 4 << 20, "\":1}"), Verdict.Dead, Reasons.Corrupt);
        yield return new("huge-attribute.xml", static stream => Surround(stream, "<a b=\"", 20 << 20, "\"/>"), Verdict.Dead, Reasons.Bomb);
        yield return new("huge-text.xml", static stream => Surround(stream, "<a>", 12 << 20, " after</a>"), null, null) { Finds = "after" };
        yield return Dead("truncated.xml", "<a><b>text</b><c>cut"u8, Reasons.Corrupt);
        yield return Dead("crossed.xml", "<a><b>text</a></b>"u8, Reasons.Corrupt);
        yield return Indexed("unclosed.html", "<html><body><p>one<p>two<table><tr><td>three<b>four"u8, "four");
        yield return Indexed("attributes.html", Encoding.ASCII.GetBytes("<html><body " + string.Concat(Enumerable.Range(0, 20_000).Select(static n => $"a{n}=1 ")) + "><p>word"), "word");
    }

    private static IEnumerable<HostileFile> Texts()
    {
        yield return Indexed("open-fence.md", "# Title\n\n```\ncode that never ends\n\nword\n"u8, "word");
        yield return Indexed("open-matter.md", "---\ntitle: never closed\n\nword in the text\n"u8, "word");
        yield return Indexed("stars.md", Encoding.ASCII.GetBytes(Repeat("*a **b ", 20_000) + "word"), "word");
        yield return Indexed("mixed-ends.txt", "one\rtwo\r\nthree\n\r\nfour"u8, "four");
        yield return new("one-line.txt", static stream => Surround(stream, string.Empty, 100 << 20, " end"), null, null) { Finds = "end" };
        yield return new("one-line.md", static stream => Surround(stream, string.Empty, 8 << 20, " end"), null, null) { Finds = "end" };
        yield return new("one-line.csv", static stream => Surround(stream, string.Empty, 16 << 20, ",end"), null, null) { Finds = "end" };
        yield return new("one-line.jsonl", static stream => Surround(stream, "{\"text\":\"", 16 << 20, " end\"}"), null, null) { Finds = "end" };
        yield return new("one-line.js", static stream => Surround(stream, "var a='", 8 << 20, " end'"), null, null) { Finds = "end" };
        yield return Indexed("controls.txt", "\u001b[31mred\u001b[0m and \u0007 bell in the text"u8, "bell");
        yield return Indexed("line ends only\u00e9 \u65e5\u672c.txt", "a name beyond ASCII"u8, "beyond");
    }
}
