using System.Buffers;
using System.Text;
using System.Text.Json;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Json;

/// <summary>
/// Reads JSON tokens from a text of any length with a buffer of at most a megabyte. A string longer than that is given out in pieces, and the reader is shown an
/// empty one in its place. Not safe for concurrent use.
/// </summary>
internal sealed class JsonTokens(TextReader text, JsonWalker walker) : IDisposable
{
    private const int MaxBuffer = 1024 * 1024;
    private const int SectionsAtOnce = 64;
    private static readonly SearchValues<byte> _beforeValue = SearchValues.Create(" \t\r\n:,"u8);

    private readonly char[] _characters = ArrayPool<char>.Shared.Rent(16 * 1024);
    private readonly Encoder _encoder = new UTF8Encoding(false).GetEncoder();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _begin;
    private int _end;
    private bool _final;
    private int _line = 1;
    private bool _inHuge;
    private JsonReaderState _state = new(new JsonReaderOptions
    {
        AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, AllowMultipleValues = true, MaxDepth = 1 << 20,
    });

    /// <summary>Sections made and not yet taken.</summary>
    public List<Section> Sections => walker.Sections;

    /// <summary>Reads on until there are sections; false when all is read and none are left.</summary>
    /// <exception cref="DocumentRejectedException">It is not JSON, ends too early, or is nested too deep.</exception>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        while (Sections.Count == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_inHuge ? ReadHuge() : ReadTokens())
            {
                continue;
            }

            if (_final)
            {
                walker.Complete();
                break;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }

        return Sections.Count > 0;
    }

    public void Dispose()
    {
        ArrayPool<char>.Shared.Return(_characters);
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    /// <summary>Reads the tokens in the buffer; false when more bytes are needed.</summary>
    private bool ReadTokens()
    {
        SkipWhiteSpace();
        var reader = new Utf8JsonReader(_buffer.AsSpan(_begin, _end - _begin), _final, _state);
        var counted = 0;
        var more = true;
        try
        {
            while (Sections.Count < SectionsAtOnce && (more = reader.Read()))
            {
                var at = (int)reader.TokenStartIndex;
                _line += _buffer.AsSpan(_begin + counted, at - counted).Count((byte)'\n');
                counted = at;
                walker.Add(ref reader, _line);
            }
        }
        catch (JsonException exception)
        {
            _line += _buffer.AsSpan(_begin + counted, _end - _begin - counted)[..Math.Max(0, (int)reader.BytesConsumed - counted)].Count((byte)'\n');
            throw new DocumentRejectedException(
                Rejection.Dead(
                    Reasons.Corrupt,
                    _final && _end - _begin - reader.BytesConsumed <= 0
                        ? $"the JSON ends too early, at line {_line}"
                        : $"not valid JSON near line {_line}, byte {(exception.BytePositionInLine ?? 0) + 1} of it; what stands before it was read"),
                exception);
        }

        var consumed = (int)reader.BytesConsumed;
        _line += _buffer.AsSpan(_begin + counted, consumed - counted).Count((byte)'\n');
        _begin += consumed;
        _state = reader.CurrentState;
        return more;
    }

    private void SkipWhiteSpace()
    {
        var rest = _buffer.AsSpan(_begin, _end - _begin);
        var skip = rest.IndexOfAnyExcept(" \t\r\n"u8);
        skip = skip < 0 ? rest.Length : skip;
        _line += rest[..skip].Count((byte)'\n');
        _begin += skip;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        var held = _end - _begin;
        if (held >= MaxBuffer)
        {
            BeginHuge();
            return;
        }

        const int Room = 64 * 1024;
        if (_buffer.Length - _end < Room)
        {
            var target = _buffer.Length - held < Room ? ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, held + Room)) : _buffer;
            _buffer.AsSpan(_begin, held).CopyTo(target);
            if (target != _buffer)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = target;
            }

            _begin = 0;
            _end = held;
        }

        var read = await text.ReadAsync(_characters, cancellationToken).ConfigureAwait(false);
        _final = read == 0;
        _end += _encoder.GetBytes(_characters.AsSpan(0, read), _buffer.AsSpan(_end), flush: _final);
    }

    /// <summary>The token in the buffer does not end: gives it out in pieces if it is a string's value.</summary>
    private void BeginHuge()
    {
        var rest = _buffer.AsSpan(_begin, _end - _begin);
        var quote = rest.IndexOfAnyExcept(_beforeValue);
        if (quote < 0 || rest[quote] != '"')
        {
            throw new DocumentRejectedException(Rejection.Dead(
                Reasons.Corrupt, $"not valid JSON at line {_line}: a name, a number or a comment is longer than {MaxBuffer:N0} bytes"));
        }

        // Shown to the reader: what stands before the string, and an empty string.
        var shown = new byte[quote + 2];
        rest[..quote].CopyTo(shown);
        shown[quote] = (byte)'"';
        shown[quote + 1] = (byte)'"';
        _begin += quote + 1;
        _hugeFirst = true;
        _inHuge = true;
        Show(shown);
    }

    private bool _hugeFirst;

    /// <summary>Gives out the next piece of an overlong string.</summary>
    private bool ReadHuge()
    {
        var rest = _buffer.AsSpan(_begin, _end - _begin);
        var length = 0;
        while (length < rest.Length && length < Section.MaxLength && rest[length] != '"')
        {
            var step = rest[length] == '\\' ? 2 : 1;
            if (step == 2 && length + 6 > rest.Length && !_final)
            {
                break; // An escape may go on.
            }

            length += step;
        }

        var ends = length < rest.Length && rest[length] == '"';
        if (!ends && length < Section.MaxLength && !_final)
        {
            return false;
        }

        if (!ends)
        {
            length = WholeCharacters(rest, Math.Min(length, rest.Length));
            if (length == 0)
            {
                throw new DocumentRejectedException(Rejection.Dead(Reasons.Corrupt, $"the JSON ends too early, inside a string at line {_line}"));
            }
        }

        walker.AddPiece(JsonText.Unescape(rest[..length]), _hugeFirst, _line);
        _hugeFirst = false;
        _begin += length + (ends ? 1 : 0);
        _inHuge = !ends;
        return true;
    }

    /// <summary>The part of the first <paramref name="length"/> bytes that splits neither a character nor an escape of a surrogate pair.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> text, int length)
    {
        while (length > 0 && length < text.Length && (text[length] & 0xC0) == 0x80)
        {
            length--;
        }

        var escape = text[..length][Math.Max(0, length - 6)..].IndexOf("\\u"u8);
        return escape >= 0 && length > 12 ? Math.Max(0, length - 6) + escape : length;
    }

    private void Show(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, isFinalBlock: false, _state);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    throw new JsonException();
                }

                walker.Add(ref reader, _line);
            }
        }
        catch (JsonException exception)
        {
            throw new DocumentRejectedException(Rejection.Dead(Reasons.Corrupt, $"not valid JSON at line {_line}: a string stands where none may, or a name is longer than {MaxBuffer:N0} bytes"), exception);
        }

        _state = reader.CurrentState;
    }
}
