using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Bytes;

/// <summary>The source's bytes under watch: counts them, holds them to the limit, and remembers failures and waiting times in a <see cref="SourceWatch"/>.</summary>
internal sealed class ObservedStream(Stream source, SourceWatch watch, long maxBytes) : ReadOnlyStream
{
    private long _read;

    /// <summary>Bytes read so far.</summary>
    public long BytesRead => Volatile.Read(ref _read);

    public override bool CanSeek => source.CanSeek;

    public override long Length => source.Length;

    public override long Position
    {
        get => source.Position;
        set => source.Position = value;
    }

    public override long Seek(long offset, SeekOrigin origin) => source.Seek(offset, origin);

    public override int Read(Span<byte> buffer)
    {
        watch.BeginRead();
        try
        {
            return Count(source.Read(buffer));
        }
        catch (Exception exception)
        {
            watch.Record(exception);
            throw;
        }
        finally
        {
            watch.EndRead();
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        watch.BeginRead();
        try
        {
            return Count(await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            watch.Record(exception);
            throw;
        }
        finally
        {
            watch.EndRead();
        }
    }

    private int Count(int read)
    {
        _read += read;
        var position = source.CanSeek ? source.Position : _read;
        return position <= maxBytes
            ? read
            : throw new DocumentRejectedException(Rejection.Skip(
                Reasons.TooLarge,
                $"larger than {maxBytes:N0} bytes; raise sluice.parsing.max-document-bytes to read it"));
    }
}
