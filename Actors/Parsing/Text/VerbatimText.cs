using System.Text;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Text;

/// <summary>
/// Gathers lines into a section whose characters stand one for one for those of the file: a CRLF becomes a space and a line feed, so that offsets into the
/// section are offsets into the file. Not safe for concurrent use.
/// </summary>
internal sealed class VerbatimText
{
    private readonly StringBuilder _text = new(4096);
    private long _start;
    private int _line;

    /// <summary>Characters gathered.</summary>
    public int Length => _text.Length;

    /// <summary>Lines gathered.</summary>
    public int Lines { get; private set; }

    /// <summary>Adds the line or piece at which <paramref name="lines"/> stands.</summary>
    public void Add(TextLines lines) => Add(lines.Line.Span, lines.Start, lines.Number, lines.Terminator);

    /// <summary>Adds a line or piece.</summary>
    public void Add(ReadOnlySpan<char> line, long start, int number, int terminator)
    {
        if (_text.Length == 0)
        {
            _start = start;
            _line = number;
        }

        Lines++;
        _text.Append(line);
        if (terminator > 0)
        {
            _text.Append(terminator == 2 ? " \n" : "\n");
        }
    }

    /// <summary>Takes what was gathered as a section, without blank space at its ends; null when there is nothing else.</summary>
    public Section? Take(SectionKind kind, bool continues, bool keepIndent = false)
    {
        var all = _text.ToString();
        _text.Clear();
        Lines = 0;
        var text = all.AsSpan().TrimEnd();
        var skip = text.Length - text.TrimStart().Length;
        if (text.Length == skip)
        {
            return null;
        }

        var line = _line + text[..skip].Count('\n');
        if (keepIndent)
        {
            skip = text[..skip].LastIndexOf('\n') + 1;
        }

        var kept = skip == 0 && text.Length == all.Length ? all : text[skip..].ToString();
        return new Section(kind, kept, new Place(_start + skip, _start + skip + kept.Length) { Line = line }) { Continues = continues };
    }
}
