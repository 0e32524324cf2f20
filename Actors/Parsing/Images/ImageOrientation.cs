using SkiaSharp;

namespace Sluice.Actors.Parsing.Images;

/// <summary>Turns decoded pixels upright, as the orientation of EXIF (tag 0x0112, values 1 to 8) says, and lays them over white.</summary>
internal static class ImageOrientation
{
    /// <summary>Makes an upright picture.</summary>
    /// <param name="source">Red, green, blue and alpha of each pixel, premultiplied, as stored.</param>
    /// <param name="stride">Bytes of a row.</param>
    /// <param name="width">Pixels in a stored row.</param>
    /// <param name="height">Stored rows.</param>
    /// <param name="origin">Which corner of the upright picture the first stored pixel is.</param>
    public static RasterImage Apply(ReadOnlySpan<byte> source, int stride, int width, int height, SKEncodedOrigin origin)
    {
        var swapped = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var image = swapped ? new RasterImage(height, width) : new RasterImage(width, height);
        var (across, down) = (image.Width - 1, image.Height - 1);

        // Index of the first stored pixel, and what one step along a stored row and one to the next row add to it.
        var (start, right, below) = origin switch
        {
            SKEncodedOrigin.TopRight => (At(across, 0), -1, image.Width),
            SKEncodedOrigin.BottomRight => (At(across, down), -1, -image.Width),
            SKEncodedOrigin.BottomLeft => (At(0, down), 1, -image.Width),
            SKEncodedOrigin.LeftTop => (0, image.Width, 1),
            SKEncodedOrigin.RightTop => (At(across, 0), image.Width, -1),
            SKEncodedOrigin.RightBottom => (At(across, down), -image.Width, -1),
            SKEncodedOrigin.LeftBottom => (At(0, down), -image.Width, 1),
            _ => (0, 1, image.Width),
        };

        var target = image.Pixels;
        for (var y = 0; y < height; y++)
        {
            var row = source.Slice(y * stride, width * 4);
            var at = start + (y * below);
            for (var x = 0; x < row.Length; x += 4, at += right)
            {
                var white = 255 - row[x + 3];
                target[at * 3] = (byte)(row[x] + white);
                target[(at * 3) + 1] = (byte)(row[x + 1] + white);
                target[(at * 3) + 2] = (byte)(row[x + 2] + white);
            }
        }

        return image;

        int At(int x, int y) => (y * image.Width) + x;
    }
}
