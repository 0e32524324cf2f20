using Sluice.Actors.Parsing.Bytes;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// A document's bytes as a worker sees them: it asks its parent for them, block by block, and keeps the last few, for formats that jump. The worker itself opens nothing.
/// Used by one reader at a time.
/// </summary>
internal sealed class FedStream : ReadOnlyStream
{
    private const int KeptBlocks = 16;

    private readonly ParentPipe _pipe;
    private readonly SemaphoreSlim _answered = new(0);
    private readonly Dictionary<long, (ReadOnlyMemory<byte> Bytes, long Used)> _blocks = [];
    private readonly long _length;
    private ReadOnlyMemory<byte> _current;
    private long _currentAt;
    private ReadOnlyMemory<byte>? _answer;
    private long _uses;
    private long _position;

    /// <summary>Makes it.</summary>
    /// <param name="pipe">The way to the parent.</param>
    /// <param name="length">The document's length where its source can seek; -1 where it cannot.</param>
    /// <param name="head">Its first block.</param>
    public FedStream(ParentPipe pipe, long length, ReadOnlyMemory<byte> head)
    {
        _pipe = pipe;
        _length = length;
        _current = head;
        _blocks[0] = (head, 0);
    }

    public override bool CanSeek => _length >= 0;

    public override long Length => CanSeek ? _length : throw new NotSupportedException();

    public override long Position
    {
        get => CanSeek ? _position : throw new NotSupportedException();
        set => Seek(value, SeekOrigin.Begin);
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => Position,
            _ => Length,
        };
        return CanSeek && target >= 0 ? _position = target : throw (CanSeek ? new IOException("a place before the beginning") : new NotSupportedException());
    }

    /// <summary>The parent's answer; null where the source failed.</summary>
    public void Answer(ReadOnlyMemory<byte>? bytes)
    {
        _answer = bytes;
        _answered.Release();
    }

    /// <summary>Reads as a file does, whole: PdfPig takes a read that is shorter than it asked for, at the border of a block, for the end.</summary>
    public override int Read(Span<byte> buffer)
    {
        var read = 0;
        while (read < buffer.Length)
        {
            if (IsNeeded())
            {
                Ask();
                _answered.Wait();
                Take();
            }

            if (Copy(buffer[read..]) is not 0 and var count)
            {
                read += count;
            }
            else
            {
                break;
            }
        }

        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var read = 0;
        while (read < buffer.Length)
        {
            if (IsNeeded())
            {
                Ask();
                await _answered.WaitAsync(cancellationToken).ConfigureAwait(false);
                Take();
            }

            if (Copy(buffer.Span[read..]) is not 0 and var count)
            {
                read += count;
            }
            else
            {
                break;
            }
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _answered.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Whether the bytes at the position have to be fetched; brings a kept block to the front.</summary>
    private bool IsNeeded()
    {
        if ((CanSeek && _position >= _length) || (_position >= _currentAt && _position < _currentAt + _current.Length))
        {
            return false;
        }

        var at = _position - (_position % Frame.BlockBytes);
        if (!CanSeek || !_blocks.TryGetValue(at, out var kept) || _position >= at + kept.Bytes.Length)
        {
            return true;
        }

        (_current, _currentAt) = (kept.Bytes, at);
        _blocks[at] = (kept.Bytes, ++_uses);
        return false;
    }

    private void Ask()
    {
        var offset = CanSeek ? _position - (_position % Frame.BlockBytes) : _position;
        _pipe.Write(to => to.Begin(FrameKind.Read).Add(offset).Add(Frame.BlockBytes).End(), now: true);
    }

    /// <summary>Takes the parent's answer.</summary>
    /// <exception cref="IOException">The source failed; the parent knows how.</exception>
    private void Take()
    {
        _current = _answer ?? throw new IOException("the source failed");
        _currentAt = CanSeek ? _position - (_position % Frame.BlockBytes) : _position;
        if (!CanSeek)
        {
            return;
        }

        if (_blocks.Count >= KeptBlocks)
        {
            _blocks.Remove(_blocks.MinBy(static pair => pair.Value.Used).Key);
        }

        _blocks[_currentAt] = (_current, ++_uses);
    }

    private int Copy(Span<byte> buffer)
    {
        var offset = _position - _currentAt;
        if (offset < 0 || offset >= _current.Length)
        {
            return 0;
        }

        var count = Math.Min(buffer.Length, _current.Length - (int)offset);
        _current.Span.Slice((int)offset, count).CopyTo(buffer);
        _position += count;
        return count;
    }
}
