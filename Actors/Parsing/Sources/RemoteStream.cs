using System.Globalization;
using System.Net.Sockets;
using Amazon.Runtime;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>
/// The body of a remote document: bounded in size, with a limit on how long each piece may take, and every failure of the network told as one that may pass. Used
/// by one reader at a time; disposes what it was made over.
/// </summary>
internal sealed class RemoteStream(Stream inner, IDisposable owner, string uri, long maxBytes, TimeSpan timeout, TimeProvider timeProvider) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static DocumentRejectedException TooLarge(string uri, long maxBytes) => new(Rejection.Skip(
        Reasons.TooLarge,
        string.Create(CultureInfo.InvariantCulture, $"{uri} is larger than {maxBytes:N0} bytes; raise sluice.source.http.max-bytes to read it")));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var limit = new CancellationTokenSource(timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var read = await inner.ReadAsync(buffer, either.Token).ConfigureAwait(false);
            _read += read;
            return _read <= maxBytes ? read : throw TooLarge(uri, maxBytes);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientException($"{uri} sent nothing for {timeout.TotalSeconds:0} seconds", innerException: exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or InvalidDataException or SocketException or AmazonClientException)
        {
            throw new TransientException($"{uri} broke off while it was read: {exception.Message}", innerException: exception);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Parsers of formats that know only synchronous reading come here; they run on threads that may wait.
    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        owner.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            owner.Dispose();
        }

        base.Dispose(disposing);
    }
}
