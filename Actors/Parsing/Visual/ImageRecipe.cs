using System.Globalization;
using Sluice.Actors.Parsing.Images;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Visual;

/// <summary>How a model wants its images: the size, and what is left out. Immutable; safe for concurrent use.</summary>
/// <param name="Width">Pixels in a row of what the network takes.</param>
/// <param name="Height">Rows of it.</param>
/// <param name="Positions">What the network computes for an image, in tokens; from 1.</param>
public sealed record ImageRecipe(int Width, int Height, int Positions)
{
    private const int Version = 1;

    /// <summary>How pixels are weighed when the size changes. Default: cubic.</summary>
    public ImageFilter Filter { get; init; } = ImageFilter.Bicubic;

    /// <summary>The shorter side before <see cref="Width"/> x <see cref="Height"/> are cut out of the middle; null where the image is brought to that size as it is, whatever its shape.</summary>
    public int? ShortestEdge { get; init; }

    /// <summary>Width before that is cut out of the middle, where both sides are given; null otherwise.</summary>
    public int? ScaledWidth { get; init; }

    /// <summary>Height before that is cut out of the middle, where both sides are given; null otherwise.</summary>
    public int? ScaledHeight { get; init; }

    /// <summary>All of it in one line: images made by equal ones are equal.</summary>
    public string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"image:{Version}/{Width}x{Height}/{Filter}/{ShortestEdge}/{ScaledWidth}x{ScaledHeight}");

    /// <summary>Makes an image ready.</summary>
    /// <param name="pixels">Three bytes a pixel, row by row: red, green, blue.</param>
    /// <param name="width">Pixels in a row, from 1.</param>
    /// <param name="height">Rows, from 1.</param>
    /// <returns>The image as the network takes it; what the cut-out has beyond the image is black.</returns>
    public PreparedImage Prepare(ReadOnlySpan<byte> pixels, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var scaled = Scale(width, height);
        var result = new byte[Width * Height * 3];
        ImageResampler.Resample(pixels, (width, height), scaled, Filter, ((scaled.Width - Width) >> 1, (scaled.Height - Height) >> 1), result, (Width, Height));
        return new PreparedImage(Width, Height, result, Positions);
    }

    /// <summary>Decodes a picture (PNG, JPEG, WebP, GIF, BMP) and makes it ready.</summary>
    /// <param name="stream">The encoded picture, from its beginning.</param>
    /// <param name="options">How large it may be.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The picture as the network takes it.</returns>
    /// <exception cref="Sluice.Streams.Failures.DocumentRejectedException">It is damaged, too large, or none of these.</exception>
    public ValueTask<PreparedImage> PrepareAsync(Stream stream, ParsingOptions options, CancellationToken cancellationToken) =>
        ImageDecoder.UseAsync(stream, options, picture => Prepare(picture.Pixels, picture.Width, picture.Height), cancellationToken);

    /// <summary>Pixels of the longer side at which a page is drawn: twice what is needed, so that nothing of a page of usual shape is made larger.</summary>
    internal int PageSide => 2 * Math.Max(ShortestEdge ?? 0, Math.Max(ScaledWidth ?? Width, ScaledHeight ?? Height));

    private (long Width, long Height) Scale(int width, int height) => ShortestEdge is not { } edge ? (ScaledWidth ?? Width, ScaledHeight ?? Height)
        : width <= height ? (edge, (long)edge * height / width)
        : ((long)edge * width / height, edge);
}
