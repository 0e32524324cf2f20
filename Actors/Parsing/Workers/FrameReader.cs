using System.Buffers.Binary;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>Reads frames from a pipe, many with one call of the system where they are small. Used by one reader at a time.</summary>
/// <param name="stream">The pipe; not owned.</param>
/// <param name="maxPicture">Longest payload of a picture.</param>
internal sealed class FrameReader(Stream stream, long maxPicture)
{
    private const int SmallBytes = Frame.BlockBytes + 4096;

    /// <summary>A buffer that grew beyond this for one large frame, a picture, is given back.</summary>
    private const int KeptBytes = 1 << 20;

    private byte[] _buffer = new byte[SmallBytes];
    private int _start;
    private int _end;

    /// <summary>The next frame; null when the other side ended.</summary>
    /// <exception cref="InvalidDataException">What comes is no frame.</exception>
    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        Frame frame;
        while (!TryTake(out frame))
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return null;
            }

            _end += read;
        }

        return frame;
    }

    /// <summary>The next frame; null when the other side ended.</summary>
    /// <exception cref="InvalidDataException">What comes is no frame.</exception>
    public Frame? Read()
    {
        Frame frame;
        while (!TryTake(out frame))
        {
            var read = stream.Read(_buffer.AsSpan(_end));
            if (read == 0)
            {
                return null;
            }

            _end += read;
        }

        return frame;
    }

    private bool TryTake(out Frame frame)
    {
        frame = default;
        var needed = Frame.HeaderBytes;
        if (_end - _start >= needed)
        {
            var kind = (FrameKind)_buffer[_start];
            var length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start + 1));
            if (!Enum.IsDefined(kind) || length < 0 || length > (kind == FrameKind.Picture ? maxPicture : Frame.MaxPayload))
            {
                throw new InvalidDataException($"what came through the pipe is no frame: kind {(byte)kind}, {length:N0} bytes");
            }

            needed += length;
            if (_end - _start >= needed)
            {
                frame = new(kind, _buffer.AsMemory(_start + Frame.HeaderBytes, length));
                _start += needed;
                return true;
            }
        }

        MakeRoom(needed);
        return false;
    }

    /// <summary>What was taken is no longer needed here: its place is given to what comes.</summary>
    private void MakeRoom(int needed)
    {
        var held = _buffer.AsSpan(_start, _end - _start);
        if (needed > _buffer.Length || (_buffer.Length > KeptBytes && needed <= SmallBytes))
        {
            var fitting = new byte[Math.Max(needed, SmallBytes)];
            held.CopyTo(fitting);
            _buffer = fitting;
        }
        else
        {
            held.CopyTo(_buffer);
        }

        (_start, _end) = (0, held.Length);
    }
}
