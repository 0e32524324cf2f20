using Sluice.Actors.Chunking;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.TestKit.Tokenizers;

namespace Sluice.Actors.Tests.Chunking;

public sealed class StructureChunkingTests
{
    private const string Prose = "The valve opens slowly under pressure. Water passes through the narrow gate. Nothing upstream is hurried by it. ";

    private static ChunkingOptions Options(int size, string overlap = "0", int minimum = 8, bool headings = false) =>
        new() { Size = size, Overlap = overlap, MinimumTokens = minimum, IncludeHeadings = headings };

    private static string Sentences(string name, int count) =>
        string.Join(" ", Enumerable.Range(1, count).Select(number => $"{name} says sentence {number} of several here."));

    [Fact]
    public void Add_NewHeading_BeginsNewChunk()
    {
        var chunks = new Documents().Heading(1, "Intake").Paragraph(Prose).Heading(1, "Outlet").Paragraph(Prose).Chunk(Options(256));

        chunks.Select(static chunk => chunk.Text).ShouldBe([$"Intake\n\n{Prose.Trim()}", $"Outlet\n\n{Prose.Trim()}"]);
        chunks[0].HeadingPath.ShouldBe(["Intake"]);
        chunks[1].HeadingPath.ShouldBe(["Outlet"]);
    }

    [Fact]
    public void Add_SmallParagraphsUnderOneHeading_ShareAChunk()
    {
        var chunks = new Documents().Heading(1, "Intake").Paragraph("One short line.").Paragraph("Another short line.").Chunk(Options(64));

        chunks.ShouldHaveSingleItem().Text.ShouldBe("Intake\n\nOne short line.\n\nAnother short line.");
    }

    [Fact]
    public void Add_TinySiblingSections_ArePackedUntilNotTiny()
    {
        var document = new Documents().Heading(1, "Glossary");
        foreach (var term in new[] { "Weir", "Gate", "Flume", "Sill", "Apron" })
        {
            document.Heading(2, term).Paragraph("A kind of structure.");
        }

        var chunks = document.Chunk(Options(64, minimum: 12));

        chunks.Count.ShouldBe(3);
        chunks[0].Text.ShouldBe("Glossary\n\nWeir\n\nA kind of structure.\n\nGate\n\nA kind of structure.");
        chunks[0].HeadingPath.ShouldBe(["Glossary"]);
        chunks[2].HeadingPath.ShouldBe(["Glossary", "Apron"]);
    }

    [Fact]
    public void Add_ParagraphThatFitsAlone_IsNotTorn()
    {
        var first = Sentences("First", 3);
        var second = Sentences("Second", 4);
        var chunks = new Documents().Paragraph(first).Paragraph(second).Chunk(Options(48));

        chunks.Select(static chunk => chunk.Text).ShouldBe([first, second]);
    }

    [Fact]
    public void Add_LongParagraph_IsCutBetweenSentences()
    {
        var chunks = new Documents().Paragraph(Sentences("It", 40)).Chunk(Options(48));

        chunks.Count.ShouldBeGreaterThan(5);
        chunks.ShouldAllBe(static chunk => chunk.Text.StartsWith("It says") && chunk.Text.EndsWith('.'));
    }

