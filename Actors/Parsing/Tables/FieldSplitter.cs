using System.Buffers;

namespace Sluice.Actors.Parsing.Tables;

/// <summary>
/// Splits a record into fields as RFC 4180 writes them, line after line, without allocating for fields. A quote counts only where a field begins; one inside a field
/// stands for itself. Not safe for concurrent use.
/// </summary>
internal sealed class FieldSplitter(char delimiter)
{
    private readonly ArrayBufferWriter<char> _characters = new(1024);
    private readonly List<int> _ends = [];
    private bool _quoted;

    /// <summary>Number of fields.</summary>
    public int Count => _ends.Count;

    /// <summary>Characters held.</summary>
    public int Length => _characters.WrittenCount;

    /// <summary>The field at <paramref name="index"/>, quotes taken off. Valid until <see cref="Clear"/>.</summary>
    public ReadOnlySpan<char> this[int index]
    {
        get
        {
            var start = index == 0 ? 0 : _ends[index - 1];
            return _characters.WrittenSpan[start.._ends[index]];
        }
    }

    /// <summary>Forgets the record.</summary>
    public void Clear()
    {
        _characters.ResetWrittenCount();
        _ends.Clear();
        _quoted = false;
    }

    /// <summary>Takes the record's next line; false when a quoted field goes on in the line after.</summary>
    public bool Add(ReadOnlySpan<char> line)
    {
        if (_quoted)
        {
            _characters.Write("\n");
        }

        var fieldBegins = !_quoted;
        while (true)
        {
            if (fieldBegins)
            {
                var text = line.TrimStart(' ');
                _quoted = text.Length > 0 && text[0] == '"';
                line = _quoted ? text[1..] : line;
            }

            if (_quoted && !TryQuoted(ref line))
            {
                return false;
            }

            var end = line.IndexOf(delimiter);
            _characters.Write(end < 0 ? line : line[..end]);
            _ends.Add(_characters.WrittenCount);
            if (end < 0)
            {
                return true;
            }

            line = line[(end + 1)..];
            fieldBegins = true;
        }
    }

    /// <summary>Takes a quoted field up to its closing quote; false when the line ends before.</summary>
    private bool TryQuoted(ref ReadOnlySpan<char> line)
    {
        while (true)
        {
            var quote = line.IndexOf('"');
            if (quote < 0)
            {
                _characters.Write(line);
                return false;
            }

            _characters.Write(line[..quote]);
            line = line[(quote + 1)..];
            if (line.IsEmpty || line[0] != '"')
            {
                _quoted = false;
                return true;
            }

            _characters.Write("\"");
            line = line[1..];
        }
    }
}
