using System.Text;

namespace Sluice.Actors.Parsing.Tables;

/// <summary>Rows as text: <c>a | b</c> below their table's header, or <c>name: value | name: value</c> where the columns are too many to be told apart by position.</summary>
internal sealed class RowText
{
    private const int MostColumns = 8;

    private readonly string[]? _names;
    private readonly StringBuilder _text = new();

    public RowText(string[]? header)
    {
        _names = header is { Length: > MostColumns } ? header : null;
        Header = header is { Length: > 0 and <= MostColumns } ? string.Join(" | ", header) : null;
    }

    /// <summary>The header to repeat above rows, or null where rows carry the names themselves.</summary>
    public string? Header { get; }

    /// <summary>Adds the next cell.</summary>
    public void Add(int column, ReadOnlySpan<char> value)
    {
        value = value.Trim();
        if (_names is not null)
        {
            if (value.IsEmpty)
            {
                return;
            }

            _text.Append(_text.Length > 0 ? " | " : string.Empty);
            if (column < _names.Length)
            {
                _text.Append(_names[column]).Append(": ");
            }
        }
        else if (column > 0)
        {
            _text.Append(" | ");
        }

        var start = _text.Length;
        _text.Append(value).Replace("\r\n", " ", start, value.Length).Replace('\n', ' ', start, _text.Length - start);
    }

    /// <summary>The row; empty when no cell has text.</summary>
    public string Take()
    {
        var text = _text.ToString();
        _text.Clear();
        return text.AsSpan().IndexOfAnyExcept(" |") < 0 ? string.Empty : text;
    }
}
