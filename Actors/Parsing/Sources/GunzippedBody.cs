using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;
using Sluice.Actors.Parsing.Bytes;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>
/// A body that the server compressed on its way. Unlike the framework's own stream, one that ends too early is an error: the connection failed, and what arrived must not pass for
/// the page. Owns what it reads from.
/// </summary>
internal sealed class GunzippedBody : ReadOnlyStream
{
    /// <summary>What the library takes from below at once.</summary>
    private const int Taken = 4096;

    /// <summary>Most that is inflated by one asynchronous read: never more than what was fetched for it can give.</summary>
    private const int Inflated = 16 * 1024;

    private readonly FetchedStream _fetched;
    private readonly GZipInputStream _inflater;

    /// <summary>Makes it.</summary>
    /// <param name="compressed">The body as it is sent.</param>
    public GunzippedBody(Stream compressed)
    {
        _fetched = new(compressed, Inflated + (4 * Taken));
        _inflater = new(_fetched, Taken);
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _inflater.Read(buffer);
        }
        catch (SharpZipBaseException exception)
        {
            throw new InvalidDataException($"its compressed data is damaged ({exception.Message})", exception);
        }
    }

    /// <summary>The library only reads synchronously: so what it will take is fetched first, and no thread waits for the network.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _fetched.FetchAsync(cancellationToken).ConfigureAwait(false);
        return Read(buffer.Span[..Math.Min(buffer.Length, Inflated)]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inflater.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Bytes that were fetched before somebody asks for them. Owns what they come from.</summary>
    private sealed class FetchedStream(Stream inner, int capacity) : ReadOnlyStream
    {
        private readonly byte[] _buffer = new byte[capacity];
        private int _start;
        private int _end;
        private bool _ended;

        /// <summary>Fills up.</summary>
        public async ValueTask FetchAsync(CancellationToken cancellationToken)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            while (!_ended && _end < _buffer.Length)
            {
                var read = await inner.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
                _end += read;
                _ended = read == 0;
            }
        }

        /// <summary>What was fetched, and from below only where that was not enough: a header with a name of many kilobytes.</summary>
        public override int Read(Span<byte> buffer)
        {
            if (_start == _end)
            {
                return _ended ? 0 : inner.Read(buffer);
            }

            var count = Math.Min(buffer.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            return count;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new(Read(buffer.Span));
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
