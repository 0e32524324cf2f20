namespace Sluice.Actors.Parsing.Images;

/// <summary>
/// A picture in memory: 8 bits each of red, green and blue (sRGB), rows from top to bottom, pixels from left to right, tightly packed. Whoever holds it may change its
/// pixels; not safe for concurrent writes.
/// </summary>
internal sealed class RasterImage
{
    /// <summary>Bytes of a pixel.</summary>
    public const int Channels = 3;

    /// <summary>Makes a picture over <paramref name="pixels"/>, which it then owns.</summary>
    /// <param name="width">Pixels in a row; at least 1.</param>
    /// <param name="height">Rows; at least 1.</param>
    /// <param name="pixels">Exactly <c>width x height x 3</c> bytes.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    public RasterImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != (long)width * height * Channels)
        {
            throw new ArgumentException($"{width} x {height} pixels take {(long)width * height * Channels:N0} bytes, not {pixels.LongLength:N0}.", nameof(pixels));
        }

        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>Makes a black picture.</summary>
    /// <param name="width">Pixels in a row; at least 1.</param>
    /// <param name="height">Rows; at least 1.</param>
    public RasterImage(int width, int height)
        : this(width, height, new byte[checked(width * height * Channels)])
    {
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Red, green, blue of the first pixel of the first row, then of the one right of it, and so on.</summary>
    public byte[] Pixels { get; }

    /// <summary>One row.</summary>
    /// <param name="y">Its number from the top, from 0.</param>
    public Span<byte> Row(int y) => Pixels.AsSpan(y * Width * Channels, Width * Channels);
}
