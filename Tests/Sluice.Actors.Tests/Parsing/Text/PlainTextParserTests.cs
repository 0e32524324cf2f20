using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Streams.Documents;
using Sluice.TestKit;

namespace Sluice.Actors.Tests.Parsing.Text;

[Collection(MemoryCollection.Name)]
public sealed class PlainTextParserTests
{
    [Fact]
    public async Task ParseAsync_BlankLines_SeparateParagraphsWithPlaces()
    {
        var sections = await Parse.TextAsync("One\ntwo.\n\n\nThree.\r\n\r\n  Four.", "a.txt");

        sections.Shape().ShouldBe(["Paragraph: One\ntwo.", "Paragraph: Three.", "Paragraph: Four."]);
        sections.Select(static section => section.Place.Line).ShouldBe([1, 5, 7]);
        sections.Select(static section => (section.Place.Start, section.Place.End)).ShouldBe([(0L, 8L), (11L, 17L), (23L, 28L)]);
    }

    [Fact]
    public async Task ParseAsync_Log_KeepsLinesWholeAndDoesNotContinue()
    {
        var lines = Enumerable.Range(0, 2_000).Select(static n => $"2026-03-04 10:00:00 INFO request {n} served in {n % 97} ms").ToArray();
        var sections = await Parse.TextAsync(string.Join('\n', lines), "a.log");

        sections.Count.ShouldBeGreaterThan(10);
        sections.SelectMany(static section => section.Text.Split('\n')).ShouldBe(lines);
        sections.Skip(1).ShouldAllBe(static section => section.Kind == SectionKind.Code && !section.Continues);
        sections.ShouldAllBe(section => lines[section.Place.Line!.Value - 1] == section.Text.Split('\n', 2)[0]);
    }

    [Fact]
    public async Task ParseAsync_EndlessLine_ComesInPiecesWithFlatMemory()
    {
        const long Length = 64L << 20;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        var pieces = 0;
        var end = 0L;
        await using var content = new DocumentContent("file:///endless.txt", new EndlessStream("words without an end ", Length));
        await foreach (var section in new Sluice.Actors.Parsing.DocumentParsers(new(), TimeProvider.System).ParseAsync(content, CancellationToken.None))
        {
            section.Continues.ShouldBe(pieces > 0);
            section.Place.Line.ShouldBe(1);
            section.Place.Start.ShouldBeInRange(end, end + 1);
            end = section.Place.End;
            if (++pieces % 500 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        end.ShouldBeInRange(Length - 1, Length);
        pieces.ShouldBeGreaterThan(1000);
        most.ShouldBeLessThan(16 << 20);
    }

    [Fact]
    public void ParseAsync_AnyText_RangesAndLinesLeadBackToTheText()
    {
        var pieces = Gen.Elements("word", " ", "\n", "\r", "\r\n", "\n\n", "é", "😀", "\t", "2026-01-01 ", "a long line of many words that goes on and on ", "\r\n\r\n");
        var texts = pieces.ListOf().Select(static list => string.Concat(list)).Where(static text => !string.IsNullOrWhiteSpace(text));
        Prop.ForAll(texts.ToArbitrary(), static text => LeadsBackAsync(text).GetAwaiter().GetResult()).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task ParseAsync_StartsLikeCompiledPython_IsStillText() =>
        (await Parse.BytesAsync("\t\r\r\nword"u8.ToArray(), "a.txt")).ShouldHaveSingleItem().Text.ShouldContain("word");

    private static async Task<bool> LeadsBackAsync(string text)
    {
        var covered = new StringBuilder(new string(' ', text.Length));
        foreach (var section in await Parse.BytesAsync(Encoding.UTF8.GetBytes(text), "a.txt"))
        {
            var start = (int)section.Place.Start;
            var original = text[start..(int)section.Place.End];
            if (Normal(original) != section.Text || LineAt(text, start) != section.Place.Line)
            {
                return false;
            }

            covered.Remove(start, original.Length).Insert(start, original);
        }

        // Nothing but white space is left out.
        return covered.ToString().Where(static c => !char.IsWhiteSpace(c)).SequenceEqual(text.Where(static c => !char.IsWhiteSpace(c)));
    }

    private static string Normal(string text) => text.Replace("\r\n", " \n", StringComparison.Ordinal).Replace('\r', '\n');

    private static int LineAt(string text, int at) => 1 + Normal(text[..at]).Count(static c => c == '\n');
}
