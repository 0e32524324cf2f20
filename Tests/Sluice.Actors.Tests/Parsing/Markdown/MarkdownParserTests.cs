using Sluice.Streams.Documents;

namespace Sluice.Actors.Tests.Parsing.Markdown;

public sealed class MarkdownParserTests
{
    private const string Page = """
        ---
        title: "The Guide"
        tags: [one, two]
        ---
        # Start

        Some *words* with a [link](https://example.org) and `code`.
        Same paragraph.

        ## Next

        - first
        - second
          - nested
        1. numbered

        ```csharp
        var x = 1;

        var y = 2;
        ```

        | Name | Size |
        |------|------|
        | a    | 1    |
        | b    | 2    |

        <div>raw <b>html</b></div>

        # Other

        End.
        """;

    [Fact]
    public async Task ParseAsync_Page_YieldsSectionsOfEachKind()
    {
        var sections = await Parse.TextAsync(Page, "guide.md");

        sections.Shape().ShouldBe(
        [
            "Title: The Guide", "Heading: Start", "Paragraph: Some words with a link and code. Same paragraph.", "Heading: Next", "ListItem: first", "ListItem: second",
            "ListItem: nested", "ListItem: numbered", "Code: var x = 1;\n\nvar y = 2;", "TableRow: a | 1", "TableRow: b | 2", "Paragraph: raw html", "Heading: Other", "Paragraph: End.",
        ]);
        sections[0].Metadata!["tags"].ShouldBe("one, two");
        sections[2].Path().ShouldBe("Start");
        sections[4].Path().ShouldBe("Start > Next");
        sections[8].Metadata!["language"].ShouldBe("csharp");
        sections[9].TableHeader.ShouldBe("Name | Size");
        sections[^1].Path().ShouldBe("Other");
    }

    [Fact]
    public async Task ParseAsync_Page_TellsTheLineOfEachSection()
    {
        var lines = Page.Split('\n');
        foreach (var section in (await Parse.TextAsync(Page, "guide.md")).Where(static section => section.Kind is SectionKind.Heading or SectionKind.Code or SectionKind.TableRow))
        {
            lines[section.Place.Line!.Value - 1].ShouldContain(section.Text.Split('\n', '|')[0].Trim());
        }
    }

    [Fact]
    public async Task ParseAsync_NoFrontMatter_TakesTheFirstHeadingAsTitle() =>
        (await Parse.TextAsync("# Only\n\ntext", "a.md")).Shape().ShouldBe(["Title: Only", "Heading: Only", "Paragraph: text"]);

    [Fact]
    public async Task ParseAsync_FrontMatterWithoutEnd_IsText() =>
        string.Concat((await Parse.TextAsync("---\ntitle: x\n\nkept words", "a.md")).Select(static section => section.Text)).ShouldContain("kept words");

    [Fact]
    public async Task ParseAsync_LongFile_StreamsInPartsWithRightLines()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(static n => $"# Heading {n}\n\nThe text below heading {n}, a sentence.\n\n"));
        var sections = await Parse.TextAsync(text, "long.md");

        var headings = sections.Where(static section => section.Kind == SectionKind.Heading).ToList();
        headings.Select(static section => section.Text).ShouldBe(Enumerable.Range(0, 20_000).Select(static n => $"Heading {n}"));
        headings.Select(static section => section.Place.Line!.Value).ShouldBe(Enumerable.Range(0, 20_000).Select(static n => (4 * n) + 1));
    }
}
