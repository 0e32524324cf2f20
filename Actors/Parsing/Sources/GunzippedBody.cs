using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;
using Sluice.Actors.Parsing.Bytes;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>
/// A body that the server compressed on its way. Unlike the framework's own stream, one that ends too early is an error: the connection failed, and what arrived must not pass for
/// the page. Owns what it reads from.
/// </summary>
/// <param name="compressed">The body as it is sent.</param>
internal sealed class GunzippedBody(Stream compressed) : ReadOnlyStream
{
    private readonly GZipInputStream _inflater = new(compressed, 64 * 1024);

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

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Read(buffer.Span));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inflater.Dispose();
        }

        base.Dispose(disposing);
    }
}
