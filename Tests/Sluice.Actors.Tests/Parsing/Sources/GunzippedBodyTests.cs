using System.IO.Compression;
using Sluice.Actors.Parsing.Sources;

namespace Sluice.Actors.Tests.Parsing.Sources;

public sealed class GunzippedBodyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(3_000_000)]
    public async Task ReadAsync_BodyThatComesInPieces_IsReadWithoutHoldingAThread(int length)
    {
        var bytes = Text(length);
        await using var body = new GunzippedBody(new AsynchronousStream([.. Pack(bytes), .. Pack(bytes)], 1000));
        using var read = new MemoryStream();

        await body.CopyToAsync(read);

        read.ToArray().AsSpan().SequenceEqual([.. bytes, .. bytes]).ShouldBeTrue();
    }

    [Fact]
    public async Task ReadAsync_NothingComes_CanBeCancelled()
    {
        using var stop = new CancellationTokenSource();
        await using var body = new GunzippedBody(new AsynchronousStream([], 0));
        var reading = body.ReadAsync(new byte[10], stop.Token).AsTask();

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => reading);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(5000)]
    public async Task ReadAsync_BodyThatEndsEarly_Fails(int missing)
    {
        var packed = Pack(Text(100_000));
        await using var body = new GunzippedBody(new AsynchronousStream(packed[..^missing], 700));

        await Should.ThrowAsync<Exception>(() => body.CopyToAsync(Stream.Null));
    }

    private static byte[] Text(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    /// <summary>Gives pieces to who waits asynchronously; pieces of nothing: never anything.</summary>
    private sealed class AsynchronousStream(byte[] bytes, int piece) : MemoryStream(bytes, 0, bytes.Length, writable: false, publiclyVisible: true)
    {
        public override int Read(Span<byte> buffer) => throw new InvalidOperationException("a thread would wait for the network");

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("a thread would wait for the network");

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            if (piece == 0)
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }

            return Take(buffer.Span[..Math.Min(buffer.Length, piece)]);
        }

        private int Take(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, Length - Position);
            GetBuffer().AsSpan((int)Position, count).CopyTo(buffer);
            Position += count;
            return count;
        }
    }
}
