using System.Buffers;

namespace Sluice.Actors.Parsing.Text;

/// <summary>
/// Reads a text line by line with exact positions, whatever ends its lines (CR, LF or CRLF). A line longer than the limit comes in pieces, cut at white space where
/// there is some, so that memory stays bounded. Not safe for concurrent use.
/// </summary>
/// <param name="reader">The text; not disposed.</param>
/// <param name="maxLine">Most characters held of a line, at least 16.</param>
internal sealed class TextLines(TextReader reader, int maxLine) : IDisposable
{
    private char[] _buffer = ArrayPool<char>.Shared.Rent(Math.Min(maxLine + 2, 16 * 1024));
    private int _begin;
    private int _end;
    private int _scanned;
    private bool _atEnd;
    private long _position;
    private bool _continuing;

    /// <summary>The line, or the piece of it, without what ends it. Valid until the next call.</summary>
    public ReadOnlyMemory<char> Line { get; private set; }

    /// <summary>Its first character's index in the text.</summary>
    public long Start { get; private set; }

    /// <summary>Its line number, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Characters that end the line: 0 at a cut or at the end of the text, 1, or 2 for CRLF.</summary>
    public int Terminator { get; private set; }

    /// <summary>Whether this begins a line, rather than going on with an overlong one.</summary>
    public bool Begins { get; private set; }

    /// <summary>Whether the line ends here, rather than going on in the next piece.</summary>
    public bool Ends { get; private set; }

    /// <summary>Whether a whole line is here and it is blank.</summary>
    public bool IsBlank => Begins && Ends && Line.Span.IsWhiteSpace();

    /// <summary>Goes to the next line or piece; false at the end.</summary>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        while (!TryTake())
        {
            if (_atEnd)
            {
                return false;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    private bool TryTake()
    {
        var text = _buffer.AsSpan(_begin, _end - _begin);
        var found = text[_scanned..].IndexOfAny('\r', '\n');
        var length = found < 0 ? text.Length : _scanned + found;
        if (found >= 0 && length <= maxLine)
        {
            if (text[length] == '\r' && length + 1 == text.Length && !_atEnd)
            {
                _scanned = length;
                return false;
            }

            Take(length, text[length] == '\r' && length + 1 < text.Length && text[length + 1] == '\n' ? 2 : 1, ends: true);
            return true;
        }

        if (length > maxLine || (length == maxLine && !_atEnd))
        {
            Take(CutPoint(text[..maxLine]), 0, ends: false);
            return true;
        }

        _scanned = length;
        if (_atEnd && (length > 0 || _continuing))
        {
            Take(length, 0, ends: true);
            return length > 0;
        }

        return false;
    }

    private static int CutPoint(ReadOnlySpan<char> window)
    {
        var space = window.LastIndexOfAny(' ', '\t');
        return space > window.Length / 2 ? space + 1
            : char.IsHighSurrogate(window[^1]) ? window.Length - 1
            : window.Length;
    }

    private void Take(int length, int terminator, bool ends)
    {
        Line = _buffer.AsMemory(_begin, length);
        Start = _position;
        Terminator = terminator;
        Begins = !_continuing;
        Ends = ends;
        Number += _continuing ? 0 : 1;
        _continuing = !ends;
        _begin += length + terminator;
        _position += length + terminator;
        _scanned = 0;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_end == _buffer.Length)
        {
            var held = _end - _begin;
            if (_begin > 0 && held <= _buffer.Length / 2)
            {
                _buffer.AsSpan(_begin, held).CopyTo(_buffer);
            }
            else
            {
                var larger = ArrayPool<char>.Shared.Rent(Math.Max(Math.Min(_buffer.Length * 2, maxLine + 2), held + 2));
                _buffer.AsSpan(_begin, held).CopyTo(larger);
                ArrayPool<char>.Shared.Return(_buffer);
                _buffer = larger;
            }

            _begin = 0;
            _end = held;
        }

        var read = await reader.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        _atEnd = read == 0;
    }
}
