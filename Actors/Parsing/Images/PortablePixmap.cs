using System.Buffers.Text;

namespace Sluice.Actors.Parsing.Images;

/// <summary>Reads pictures in the binary PPM format (<c>P6</c>, Netpbm), one after the other, as <c>pdftoppm</c> writes them to its output.</summary>
internal static class PortablePixmap
{
    private const int MaxHeader = 64;

    /// <summary>Reads the next picture.</summary>
    /// <param name="stream">Where it comes from; read no further than its last pixel.</param>
    /// <param name="maxSide">Longest side it may have; more is refused before memory is taken.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The picture, or null at the end of the stream.</returns>
    /// <exception cref="InvalidDataException">It is no such picture, is too large, or breaks off.</exception>
    public static async ValueTask<RasterImage?> ReadAsync(Stream stream, int maxSide, CancellationToken cancellationToken)
    {
        var header = new byte[MaxHeader];
        var length = 0;
        var fields = 0;
        while (fields < 4)
        {
            if (length == MaxHeader)
            {
                throw new InvalidDataException("the header of a PPM picture has no end");
            }

            if (await stream.ReadAsync(header.AsMemory(length, 1), cancellationToken).ConfigureAwait(false) == 0)
            {
                return length == 0 ? null : throw new InvalidDataException("a PPM picture breaks off in its header");
            }

            if (IsSpace(header[length++]) && length > 1 && !IsSpace(header[length - 2]))
            {
                fields++;
            }
        }

        var (width, height) = Size(header.AsSpan(0, length));
        if (width < 1 || height < 1 || width > maxSide || height > maxSide)
        {
            throw new InvalidDataException($"a picture of {width} x {height} pixels, where at most {maxSide} x {maxSide} were asked for");
        }

        var image = new RasterImage(width, height);
        var read = await stream.ReadAtLeastAsync(image.Pixels, image.Pixels.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return read == image.Pixels.Length ? image : throw new InvalidDataException($"a PPM picture breaks off after {read:N0} of {image.Pixels.Length:N0} bytes");
    }

    private static (int Width, int Height) Size(ReadOnlySpan<byte> header)
    {
        Span<Range> parts = stackalloc Range[5];
        var count = header.SplitAnyFields(parts);
        return count >= 4
            && header[parts[0]].SequenceEqual("P6"u8)
            && Utf8Parser.TryParse(header[parts[1]], out int width, out _)
            && Utf8Parser.TryParse(header[parts[2]], out int height, out _)
            && header[parts[3]].SequenceEqual("255"u8)
            ? (width, height)
            : throw new InvalidDataException("not a PPM picture of 8 bits a channel");
    }

    /// <summary>The fields of a header between white space.</summary>
    private static int SplitAnyFields(this ReadOnlySpan<byte> header, Span<Range> parts)
    {
        var count = 0;
        for (var at = 0; at < header.Length && count < parts.Length;)
        {
            var start = at;
            while (at < header.Length && !IsSpace(header[at]))
            {
                at++;
            }

            if (at > start)
            {
                parts[count++] = start..at;
            }

            at++;
        }

        return count;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';
}
