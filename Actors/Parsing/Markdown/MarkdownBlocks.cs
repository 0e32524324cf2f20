using System.Text;
using Markdig;
using Markdig.Extensions.DefinitionLists;
using Markdig.Extensions.Footnotes;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Sluice.Actors.Parsing.Html;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Markdown;

/// <summary>Makes sections of the blocks of a Markdown text, part after part. Not safe for concurrent use.</summary>
internal sealed class MarkdownBlocks(SectionBuilder builder, ParsingOptions options)
{
    private static readonly MarkdownPipeline _pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseGridTables().UseFootnotes().UseDefinitionLists().UseTaskLists().UseAutoLinks().UseAlertBlocks().Build();

    private readonly List<Section> _ready = [];
    private int _firstLine;

    /// <summary>Reads the next part of the text.</summary>
    /// <param name="text">The part.</param>
    /// <param name="line">Its first line's number.</param>
    /// <param name="matter">The document's front matter, with the first part; null with the others.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    public IEnumerable<Section> Read(string text, int line, FrontMatter? matter, CancellationToken cancellationToken)
    {
        _firstLine = line;
        _ready.Clear();
        MarkdownDocument document;
        try
        {
            document = Markdig.Markdown.Parse(text, _pipeline);
        }
        catch (ArgumentException)
        {
            return Plain(text, matter); // Nested deeper than Markdig follows: nothing is lost, only its structure.
        }

        return Walk(document, matter, cancellationToken);
    }

    private IEnumerable<Section> Walk(MarkdownDocument document, FrontMatter? matter, CancellationToken cancellationToken)
    {
        if (matter is not null && TitleOf(document, matter) is { } title)
        {
            yield return title;
        }

        foreach (var block in document)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Add(block, item: false);
            foreach (var section in _ready)
            {
                yield return section;
            }

            _ready.Clear();
        }
    }

    private IEnumerable<Section> Plain(string text, FrontMatter? matter)
    {
        if (matter is { Values.Count: > 0 } && matter.Values.TryGetValue("title", out var title))
        {
            yield return SectionBuilder.Title(title, matter.Values);
        }

        foreach (var section in builder.Add(SectionKind.Paragraph, text, new Place(0, 0) { Line = _firstLine }))
        {
            yield return section;
        }
    }

    private static Section? TitleOf(MarkdownDocument document, FrontMatter matter)
    {
        var heading = document.Count > 0 && document[0] is HeadingBlock { Level: 1 } first ? MarkdownText.Of(first.Inline) : null;
        var title = matter.Values.GetValueOrDefault("title") ?? heading;
        return string.IsNullOrWhiteSpace(title) ? null : SectionBuilder.Title(title, matter.Values.Count == 0 ? null : matter.Values);
    }

    private Place At(Block block) => new(0, 0) { Line = _firstLine + block.Line };

    private void Add(Block block, bool item)
    {
        var kind = item ? SectionKind.ListItem : SectionKind.Paragraph;
        switch (block)
        {
            case LinkReferenceDefinitionGroup or ThematicBreakBlock:
                break;
            case HeadingBlock heading when item:
                _ready.AddRange(builder.Add(kind, MarkdownText.Of(heading.Inline), At(block)));
                break;
            case HeadingBlock heading:
                _ready.AddRange(builder.Heading(heading.Level, MarkdownText.Of(heading.Inline), At(block)));
                break;
            case CodeBlock code:
                AddCode(code);
                break;
            case HtmlBlock html:
                AddHtml(html);
                break;
            case Table table:
                AddTable(table);
                break;
            case ListItemBlock or Footnote:
                AddAll((ContainerBlock)block, item: true, firstOnly: true);
                break;
            case ContainerBlock container:
                AddAll(container, item, firstOnly: false);
                break;
            case LeafBlock leaf:
                _ready.AddRange(builder.Add(leaf is DefinitionTerm ? SectionKind.ListItem : kind, MarkdownText.Of(leaf.Inline), At(block)));
                break;
            default:
                break;
        }
    }

    /// <summary>Adds the blocks in <paramref name="container"/>; only the first of an item is the item, what follows stands below it.</summary>
    private void AddAll(IEnumerable<Block> container, bool item, bool firstOnly)
    {
        var first = true;
        foreach (var block in container)
        {
            Add(block, item && (first || !firstOnly));
            first = false;
        }
    }

    private void AddCode(CodeBlock code)
    {
        var text = new StringBuilder();
        for (var at = 0; at < code.Lines.Count; at++)
        {
            text.Append(code.Lines.Lines[at].Slice.AsSpan()).Append('\n');
        }

        var fenced = code as FencedCodeBlock;
        var language = fenced?.Info is { Length: > 0 and <= 40 } info ? new Dictionary<string, string>(StringComparer.Ordinal) { ["language"] = info } : null;
        var place = At(code);
        _ready.AddRange(builder.Add(SectionKind.Code, text.ToString().Trim('\n').TrimEnd(), fenced is null ? place : place with { Line = place.Line + 1 }, metadata: language));
    }

    private void AddHtml(HtmlBlock html)
    {
        if (html.Type is HtmlBlockType.Comment or HtmlBlockType.ProcessingInstruction or HtmlBlockType.DocumentType)
        {
            return;
        }

        using var page = HtmlPageParser.Parse(html.Lines.ToString(), options, CancellationToken.None);
        if (page.Body is { } body)
        {
            _ready.AddRange(new HtmlWalker(builder, keepNavigation: true) { Line = _firstLine + html.Line }.Walk(body));
        }
    }

    private void AddTable(Table table)
    {
        string? header = null;
        var number = 0L;
        foreach (var row in table.OfType<TableRow>())
        {
            var text = string.Join(" | ", row.OfType<TableCell>().Select(static cell => string.Join(' ', cell.OfType<LeafBlock>().Select(static leaf => MarkdownText.Of(leaf.Inline)))));
            if (row.IsHeader)
            {
                header = text;
            }
            else
            {
                _ready.AddRange(builder.Add(SectionKind.TableRow, text, At(row) with { Row = ++number }, header));
            }
        }

        if (number == 0 && header is not null)
        {
            _ready.AddRange(builder.Add(SectionKind.TableRow, header, At(table)));
        }
    }
}