    [Fact]
    public void Add_CodeThatFits_IsNotTorn()
    {
        var code = "    if (level > limit)\n    {\n        Open(gate);\n        Wait();\n    }";
        var chunks = new Documents().Paragraph(Sentences("It", 3)).Code(code).Paragraph("After.").Chunk(Options(48));

        chunks.Count(chunk => chunk.Text.Contains(code, StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public void Add_LongCode_IsCutAtLineEndsAndKeepsIndentation()
    {
        var code = string.Join("\n", Enumerable.Range(0, 60).Select(static line => $"    gate[{line}] = open;"));
        var chunks = new Documents().Code(code).Chunk(Options(40));

        chunks.Count.ShouldBeGreaterThan(5);
        chunks.ShouldAllBe(static chunk => chunk.Text.StartsWith("    gate[") && chunk.Text.EndsWith(';'));
        chunks[1].Place.Line.ShouldBe(1 + chunks[0].Text.Split('\n').Length);
    }

    [Fact]
    public void Add_TableRows_ArePackedBelowTheirHeader()
    {
        var document = new Documents().Paragraph(Prose);
        for (var row = 0; row < 20; row++)
        {
            document.Row("name | width", $"gate{row} | {row} metres wide");
        }

        var chunks = document.Chunk(Options(40));

        chunks[0].Text.ShouldBe(Prose.Trim());
        var tables = chunks.Skip(1).ToList();
        tables.ShouldAllBe(static chunk => chunk.Text.StartsWith("name | width\ngate"));
        tables.Sum(static chunk => chunk.Text.Split('\n').Length - 1).ShouldBe(20);
        tables.Count.ShouldBeLessThan(8);
    }

    [Fact]
    public void Add_HeaderTooLongToRepeat_StandsOnceBeforeItsRows()
    {
        var header = string.Join(" | ", Enumerable.Range(0, 60).Select(static column => $"column{column}"));
        var chunks = new Documents().Row(header, "a | b").Row(header, "c | d").Chunk(Options(32));

        string.Concat(chunks.Select(static chunk => chunk.Text + " ")).Split("column0 ").Length.ShouldBe(2);
        chunks[^1].Text.ShouldEndWith("a | b\nc | d");
    }

    [Fact]
    public void Add_ListItems_ArePackedOneALine()
    {
        var chunks = new Documents().Item("First thing.").Item("Second thing.").Item("Third thing.").Chunk(Options(64));

        chunks.ShouldHaveSingleItem().Text.ShouldBe("First thing.\nSecond thing.\nThird thing.");
    }

    [Fact]
    public void Add_Overlap_RepeatsWholeSentences()
    {
        var chunks = new Documents().Paragraph(Sentences("It", 30)).Chunk(Options(64, overlap: "25%"));

        for (var index = 1; index < chunks.Count; index++)
        {
            var repeated = chunks[index].Text.Split(". ")[0];
            chunks[index - 1].Text.ShouldContain(repeated);
            chunks[index].Place.Start.ShouldBeGreaterThanOrEqualTo(chunks[index - 1].Place.End);
            chunks[index].Text.ShouldStartWith("It says sentence");
        }
    }

    [Fact]
    public void Add_Overlap_DoesNotCrossHeadings()
    {
        var chunks = new Documents().Heading(1, "A").Paragraph(Sentences("Alpha", 9)).Heading(1, "B").Paragraph(Sentences("Beta", 9))
            .Chunk(Options(64, overlap: "50%"));

        chunks.ShouldAllBe(static chunk => !(chunk.Text.Contains("Alpha") && chunk.Text.Contains("Beta")));
    }

    [Fact]
    public void Add_TableRows_AreNotRepeatedAsOverlap()
    {
        var document = new Documents();
        for (var row = 0; row < 20; row++)
        {
            document.Row("name", $"gate{row} wide");
        }

        var rows = document.Chunk(Options(24, overlap: "50%")).SelectMany(static chunk => chunk.Text.Split('\n').Skip(1)).ToList();

        rows.ShouldBeUnique();
        rows.Count.ShouldBe(20);
    }

    [Fact]
    public void Add_Context_IsEmbeddedAndCountedButNotText()
    {
        var document = new Documents().Title("Manual").Heading(1, "Gates").Heading(2, "Lifting").Paragraph(Sentences("It", 20));
        var chunks = document.Chunk(Options(64, headings: true));

        var expected = new TokenBuffer();
        new PieceTokenizer().Encode($"Manual. Gates. Lifting.\n\n{chunks[1].Text}", expected);
        chunks[1].Tokens.ToArray().ShouldBe(expected.Ids.ToArray());
        chunks[1].Text.ShouldStartWith("It says");
        chunks[1].Title.ShouldBe("Manual");
        new PieceTokenizer().Encode($"Manual.\n\n{chunks[0].Text}", expected);
        chunks[0].Text.ShouldStartWith("Gates\n\nLifting\n\nIt says");
        chunks[0].Tokens.ToArray().ShouldBe(expected.Ids.ToArray());
    }

    [Fact]
    public void Add_LongContext_LosesOutermostHeadingsFirst()
    {
        var document = new Documents().Title("A very long title indeed that goes on").Heading(1, "Another rather long heading stands here").Heading(2, "Short")
            .Paragraph(Sentences("It", 20));
        var chunks = document.Chunk(Options(32, headings: true));

        var expected = new TokenBuffer();
        new PieceTokenizer().Encode($"Short.\n\n{chunks[^1].Text}", expected);
        chunks[^1].Tokens.ToArray().ShouldBe(expected.Ids.ToArray());
    }

    [Fact]
    public void Add_TitleThatIsTheHeading_IsNotRepeated()
    {
        var chunks = new Documents().Title("Gates").Heading(1, "Gates").Paragraph(Sentences("It", 20)).Chunk(Options(64, headings: true));

        var expected = new TokenBuffer();
        new PieceTokenizer().Encode($"Gates.\n\n{chunks[1].Text}", expected);
        chunks[1].Tokens.ToArray().ShouldBe(expected.Ids.ToArray());
    }

    [Fact]
    public void Add_HeadingsWithoutText_JoinWhatFollows_OrStandAtTheEnd()
    {
        var chunks = new Documents().Heading(1, "Part").Heading(2, "Chapter").Paragraph(Prose).Heading(1, "The end").Chunk(Options(128));

        chunks.Select(static chunk => chunk.Text).ShouldBe([$"Part\n\nChapter\n\n{Prose.Trim()}", "The end"]);
        chunks[0].HeadingPath.ShouldBe(["Part", "Chapter"]);
    }

    [Fact]
    public void Complete_TinyRest_IsBalancedWithTheChunkBefore()
    {
        var chunks = new Documents().Paragraph(Sentences("It", 8)).Chunk(Options(56, minimum: 14));

        chunks.Count.ShouldBe(2);
        chunks[1].Tokens.Length.ShouldBeGreaterThanOrEqualTo(14);
    }

    [Fact]
    public void Add_Continues_IsJoinedWithoutABreak()
    {
        var chunks = new Documents().Add(SectionKind.Paragraph, "The gate is half op").Add(SectionKind.Paragraph, "en today.", continues: true).Chunk(Options(64));

        chunks.ShouldHaveSingleItem().Text.ShouldBe("The gate is half open today.");
        chunks[0].Place.ShouldBe(new Place(0, 28) { Line = 1 });
    }

    [Fact]
    public void Add_MetadataOfSections_IsNeverMixed()
    {
        var one = new Dictionary<string, string> { ["id"] = "1" };
        var two = new Dictionary<string, string> { ["id"] = "2", ["author"] = "section" };
        var document = new Documents().Title("T", new Dictionary<string, string> { ["author"] = "document" })
            .Add(SectionKind.TableRow, "first record", metadata: one)
            .Add(SectionKind.TableRow, "second record", metadata: two);

        var chunks = document.Chunk(Options(64));

        chunks.Count.ShouldBe(2);
        chunks[0].Metadata!.OrderBy(static pair => pair.Key).Select(static pair => pair.Value).ShouldBe(["document", "1"]);
        chunks[1].Metadata!["author"].ShouldBe("section");
    }

    [Fact]
    public void Add_EqualTexts_GetDifferentIdsThatDoNotMove()
    {
        var document = new Documents().Heading(1, "A").Paragraph(Prose).Heading(1, "A").Paragraph(Prose);
        var chunks = document.Chunk(Options(128));
        var longer = new Documents().Heading(1, "New").Paragraph(Prose).Heading(1, "A").Paragraph(Prose).Heading(1, "A").Paragraph(Prose).Chunk(Options(128));

        chunks.Select(static chunk => chunk.Id).ShouldBeUnique();
        longer.Skip(1).Select(static chunk => chunk.Id).ShouldBe(chunks.Select(static chunk => chunk.Id));
    }

    [Fact]
    public void Add_EditedParagraph_ChangesOnlyChunksUnderItsHeading()
    {
        static List<Chunk> Chunks(string edited)
        {
            var document = new Documents();
            for (var part = 0; part < 20; part++)
            {
                document.Heading(1, $"Part {part}");
                for (var paragraph = 0; paragraph < 12; paragraph++)
                {
                    document.Paragraph(part == 7 && paragraph == 5 ? edited : Sentences($"Part {part} paragraph {paragraph}", 4));
                }
            }

            return document.Chunk(Options(64, overlap: "10%", headings: true));
        }

        var before = Chunks(Sentences("Old", 4));
        var after = Chunks("Something new and much longer than before stands here now. " + Sentences("New", 9));

        var kept = before.Select(static chunk => chunk.Id).Intersect(after.Select(static chunk => chunk.Id)).ToHashSet();
        before.Where(chunk => !kept.Contains(chunk.Id)).ShouldAllBe(static chunk => chunk.HeadingPath[0] == "Part 7");
        after.Where(chunk => !kept.Contains(chunk.Id)).ShouldAllBe(static chunk => chunk.HeadingPath[0] == "Part 7");
        after.Count(chunk => !kept.Contains(chunk.Id)).ShouldBeInRange(1, 12);
    }
}
