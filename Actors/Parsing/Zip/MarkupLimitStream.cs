using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Zip;

/// <summary>
/// Passes XML through and refuses a tag longer than <see cref="MaxTagBytes"/>: an XML reader holds a whole tag in memory, so one attribute of a gigabyte, packed
/// small, would take it. Owns the stream below.
/// </summary>
internal sealed class MarkupLimitStream(Stream inner, string name) : Stream
{
    /// <summary>Longest tag, in bytes.</summary>
    public const int MaxTagBytes = 1 << 20;

    private State _state;
    private long _tagBytes;
    private byte _quote;

    private enum State
    {
        Text,
        Opening,
        Tag,
        Quoted,
        Declaration,
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        Scan(buffer[..read]);
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Scan(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var step = Step(bytes);
            _tagBytes = _state == State.Text ? 0 : _tagBytes + step;
            if (_tagBytes > MaxTagBytes)
            {
                throw new DocumentRejectedException(Rejection.Dead(
                    Reasons.Bomb, $"the part '{BoundedZip.Shown(name)}' has a tag or an attribute longer than {MaxTagBytes:N0} bytes"));
            }

            bytes = bytes[step..];
        }
    }

    /// <summary>Goes on to the next character that matters.</summary>
    private int Step(ReadOnlySpan<byte> bytes)
    {
        int found;
        switch (_state)
        {
            case State.Text:
                found = bytes.IndexOf((byte)'<');
                _state = found < 0 ? State.Text : State.Opening;
                break;
            case State.Opening:
                // A comment, CDATA or processing instruction may hold single quotes: only its end matters.
                _state = bytes[0] is (byte)'!' or (byte)'?' ? State.Declaration : State.Tag;
                return bytes[0] is (byte)'!' or (byte)'?' ? 1 : 0;
            case State.Tag:
                found = bytes.IndexOfAny((byte)'"', (byte)'\'', (byte)'>');
                if (found >= 0)
                {
                    _quote = bytes[found];
                    _state = _quote == (byte)'>' ? State.Text : State.Quoted;
                }

                break;
            case State.Quoted:
                found = bytes.IndexOf(_quote);
                _state = found < 0 ? State.Quoted : State.Tag;
                break;
            default:
                found = bytes.IndexOf((byte)'>');
                _state = found < 0 ? State.Declaration : State.Text;
                break;
        }

        return found < 0 ? bytes.Length : found + 1;
    }
}
