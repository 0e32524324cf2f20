using System.Runtime.CompilerServices;
using SkiaSharp;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Images;

/// <summary>
/// Decodes PNG, JPEG, WebP, GIF (its first frame) and BMP with Skia. The orientation that a camera notes (EXIF) is applied, what is transparent shows white. The number of
/// pixels is looked at before anything is decoded. Stateless; safe for concurrent use.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>Pixels of a picture beyond which only one is decoded at a time: it takes 7 bytes a pixel while it is, and several documents are parsed at once.</summary>
    internal const long LargePixels = 16_000_000;

    private const string Again = "fetch or save it again";

    private static readonly SemaphoreSlim s_large = new(1, 1);

    /// <summary>Reads and decodes a picture and makes something of it. Large ones wait for each other, in the whole process, so that their memory does not add up.</summary>
    /// <typeparam name="T">What is made.</typeparam>
    /// <param name="stream">The encoded picture, from the beginning; read to its end, not closed.</param>
    /// <param name="options">The limits, as for <see cref="DecodeAsync"/>.</param>
    /// <param name="make">Makes it; does not keep the picture.</param>
    /// <param name="cancellationToken">Cancels reading and waiting.</param>
    /// <returns>What was made.</returns>
    /// <exception cref="DocumentRejectedException">It is damaged, cut short, of no known type or too large.</exception>
    public static async ValueTask<T> UseAsync<T>(Stream stream, ParsingOptions options, Func<RasterImage, T> make, CancellationToken cancellationToken)
    {
        using var bytes = await ReadAsync(stream, options, cancellationToken).ConfigureAwait(false);
        if (PixelsOf(bytes) <= LargePixels)
        {
            return Make(bytes, options, make);
        }

        await s_large.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Make(bytes, options, make);
        }
        finally
        {
            // The picture is garbage of hundreds of megabytes now, and the next one must not come beside it.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            s_large.Release();
        }
    }

    /// <summary>Reads and decodes a picture.</summary>
    /// <param name="stream">The encoded picture, from the beginning; read to its end, not closed.</param>
    /// <param name="options">The limits: <see cref="ParsingOptions.MaxImagePixels"/> and, for the encoded bytes, <see cref="ParsingOptions.MaxWholeDocumentBytes"/>.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The picture, upright.</returns>
    /// <exception cref="DocumentRejectedException">It is damaged, cut short, of no known type or too large.</exception>
    public static async ValueTask<RasterImage> DecodeAsync(Stream stream, ParsingOptions options, CancellationToken cancellationToken)
    {
        using var bytes = await ReadAsync(stream, options, cancellationToken).ConfigureAwait(false);
        return Decode(Encoded(bytes), options.MaxImagePixels);
    }

    /// <summary>In a method of its own: when it has returned, nothing holds the picture.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T Make<T>(MemoryStream bytes, ParsingOptions options, Func<RasterImage, T> make) => make(Decode(Encoded(bytes), options.MaxImagePixels));

    /// <summary>What the header says of the number of pixels; 0 when there is none that can be read.</summary>
    private static long PixelsOf(MemoryStream bytes)
    {
        using var data = SKData.CreateCopy(Encoded(bytes));
        using var codec = SKCodec.Create(data);
        return codec is null ? 0 : (long)codec.Info.Width * codec.Info.Height;
    }

    private static ReadOnlySpan<byte> Encoded(MemoryStream bytes) => bytes.GetBuffer().AsSpan(0, (int)bytes.Length);

    private static async ValueTask<MemoryStream> ReadAsync(Stream stream, ParsingOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        var bytes = new MemoryStream(stream.CanSeek ? (int)Math.Clamp(stream.Length - stream.Position, 0, Array.MaxLength) : 64 * 1024);
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (bytes.Length + read > Math.Min(options.MaxWholeDocumentBytes, Array.MaxLength))
            {
                throw new DocumentRejectedException(Rejection.Skip(
                    Reasons.TooLarge, $"larger than {options.MaxWholeDocumentBytes:N0} bytes, the limit for an image; raise sluice.parsing.max-whole-document-bytes to read it"));
            }

            bytes.Write(buffer, 0, read);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return bytes;
    }

    /// <summary>Decodes a picture.</summary>
    /// <param name="encoded">All its bytes.</param>
    /// <param name="maxPixels">Most pixels it may have; more is refused before it is decoded.</param>
    /// <returns>The picture, upright.</returns>
    /// <exception cref="DocumentRejectedException">It is damaged, cut short, of no known type or too large.</exception>
    public static RasterImage Decode(ReadOnlySpan<byte> encoded, long maxPixels)
    {
        // A copy, because a stream of ours that failed below Skia could not be reported through its native code.
        using var data = SKData.CreateCopy(encoded);
        using var codec = SKCodec.Create(data)
            ?? throw Corrupt(encoded.IsEmpty ? "the image has no bytes" : "the image's header is damaged, or it is no PNG, JPEG, WebP, GIF or BMP");
        var info = codec.Info;
        if (info.Width < 1 || info.Height < 1)
        {
            throw Corrupt("the image has no pixels");
        }

        var pixels = (long)info.Width * info.Height;
        if (pixels > Math.Min(maxPixels, Array.MaxLength / RasterImage.Channels))
        {
            throw new DocumentRejectedException(Rejection.Skip(
                Reasons.TooLarge,
                $"an image of {info.Width:N0} x {info.Height:N0} pixels, more than the {maxPixels:N0} allowed; make it smaller or raise sluice.parsing.max-image-pixels"));
        }

        using var bitmap = new SKBitmap();
        var wanted = new SKImageInfo(info.Width, info.Height, SKColorType.Rgba8888, SKAlphaType.Premul, SKColorSpace.CreateSrgb());
        if (!bitmap.TryAllocPixels(wanted))
        {
            throw new DocumentRejectedException(Rejection.Dead(
                Reasons.OutOfMemory, $"no memory for an image of {info.Width:N0} x {info.Height:N0} pixels; make it smaller, or lower sluice.parsing.max-image-pixels"));
        }

        var result = codec.GetPixels(wanted, bitmap.GetPixels());
        return result switch
        {
            SKCodecResult.Success => ImageOrientation.Apply(bitmap.GetPixelSpan(), bitmap.RowBytes, info.Width, info.Height, codec.EncodedOrigin),
            SKCodecResult.IncompleteInput => throw Corrupt("the image breaks off before its last row"),
            _ => throw Corrupt($"the image's data are damaged ({result})"),
        };
    }

    private static DocumentRejectedException Corrupt(string what) => new(Rejection.Dead(Reasons.Corrupt, $"{what}; {Again}"));
}
