using System.Net;
using System.Net.Http.Headers;

namespace Sluice.Actors.Sinks.Http;

/// <summary>Sends a <see cref="PooledBody"/>, which stays its owner's, and knows how far it came.</summary>
internal sealed class PooledContent : HttpContent
{
    private readonly PooledBody _body;
    private long _sent;

    public PooledContent(PooledBody body, string mediaType)
    {
        _body = body;
        Headers.ContentType = new MediaTypeHeaderValue(mediaType);
    }

    /// <summary>Bytes handed to the connection in the last attempt.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _sent, 0);
        foreach (var segment in _body.Segments)
        {
            await stream.WriteAsync(segment, cancellationToken).ConfigureAwait(false);
            Interlocked.Add(ref _sent, segment.Length);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
