namespace Sluice.Actors.Parsing.Markdown;

/// <summary>Follows whether the lines stand inside fenced code.</summary>
internal struct FenceTracker
{
    private char _mark;
    private int _length;

    /// <summary>Whether a fence is open.</summary>
    public readonly bool IsOpen => _length > 0;

    /// <summary>Looks at the next line.</summary>
    public void Follow(ReadOnlySpan<char> line)
    {
        var text = line.TrimStart(' ');
        if (line.Length - text.Length > 3 || text.IsEmpty || text[0] is not ('`' or '~'))
        {
            return;
        }

        var run = text.IndexOfAnyExcept(text[0]);
        run = run < 0 ? text.Length : run;
        if (_length == 0)
        {
            // An info string after backticks holds no backtick: else it is inline code.
            if (run >= 3 && !(text[0] == '`' && text[run..].Contains('`')))
            {
                _mark = text[0];
                _length = run;
            }
        }
        else if (text[0] == _mark && run >= _length && text[run..].IsWhiteSpace())
        {
            _length = 0;
        }
    }
}
