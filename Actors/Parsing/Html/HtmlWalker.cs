using System.Text;
using AngleSharp.Dom;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Html;

/// <summary>Walks a page in reading order, without recursion, and makes its sections. Not safe for concurrent use.</summary>
/// <param name="builder">Makes the sections.</param>
/// <param name="keepNavigation">Whether navigation counts as content.</param>
internal sealed class HtmlWalker(SectionBuilder builder, bool keepNavigation)
{
    private readonly List<Section> _ready = [];
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _lead = new();
    private string? _anchor;
    private string? _textAnchor;
    private int _admonitions;
    private bool _item;

    /// <summary>Added to the line of every section; null where lines are unknown.</summary>
    public int? Line { get; init; }

    /// <summary>Yields the sections in <paramref name="root"/>.</summary>
    public IEnumerable<Section> Walk(INode root)
    {
        var stack = new Stack<(INode Node, int Next)>();
        stack.Push((root, 0));
        while (stack.TryPop(out var frame))
        {
            var (node, next) = frame;
            if (next < node.ChildNodes.Length)
            {
                stack.Push((node, next + 1));
                if (Enter(node.ChildNodes[next]))
                {
                    stack.Push((node.ChildNodes[next], 0));
                }
            }
            else if (node is IElement element)
            {
                Leave(element);
            }

            if (_ready.Count > 0)
            {
                foreach (var section in _ready)
                {
                    yield return section;
                }

                _ready.Clear();
            }
        }

        Flush();
        foreach (var section in _ready)
        {
            yield return section;
        }
    }

    private Place At => new(0, 0) { Anchor = _textAnchor ?? _anchor, Line = Line };

    private bool Enter(INode node)
    {
        switch (node)
        {
            case IText text:
                Append(text.Data);
                return false;
            case IElement element when !HtmlRules.IsLeftOut(element, keepNavigation):
                return Enter(element);
            default:
                return false;
        }
    }

    private bool Enter(IElement element)
    {
        if (HtmlRules.IsBlock(element))
        {
            Flush();
        }

        if (element.Id is { Length: > 0 and <= 200 } id)
        {
            _anchor = id;
        }
        else if (element.LocalName == "a" && element.GetAttribute("name") is { Length: > 0 and <= 200 } name)
        {
            _anchor = name;
        }

        switch (element.LocalName)
        {
            case "br":
                _text.Append(_text.Length > 0 ? "\n" : string.Empty);
                return false;
            case "img":
                Append(element.GetAttribute("alt") ?? string.Empty);
                return false;
            case "h1" or "h2" or "h3" or "h4" or "h5" or "h6":
                Heading(element);
                return false;
            case "pre":
                Add(SectionKind.Code, HtmlText.Preformatted(element));
                return false;
            case "table" when HtmlTable.Read(element, keepNavigation) is { } table:
                Table(table);
                return false;
            case "li" or "dt":
                _item = true;
                return true;
            default:
                _admonitions += HtmlRules.IsAdmonition(element) ? 1 : 0;
                return true;
        }
    }

    private void Leave(IElement element)
    {
        if (HtmlRules.IsBlock(element))
        {
            Flush();
        }

        _item &= element.LocalName is not ("li" or "dt");
        _admonitions -= HtmlRules.IsAdmonition(element) ? 1 : 0;
    }

    private void Append(string text)
    {
        if (_text.Length == 0 && !string.IsNullOrWhiteSpace(text))
        {
            _textAnchor = _anchor;
        }

        foreach (var character in text)
        {
            HtmlText.Append(_text, character);
        }
    }

    private void Heading(IElement element)
    {
        var text = HtmlText.Of(element, keepNavigation);
        var permanent = element.QuerySelector("[id], a[name]");
        _anchor = element.Id ?? permanent?.Id ?? permanent?.GetAttribute("name") ?? _anchor;
        if (_admonitions > 0)
        {
            // "Note", "Warning": leads in the text that follows.
            _lead.Append(text).Append(text.EndsWith(':') ? " " : ": ");
            return;
        }

        _textAnchor = _anchor;
        _ready.AddRange(builder.Heading(element.LocalName[1] - '0', text, At));
    }

    private void Table(HtmlTable table)
    {
        _textAnchor = _anchor;
        if (table.Caption is { } caption)
        {
            Add(SectionKind.Paragraph, caption);
        }

        foreach (var (text, anchor, number) in table.Rows)
        {
            _anchor = anchor ?? _anchor;
            _ready.AddRange(builder.Add(SectionKind.TableRow, text, At with { Row = number, Anchor = _anchor }, table.Header));
        }
    }

    private void Flush()
    {
        while (_text.Length > 0 && _text[^1] is ' ' or '\n')
        {
            _text.Length--;
        }

        if (_text.Length == 0)
        {
            return;
        }

        if (_lead.Length > 0)
        {
            _text.Insert(0, _lead.ToString());
            _lead.Clear();
        }

        Add(_item ? SectionKind.ListItem : SectionKind.Paragraph, _text.ToString());
        _item = false;
        _text.Clear();
        _textAnchor = null;
    }

    private void Add(SectionKind kind, string text)
    {
        _ready.AddRange(builder.Add(kind, text, At));
        _textAnchor = null;
    }
}
