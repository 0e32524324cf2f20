using System.Globalization;
using System.Text;
using Sluice.Actors.Parsing.Zip;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Office;

/// <summary>Reads the rows of one sheet forwards. One use; not safe for concurrent use.</summary>
internal sealed class XlsxSheet(XmlPart xml, string name, string part, SharedStrings strings, NumberFormats formats, SectionBuilder builder)
{
    /// <summary>Columns of a sheet: A to XFD.</summary>
    private const int MaxColumns = 16_384;

    /// <summary>Most empty cells in a row that are kept, to stay under their header, between two that are filled.</summary>
    private const int MaxGap = 64;

    private readonly StringBuilder _text = new();
    private readonly TableRows _table = new(builder);
    private List<string> _cells = [];
    private int _lastColumn;
    private int _length;
    private long _row;
    private bool _begun;

    /// <summary>Reads to the end.</summary>
    public IEnumerable<Section> Read()
    {
        builder.ResetHeadings();
        while (xml.Read())
        {
            if (xml.IsStart && xml.Name == "row")
            {
                _row = long.TryParse(xml.Attribute("r"), NumberStyles.None, CultureInfo.InvariantCulture, out var row) ? row : _row + 1;
                _cells = [];
                _lastColumn = -1;
                _length = 0;
            }
            else if (xml.IsStart && xml.Name == "c")
            {
                foreach (var section in Cell())
                {
                    yield return section;
                }
            }
            else if (xml.IsEnd && xml.Name == "row")
            {
                foreach (var section in Row())
                {
                    yield return section;
                }
            }
            else if (xml.IsEnd && xml.Name == "sheetData")
            {
                break;
            }
        }

        foreach (var section in _table.End())
        {
            yield return section;
        }
    }

    private IEnumerable<Section> Row()
    {
        if (_cells.Count == 0)
        {
            return [];
        }

        IEnumerable<Section> heading = [];
        if (!_begun)
        {
            _begun = true;
            heading = builder.Heading(1, name, new Place(0, 0) { Part = name });
        }

        return [.. heading, .. _table.Add(_cells, new Place(0, 0) { Part = name, Row = _row })];
    }

    /// <summary>Reads one cell; a row that grows beyond a section is given away in pieces.</summary>
    private Section[] Cell()
    {
        var reference = xml.Attribute("r");
        var column = Column(reference) ?? _lastColumn + 1;
        var text = Value(reference);
        if (text.Length == 0 || column >= MaxColumns)
        {
            return [];
        }

        for (var gap = Math.Min(column - _lastColumn - 1, MaxGap); gap > 0; gap--)
        {
            _cells.Add("");
        }

        _lastColumn = Math.Max(column, _lastColumn);
        _cells.Add(text);
        _length += text.Length + 3;
        if (_length < Section.MaxLength)
        {
            return [];
        }

        var sections = Row().ToArray();
        _cells = [];
        _length = 0;
        return sections;
    }

    private string Value(string? reference)
    {
        if (xml.IsEmpty)
        {
            return "";
        }

        var type = xml.Attribute("t");
        var style = int.TryParse(xml.Attribute("s"), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : 0;
        _text.Clear();
        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.IsStart && xml.Name == "v")
            {
                _text.Append(xml.ReadText(SharedStrings.MaxString));
            }
            else if (xml.IsStart && xml.Name == "is")
            {
                RichText.Read(xml, _text, SharedStrings.MaxString);
            }
            else if (xml.IsStart)
            {
                xml.Skip();
            }
        }

        var raw = _text.ToString().Trim();
        return type switch
        {
            _ when raw.Length == 0 => "",
            "s" => Shared(raw, reference).ReplaceLineEndings(" ").Trim(),
            "b" => raw == "0" ? "FALSE" : "TRUE",
            "str" or "inlineStr" or "e" or "d" => raw.ReplaceLineEndings(" "),
            _ => formats.Show(raw, style),
        };
    }

    private string Shared(string raw, string? reference) =>
        long.TryParse(raw, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && strings.Find(index) is { } text
            ? text
            : throw new DocumentRejectedException(Rejection.Dead(
                Reasons.Corrupt,
                $"the part '{BoundedZip.Shown(part)}' refers in cell {BoundedZip.Shown(reference ?? "?")} to a shared string that does not exist (there are {strings.Count:N0}); save the workbook again with the program that made it"));

    /// <summary>Column of a reference such as <c>AB12</c>, from 0.</summary>
    private static int? Column(string? reference)
    {
        var column = 0;
        foreach (var c in reference ?? "")
        {
            if (!char.IsAsciiLetter(c) || column > MaxColumns)
            {
                break;
            }

            column = (column * 26) + (char.ToUpperInvariant(c) - 'A' + 1);
        }

        return column == 0 ? null : column - 1;
    }
}
