using System.Buffers;
using System.Security.Cryptography;

namespace Sluice.Streams.Flows;

/// <summary>
/// Hashes a document's bytes (SHA-256) while a parser reads them. A parser that seeks, or stops early, is made up for at the end by reading what is missing.
/// Owns the stream it wraps.
/// </summary>
internal sealed class ContentHasher(Stream inner) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _hashedTo;
    private bool _disordered;

    public override bool CanRead => true;

    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.CanSeek ? inner.Position : _hashedTo;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <summary>Reads to the end what was not read and gives the hash.</summary>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The hash, in hexadecimal.</returns>
    public async ValueTask<string> CompleteAsync(CancellationToken cancellationToken)
    {
        if (_disordered)
        {
            inner.Position = 0;
            return await HashAsync(inner, cancellationToken).ConfigureAwait(false);
        }

        if (inner.CanSeek)
        {
            inner.Position = _hashedTo;
        }

        await DrainAsync(this, cancellationToken).ConfigureAwait(false);
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    /// <summary>Hashes a stream from where it stands.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The hash, in hexadecimal.</returns>
    public static async ValueTask<string> HashAsync(Stream stream, CancellationToken cancellationToken) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));

    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        Hash(buffer[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Hash(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("a document's content is read only");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("a document's content is read only");

    public override async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private static async ValueTask DrainAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) > 0)
            {
                // Only the hash is wanted.
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Hash(ReadOnlySpan<byte> bytes)
    {
        if (_disordered || bytes.IsEmpty)
        {
            return;
        }

        if (inner.CanSeek && inner.Position - bytes.Length != _hashedTo)
        {
            _disordered = true;
            return;
        }

        _hash.AppendData(bytes);
        _hashedTo += bytes.Length;
    }
}
