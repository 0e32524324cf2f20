using System.Text;
using Sluice.Actors.Parsing.Zip;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Office;

/// <summary>Reads the shapes of a slide, of its notes or of a diagram forwards. One use; not safe for concurrent use.</summary>
internal sealed class PptxShapes(XmlPart xml, SectionBuilder builder, Place place, bool isNotes)
{
    private const int MaxTitle = 1000;
    private const int MaxCells = 4096;

    private readonly StringBuilder _text = new();
    private readonly StringBuilder _cell = new();
    private List<string> _cells = [];
    private TableRows? _table;
    private string? _placeholder;
    private bool _isPlaceholder;
    private bool _bullet;
    private bool _cut;
    private bool _inText;
    private long _row;

    /// <summary>Whether the text is the slide's furniture: its number, date, header or footer.</summary>
    private bool IsFurniture => isNotes ? _placeholder != "body" : _placeholder is "sldNum" or "dt" or "ftr" or "hdr" || IsTitle(_placeholder);

    /// <summary>Text of the slide's title; null when it has none.</summary>
    public static string? FindTitle(XmlPart xml)
    {
        string? placeholder = null;
        var text = new StringBuilder();
        while (xml.Read())
        {
            if (xml.IsStart && xml.Name == "sp")
            {
                placeholder = null;
            }
            else if (xml.IsStart && xml.Name == "ph")
            {
                placeholder = xml.Attribute("type");
            }
            else if (xml.IsStart && IsTitle(placeholder) && xml.Name is "br" or "p" && text.Length > 0)
            {
                text.Append(' ');
            }
            else if (xml.IsStart && IsTitle(placeholder) && xml.Name == "t")
            {
                text.Append(xml.ReadText(MaxTitle));
            }
            else if (xml.IsEnd && xml.Name == "sp" && text.Length > 0)
            {
                break;
            }

            if (text.Length > MaxTitle)
            {
                break;
            }
        }

        return string.IsNullOrWhiteSpace(text.ToString()) ? null : text.ToString().Trim();
    }

    /// <summary>Reads to the end.</summary>
    public IEnumerable<Section> Read()
    {
        while (xml.Read())
        {
            if (xml.IsStart)
            {
                Start();
                if (xml.IsStart && xml.IsEmpty)
                {
                    foreach (var section in End(xml.Name))
                    {
                        yield return section;
                    }
                }
            }
            else if (xml.IsEnd)
            {
                foreach (var section in End(xml.Name))
                {
                    yield return section;
                }
            }
            else if (xml.IsText && _inText)
            {
                while (xml.ReadTextPiece(_text))
                {
                    if (_text.Length >= Section.MaxLength)
                    {
                        foreach (var section in EndParagraph())
                        {
                            yield return section;
                        }

                        _cut = true;
                    }
                }
            }
        }
    }

    private static bool IsTitle(string? placeholder) => placeholder is "title" or "ctrTitle";

    private void Start()
    {
        switch (xml.Name)
        {
            case "Fallback":
                xml.Skip();
                break;
            case "sp" or "graphicFrame" or "pt":
                _placeholder = null;
                _isPlaceholder = false;
                break;
            case "ph":
                _isPlaceholder = true;
                _placeholder = xml.Attribute("type");
                break;
            case "p":
                _bullet = _isPlaceholder && _placeholder is null or "body" or "obj";
                break;
            case "buNone":
                _bullet = false;
                break;
            case "buChar" or "buAutoNum":
                _bullet = true;
                break;
            case "t" when !(IsFurniture && _table is null):
                // In a diagram the same name stands for a whole text body; its paragraphs hold the real ones.
                _inText = !xml.NamespaceUri.EndsWith("/diagram", StringComparison.Ordinal);
                break;
            case "br":
                _text.Append('\n');
                break;
            case "tab":
                _text.Append('\t');
                break;
            case "tbl":
                _table = new TableRows(builder);
                _row = 0;
                break;
            case "tr" when _table is not null:
                _cells = [];
                _row++;
                break;
        }
    }

    private IEnumerable<Section> End(string name)
    {
        switch (name)
        {
            case "t":
                _inText = false;
                return [];
            case "p":
                var sections = EndParagraph();
                _cut = false;
                return sections;
            case "tc" when _table is not null:
                if (_cells.Count < MaxCells)
                {
                    _cells.Add(_cell.ToString().Trim());
                }

                _cell.Clear();
                return [];
            case "tr" when _table is not null:
                return _table.Add(_cells, place with { Row = _row });
            case "tbl" when _table is not null:
                var last = _table.End();
                _table = null;
                return last;
            default:
                return [];
        }
    }

    private IEnumerable<Section> EndParagraph()
    {
        var text = _text.ToString().Trim();
        _text.Clear();
        if (_table is null)
        {
            return builder.Add(_bullet ? SectionKind.ListItem : SectionKind.Paragraph, text, place, continues: _cut);
        }

        if (_cell.Length + text.Length <= Section.MaxLength)
        {
            _cell.Append(_cell.Length > 0 ? " " : "").Append(text.Replace('\n', ' '));
            return [];
        }

        var tooLong = _cell.Append(' ').Append(text).ToString();
        _cell.Clear();
        return builder.Add(SectionKind.TableRow, tooLong, place with { Row = _row });
    }
}
