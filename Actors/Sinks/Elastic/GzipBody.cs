using System.IO.Compression;
using Sluice.Actors.Sinks.Http;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>Compresses request bodies.</summary>
internal static class GzipBody
{
    /// <summary>Makes a compressed copy, as fast as can be.</summary>
    /// <returns>The copy; the caller disposes it.</returns>
    public static PooledBody Compress(PooledBody body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var packed = new PooledBody();
        using var gzip = new GZipStream(new BodyStream(packed), CompressionLevel.Fastest);
        foreach (var segment in body.Segments)
        {
            gzip.Write(segment.Span);
        }

        return packed;
    }

    private sealed class BodyStream(PooledBody body) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            buffer.CopyTo(body.GetSpan(buffer.Length));
            body.Advance(buffer.Length);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
