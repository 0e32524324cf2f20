using System.Globalization;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Office;

/// <summary>
/// Makes row sections of one table: holds the first row back until the second shows whether it is a header. A row of one filled cell in front of the table, as a
/// caption or a layout frame is, becomes a paragraph. Not safe for concurrent use.
/// </summary>
internal sealed class TableRows(SectionBuilder builder)
{
    private const int MaxHeaderCell = 100;
    private const int MaxHeader = 1000;

    private List<string>? _first;
    private Place? _firstPlace;
    private bool _firstIsHeader;
    private bool _begun;
    private string? _header;

    /// <summary>Takes the next row.</summary>
    /// <param name="cells">Text of its cells, left to right; the list is not kept beyond the next call unless it is a new one each time.</param>
    /// <param name="at">Where it stands.</param>
    /// <param name="isHeader">Whether the document calls it a header.</param>
    /// <returns>The sections that are now certain.</returns>
    public IEnumerable<Section> Add(List<string> cells, Place? at, bool isHeader = false)
    {
        var filled = cells.Count(static cell => !string.IsNullOrWhiteSpace(cell));
        if (filled == 0)
        {
            return [];
        }

        if (!_begun)
        {
            if (filled == 1)
            {
                return builder.Add(SectionKind.Paragraph, cells.First(static cell => !string.IsNullOrWhiteSpace(cell)), at);
            }

            _begun = true;
            _first = cells;
            _firstPlace = at;
            _firstIsHeader = isHeader;
            return [];
        }

        IEnumerable<Section> before = [];
        if (_first is not null)
        {
            if ((_firstIsHeader || LooksLikeHeader(_first)) && Join(_first) is { Length: <= MaxHeader } header)
            {
                _header = header;
                _first = null;
            }
            else
            {
                before = End();
            }
        }

        return [.. before, .. builder.Add(SectionKind.TableRow, Join(cells), at, _header)];
    }

    /// <summary>Gives what is still held back: a table of one row.</summary>
    public IEnumerable<Section> End()
    {
        var first = _first;
        _first = null;
        return first is null ? [] : builder.Add(SectionKind.TableRow, Join(first), _firstPlace);
    }

    private static string Join(List<string> cells)
    {
        var last = cells.FindLastIndex(static cell => !string.IsNullOrWhiteSpace(cell));
        return string.Join(" | ", cells.Take(last + 1));
    }

    private static bool LooksLikeHeader(List<string> cells) =>
        cells.TrueForAll(static cell => cell.Length is > 0 and <= MaxHeaderCell && !char.IsAsciiDigit(cell[0]) && !IsNumber(cell))
        && cells.Distinct(StringComparer.OrdinalIgnoreCase).Count() == cells.Count;

    private static bool IsNumber(string cell) => double.TryParse(cell.TrimEnd('%'), NumberStyles.Any, CultureInfo.InvariantCulture, out _);
}
