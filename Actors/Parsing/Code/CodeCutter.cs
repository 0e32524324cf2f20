using Sluice.Actors.Parsing.Text;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Code;

/// <summary>Holds the lines of the section to come and decides where it ends.</summary>
internal sealed class CodeCutter
{
    private const int MaxLines = 60;
    private const int GoodLines = 20;
    private const int LeastLines = 8;
    private const int MaxLength = 6 * 1024;

    private readonly List<CodeLine> _lines = [];
    private readonly ScopeTracker _scopes = new();
    private int _length;

    /// <summary>Whether it holds no line.</summary>
    public bool IsEmpty => _lines.Count == 0;

    /// <summary>Whether a section has to end before <paramref name="next"/>: there is no room for it, or it begins something new at the top level.</summary>
    public bool MustCutBefore(TextLines next)
    {
        if (_lines.Count == 0)
        {
            return false;
        }

        if (_lines.Count >= MaxLines || _length + next.Line.Length > MaxLength || !next.Begins)
        {
            return true;
        }

        return _lines.Count >= GoodLines && _lines[^1].Indent < 0 && Indent(next.Line.Span) == 0;
    }

    /// <summary>Takes a line.</summary>
    public void Add(TextLines lines)
    {
        _lines.Add(new(lines.Line.ToString(), lines.Start, lines.Number, lines.Terminator, Indent(lines.Line.Span), lines.Begins));
        _length += lines.Line.Length + lines.Terminator;
    }

    /// <summary>Ends a section at the best place and keeps the rest.</summary>
    public Section? Cut() => Take(BestCut());

    /// <summary>Ends a section with all there is.</summary>
    public Section? CutAll() => Take(_lines.Count);

    private static int Indent(ReadOnlySpan<char> line)
    {
        var at = line.IndexOfAnyExcept(' ', '\t');
        return at < 0 ? -1 : at;
    }

    /// <summary>The last of the least indented lines that follow a blank line, after <see cref="LeastLines"/>; else all.</summary>
    private int BestCut()
    {
        var best = _lines.Count;
        var least = int.MaxValue;
        if (_lines.Count < MaxLines && _length < MaxLength / 2)
        {
            return best;
        }

        for (var at = LeastLines; at < _lines.Count; at++)
        {
            if (_lines[at - 1].Indent < 0 && _lines[at].Indent >= 0 && _lines[at].Indent <= least)
            {
                least = _lines[at].Indent;
                best = at;
            }
        }

        return best;
    }

    private Section? Take(int count)
    {
        var text = new VerbatimText();
        var first = _lines.Find(static line => line.Indent >= 0);
        var path = first.Text is null ? [] : _scopes.Enclosing(first.Text);
        var continues = !_lines[0].Begins;
        for (var at = 0; at < count; at++)
        {
            var line = _lines[at];
            _scopes.Follow(line.Text);
            text.Add(line.Text, line.Start, line.Number, line.Terminator);
            _length -= line.Text.Length + line.Terminator;
        }

        _lines.RemoveRange(0, count);
        return text.Take(SectionKind.Code, continues, keepIndent: true) is { } section ? section with { HeadingPath = path } : null;
    }

    private readonly record struct CodeLine(string Text, long Start, int Number, int Terminator, int Indent, bool Begins);
}
