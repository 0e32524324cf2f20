using System.Text;
using Sluice.Actors.Parsing.Zip;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Office;

/// <summary>Reads the body of a Word document forwards and makes its sections. One use; not safe for concurrent use.</summary>
internal sealed class DocxBody(XmlPart xml, DocxStyles styles, SectionBuilder builder, DocxNotes? footnotes, DocxNotes? endnotes)
{
    private const int MaxCells = 4096;

    private readonly Stack<Paragraph> _paragraphs = new();
    private readonly List<string> _notes = [];
    private TableRows? _table;
    private List<string> _cells = [];
    private readonly StringBuilder _cell = new();
    private long _row;
    private bool _rowIsHeader;
    private bool _rowIsCut;
    private int _tableDepth;
    private int _textDepth = -1;

    /// <summary>Whether an element and all in it says nothing to a reader: deleted text, the second form of a drawing, field codes, phonetic guides.</summary>
    public static bool IsLeftOut(string element) => element is "del" or "moveFrom" or "Fallback" or "delText" or "instrText" or "delInstrText" or "rPr" or "sectPr" or "rt";

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
            else if (xml.IsText && _textDepth >= 0 && _paragraphs.TryPeek(out var paragraph))
            {
                while (xml.ReadTextPiece(paragraph.Text))
                {
                    foreach (var section in FlushLong(paragraph))
                    {
                        yield return section;
                    }
                }
            }
        }
    }

    private void Start()
    {
        switch (xml.Name)
        {
            case var name when IsLeftOut(name):
                xml.Skip();
                break;
            case "p":
                _paragraphs.Push(new Paragraph());
                break;
            case "pPr":
                ReadProperties();
                break;
            case "t":
                _textDepth = xml.Depth;
                break;
            case "tab":
            case "ptab":
                Append('\t');
                break;
            case "br":
            case "cr":
                Append('\n');
                break;
            case "noBreakHyphen":
                Append('-');
                break;
            case "footnoteReference":
                Note(footnotes);
                break;
            case "endnoteReference":
                Note(endnotes);
                break;
            case "tbl":
                if (++_tableDepth == 1)
                {
                    _table = new TableRows(builder);
                    _row = 0;
                }

                break;
            case "tr" when _tableDepth == 1:
                _cells = [];
                _row++;
                _rowIsHeader = _rowIsCut = false;
                break;
            case "tc" when _tableDepth == 1:
                _cell.Clear();
                break;
            case "tblHeader" when _tableDepth == 1:
                _rowIsHeader = xml.Attribute("val") is not ("0" or "false" or "off");
                break;
        }
    }

    private IEnumerable<Section> End(string name)
    {
        switch (name)
        {
            case "t":
                _textDepth = -1;
                return [];
            case "p" when _paragraphs.TryPop(out var paragraph):
                return EndParagraph(paragraph);
            case "tc" when _tableDepth == 1:
                if (_cells.Count < MaxCells)
                {
                    _cells.Add(_cell.ToString());
                }

                _cell.Clear();
                return [];
            case "tr" when _tableDepth == 1:
                return EndRow();
            case "tbl" when _tableDepth > 0:
                return --_tableDepth == 0 ? EndTable() : [];
            default:
                return [];
        }
    }

    private IEnumerable<Section> EndParagraph(Paragraph paragraph)
    {
        var text = paragraph.Text.ToString().Trim();
        if (_tableDepth > 0)
        {
            return AddToCell(text);
        }

        var (heading, list, contents) = styles.Resolve(paragraph.Style);
        heading = paragraph.Outline ?? heading;
        IEnumerable<Section> sections = (contents, heading, paragraph.IsCut) switch
        {
            (true, _, _) => [],
            (_, > 0, false) => builder.Heading(heading, text.Replace('\n', ' ')),
            _ => builder.Add(paragraph.List ?? list ? SectionKind.ListItem : SectionKind.Paragraph, text, continues: paragraph.IsCut),
        };
        return _paragraphs.Count > 0 ? sections : [.. sections, .. EndNotes()];
    }

    /// <summary>Gives a paragraph that is longer than a section may be away in pieces.</summary>
    private IEnumerable<Section> FlushLong(Paragraph paragraph)
    {
        if (paragraph.Text.Length < Section.MaxLength)
        {
            return [];
        }

        var text = paragraph.Text.ToString();
        paragraph.Text.Clear();
        if (_tableDepth > 0)
        {
            return AddToCell(text);
        }

        var sections = builder.Add(SectionKind.Paragraph, text, continues: paragraph.IsCut);
        paragraph.IsCut = true;
        return sections;
    }

    private IEnumerable<Section> AddToCell(string text)
    {
        if (text.Length == 0)
        {
            return [];
        }

        if (_cell.Length > 0)
        {
            _cell.Append(' ');
        }

        _cell.Append(text.Replace('\n', ' ').Replace('\t', ' '));
        if (_cell.Length + _cells.Sum(static cell => cell.Length) < Section.MaxLength)
        {
            return [];
        }

        // A row that long is a page laid out as a table: its text goes on as running text.
        var held = string.Join(" | ", _cells.Append(_cell.ToString()).Where(static cell => cell.Length > 0));
        _cells.Clear();
        _cell.Clear();
        var sections = builder.Add(SectionKind.TableRow, held, RowPlace, continues: _rowIsCut);
        _rowIsCut = true;
        return sections;
    }

    private IEnumerable<Section> EndRow()
    {
        var sections = _rowIsCut
            ? builder.Add(SectionKind.TableRow, string.Join(" | ", _cells.Where(static cell => cell.Length > 0)), RowPlace, continues: true)
            : _table!.Add(_cells, RowPlace, _rowIsHeader);
        return [.. sections, .. EndNotes()];
    }

    private IEnumerable<Section> EndTable()
    {
        var sections = _table!.End();
        _table = null;
        return [.. sections, .. EndNotes()];
    }

    private List<Section> EndNotes()
    {
        List<Section> sections = [];
        foreach (var note in _notes)
        {
            sections.AddRange(builder.Add(SectionKind.Paragraph, note));
        }

        _notes.Clear();
        return sections;
    }

    private Place RowPlace => new(0, 0) { Row = _row };

    private void Note(DocxNotes? notes)
    {
        if (notes?.Find(xml.Attribute("id")) is { Length: > 0 } note)
        {
            _notes.Add(note);
        }
    }

    private void Append(char character)
    {
        if (_paragraphs.TryPeek(out var paragraph))
        {
            paragraph.Text.Append(character);
        }
    }

    /// <summary>Reads <c>pPr</c> to its end.</summary>
    private void ReadProperties()
    {
        if (xml.IsEmpty || !_paragraphs.TryPeek(out var paragraph))
        {
            return;
        }

        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
            if (!xml.IsStart)
            {
                continue;
            }

            switch (xml.Name)
            {
                case "pStyle":
                    paragraph.Style = xml.Attribute("val");
                    break;
                case "outlineLvl":
                    paragraph.Outline = DocxStyles.Level(xml.Attribute("val"));
                    break;
                case "numId":
                    paragraph.List = xml.Attribute("val") != "0";
                    break;
                case "pPrChange" or "rPr":
                    xml.Skip();
                    break;
            }
        }
    }

    private sealed class Paragraph
    {
        public StringBuilder Text { get; } = new();

        public string? Style { get; set; }

        public int? Outline { get; set; }

        public bool? List { get; set; }

        public bool IsCut { get; set; }
    }
}
