using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Text;

/// <summary>Tells, line by line, whether a text is a log: whether at least half of its lines begin as log lines do.</summary>
internal struct LogShape
{
    private static readonly string[] _starts =
    [
        "INFO", "WARN", "ERROR", "DEBUG", "TRACE", "FATAL", "NOTICE", "info", "warn", "error", "debug", "fail",
        "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec ",
    ];

    private static readonly System.Buffers.SearchValues<char> _stamp = System.Buffers.SearchValues.Create("0123456789-/.:T, ");

    private long _lines;
    private long _logLines;

    /// <summary>Whether it is one, by the lines seen so far.</summary>
    public readonly bool IsLog => _lines >= 5 && _logLines * 2 >= _lines;

    /// <summary>The kind of its sections: in a log the line breaks count.</summary>
    public readonly SectionKind Kind => IsLog ? SectionKind.Code : SectionKind.Paragraph;

    /// <summary>Looks at the next line.</summary>
    public void Add(ReadOnlySpan<char> line)
    {
        _lines++;
        _logLines += IsLogLine(line) ? 1 : 0;
    }

    private static bool IsLogLine(ReadOnlySpan<char> line)
    {
        if (line.Length < 8)
        {
            return false;
        }

        var start = line[0] is '[' or '<' ? line[1..] : line;
        if (char.IsAsciiDigit(start[0]))
        {
            // A date, a time or a long number, or an address: digits and their separators for eight characters.
            return start[..Math.Min(start.Length, 8)].IndexOfAnyExcept(_stamp) < 0;
        }

        foreach (var known in _starts)
        {
            if (start.StartsWith(known, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
