using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Bytes;

/// <summary>
/// The content of a gzip stream, member after member. Unlike the framework's own, a stream that ends too early is an error here: a truncated download must not
/// pass for a document. Holds the expansion to the limits.
/// </summary>
internal sealed class GunzipStream(Stream compressed, ObservedStream source, SourceWatch watch, ParsingOptions options) : ReadOnlyStream
{
    /// <summary>Output that any document may have, however small it is compressed.</summary>
    public const long FreeBytes = 16L << 20;

    private readonly GZipInputStream _inflater = new(compressed, 64 * 1024) { IsStreamOwner = false };
    private long _written;

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = _inflater.Read(buffer);
        }
        catch (Exception exception) when (exception is SharpZipBaseException or EndOfStreamException && watch.Fault is null)
        {
            throw watch.Record(new DocumentRejectedException(
                Rejection.Dead(
                    Reasons.Corrupt,
                    $"the gzip data is damaged or ends too early, after {_written:N0} decompressed bytes; fetch or compress the file again"),
                exception));
        }

        _written += read;
        if (_written > options.MaxExpandedBytes)
        {
            throw Bomb($"expands to more than {options.MaxExpandedBytes:N0} bytes; raise sluice.parsing.max-expanded-bytes, then `sluice dead replay` to read it");
        }

        if (_written > FreeBytes && (_written - FreeBytes) / options.MaxExpansionRatio > source.BytesRead)
        {
            throw Bomb($"expands to more than {options.MaxExpansionRatio:N0} times its size; raise sluice.parsing.max-expansion-ratio, then `sluice dead replay` to read it");
        }

        return read;
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

    private Exception Bomb(string message) => watch.Record(new DocumentRejectedException(Rejection.Dead(Reasons.Bomb, message)));
}
