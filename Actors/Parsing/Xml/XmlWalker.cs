using System.Text;
using System.Xml;
using Sluice.Actors.Parsing.Html;
using Sluice.Actors.Parsing.Text;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Xml;

/// <summary>
/// Makes sections of XML, node by node. An element that follows text belongs to that text; one that holds nothing but a short text is a line <c>name: value</c> of its
/// parent's record; a <c>title</c> is the heading of its parent; any other text is a paragraph. Not safe for concurrent use.
/// </summary>
internal sealed class XmlWalker(SectionBuilder builder, IXmlLineInfo? position, int maxNesting)
{
    private const int ShortText = 200;
    private const int MaxHeld = 16 * 1024;

    private readonly List<Element> _open = [];
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _record = new();
    private readonly char[] _chunk = new char[8 * 1024];
    private string? _path;
    private int _textLine;
    private int _recordLine;
    private bool _continues;

    /// <summary>Sections made and not yet taken.</summary>
    public List<Section> Sections { get; } = [];

    /// <summary>Takes the node at which <paramref name="reader"/> stands.</summary>
    /// <exception cref="DocumentRejectedException">Nested too deep.</exception>
    public async ValueTask AddAsync(XmlReader reader, MeteredText metered, CancellationToken cancellationToken)
    {
        switch (reader.NodeType)
        {
            case XmlNodeType.Element:
                Begin(reader);
                break;
            case XmlNodeType.EndElement:
                End();
                break;
            case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                await TextAsync(reader, metered, cancellationToken).ConfigureAwait(false);
                break;
            default:
                break;
        }
    }

    /// <summary>All nodes have been read.</summary>
    public void Complete()
    {
        FlushText();
        FlushRecord();
    }

    private int Line => position?.HasLineInfo() == true ? position.LineNumber : 0;

    private void Begin(XmlReader reader)
    {
        if (reader.Depth >= maxNesting)
        {
            throw new DocumentRejectedException(Rejection.Dead(
                Reasons.Bomb, $"elements nested more than {maxNesting} deep at line {Line}; raise sluice.parsing.max-nesting, then `sluice dead replay` to read it"));
        }

        var inline = _open.Count > 0 && _open[^1].HasText;
        if (_open.Count > 0)
        {
            _open[^1] = _open[^1] with { HasChildren = true };
        }

        if (!inline)
        {
            FlushText();
            _path = null;
        }

        var element = new Element(reader.LocalName, inline);
        if (!inline && reader is { IsEmptyElement: true, HasAttributes: true } && !reader.NamespaceURI.EndsWith("/svg", StringComparison.Ordinal))
        {
            FlushRecord();
            Attributes(reader);
            FlushRecord();
        }

        if (!reader.IsEmptyElement)
        {
            _open.Add(element);
        }
    }

    private void End()
    {
        var element = _open[^1];
        if (element.Inline)
        {
            _open.RemoveAt(_open.Count - 1);
            return;
        }

        if (element.HasChildren || _continues)
        {
            FlushText();
        }
        else
        {
            Leaf(element.Name);
        }

        if (element.HasChildren)
        {
            FlushRecord();
        }

        _open.RemoveAt(_open.Count - 1);
        _path = null;
        builder.CloseHeadings(_open.Count + 1);
    }

    /// <summary>An element that holds text alone.</summary>
    private void Leaf(string name)
    {
        var text = HtmlText.Collapse(_text.ToString());
        if (text.Length == 0)
        {
            _text.Clear();
            return;
        }

        if (_open.Count > 1 && text.Length <= ShortText && name.ToUpperInvariant() is "TITLE" or "HEAD" or "HEADING")
        {
            _text.Clear();
            FlushRecord();
            Sections.AddRange(builder.Heading(_open.Count - 1, text, At(_textLine)));
        }
        else if (text.Length <= ShortText && !IsProse(name))
        {
            _text.Clear();
            Pair(name, text);
        }
        else
        {
            FlushText();
        }
    }

    /// <summary>Elements that documents, rather than data, are made of.</summary>
    private static bool IsProse(string name) => name is "p" or "para" or "simpara" or "li" or "listitem" or "item" or "programlisting" or "text" or "tspan" or "desc";

    private void Pair(string name, string value)
    {
        if (_record.Length == 0)
        {
            _recordLine = _textLine;
        }

        _record.Append(_record.Length > 0 ? "\n" : string.Empty).Append(name).Append(": ").Append(value);
        if (_record.Length > MaxHeld)
        {
            FlushRecord();
        }
    }

    private void Attributes(XmlReader reader)
    {
        _textLine = Line;
        while (reader.MoveToNextAttribute())
        {
            // What a document type gives to every element is none of this one's words: a thousand defaults would be repeated for each.
            if (!reader.IsDefault && reader.Prefix is not "xmlns" && reader.LocalName is not "xmlns" && reader.Value.Length > 0)
            {
                Pair(reader.LocalName, Markup.Strip(reader.Value));
            }
        }

        reader.MoveToElement();
    }

    private async ValueTask TextAsync(XmlReader reader, MeteredText metered, CancellationToken cancellationToken)
    {
        int read;
        while ((read = await reader.ReadValueChunkAsync(_chunk, 0, _chunk.Length).ConfigureAwait(false)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            metered.Reset();
            var text = _chunk.AsSpan(0, read);
            if (_text.Length == 0)
            {
                _textLine = Line;
            }

            if (!text.IsWhiteSpace() && _open.Count > 0)
            {
                _open[^1] = _open[^1] with { HasText = true };
            }

            _text.Append(text);
            if (_text.Length > Section.MaxLength - _chunk.Length)
            {
                FlushRecord();
                FlushPiece();
            }
        }
    }

    /// <summary>Gives out what there is of a text that goes on.</summary>
    private void FlushPiece()
    {
        Sections.AddRange(builder.Add(SectionKind.Paragraph, _text.ToString(), At(_textLine), continues: _continues));
        _text.Clear();
        _continues = true;
    }

    private void FlushText()
    {
        if (_text.Length > 0)
        {
            var raw = _text.ToString();
            _text.Clear();
            var text = Markup.Strip(raw);
            if (text.Length > 0)
            {
                FlushRecord();
                Sections.AddRange(builder.Add(SectionKind.Paragraph, text, At(_textLine), continues: _continues));
            }
        }

        _continues = false;
    }

    private void FlushRecord()
    {
        if (_record.Length > 0)
        {
            Sections.AddRange(builder.Add(SectionKind.TableRow, _record.ToString(), At(_recordLine)));
            _record.Clear();
        }
    }

    private Place At(int line)
    {
        _path ??= string.Join('/', _open.Select(static element => element.Name));
        return new Place(0, 0) { Line = line > 0 ? line : null, Part = _path.Length > 0 ? _path : null };
    }

    private readonly record struct Element(string Name, bool Inline)
    {
        public bool HasText { get; init; }

        public bool HasChildren { get; init; }
    }
}
