using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Ocr.Detection;

namespace Sluice.Actors.Parsing.Ocr.Recognition;

/// <summary>Cuts a line out of a picture, upright and scaled to the height that a network reads, straight into the network's input.</summary>
internal static class LineSampler
{
    /// <summary>Width of a line that is scaled to a height.</summary>
    /// <param name="box">The line.</param>
    /// <param name="height">The height.</param>
    public static double WidthAt(TextBox box, int height) => box.Length / Math.Max(1, Math.Min(box.Width, box.Height)) * height;

    /// <summary>Cuts out a line.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="box">Where the line is; one that runs upwards is turned clockwise.</param>
    /// <param name="turned">Whether it is read from its other end, turned by 180 degrees.</param>
    /// <param name="target">Three planes: blue, green, red, from -1 to 1; what is right of the line is 0.</param>
    /// <param name="width">Pixels in a row of a plane.</param>
    /// <param name="height">Rows of a plane.</param>
    /// <param name="used">Pixels of a row that the line takes.</param>
    public static void Cut(RasterImage image, TextBox box, bool turned, Span<float> target, int width, int height, int used)
    {
        target.Clear();
        var (sin, cos) = Math.SinCos(box.Angle);

        // One pixel along the line and one across it, in pixels of the picture.
        var (length, thickness) = box.IsUpright ? (box.Height, box.Width) : (box.Width, box.Height);
        var along = (X: cos, Y: sin);
        var across = (X: -sin, Y: cos);
        if (box.IsUpright)
        {
            (along, across) = ((sin, -cos), (cos, sin));
        }

        if (turned)
        {
            (along, across) = ((-along.X, -along.Y), (-across.X, -across.Y));
        }

        var stepX = length / used;
        var stepY = thickness / height;
        var samplesX = Math.Clamp((int)Math.Ceiling(stepX), 1, 8);
        var samplesY = Math.Clamp((int)Math.Ceiling(stepY), 1, 8);
        var share = 2f / (255f * samplesX * samplesY);
        var plane = width * height;
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < used; x++)
            {
                float red = 0, green = 0, blue = 0;
                for (var sample = 0; sample < samplesX * samplesY; sample++)
                {
                    var u = ((x + (((sample % samplesX) + 0.5) / samplesX)) * stepX) - (length / 2);
                    var v = ((y + (((sample / samplesX) + 0.5) / samplesY)) * stepY) - (thickness / 2);
                    Add(image, box.X + (u * along.X) + (v * across.X), box.Y + (u * along.Y) + (v * across.Y), ref red, ref green, ref blue);
                }

                var at = (y * width) + x;
                target[at] = (blue * share) - 1;
                target[at + plane] = (green * share) - 1;
                target[at + (2 * plane)] = (red * share) - 1;
            }
        }
    }

    /// <summary>Adds the colour at a point between pixels; beyond the edge the nearest pixel goes on.</summary>
    private static void Add(RasterImage image, double x, double y, ref float red, ref float green, ref float blue)
    {
        x = Math.Clamp(x - 0.5, 0, image.Width - 1);
        y = Math.Clamp(y - 0.5, 0, image.Height - 1);
        var left = (int)x;
        var top = (int)y;
        var (right, below) = ((float)(x - left), (float)(y - top));
        var pixels = image.Pixels;
        var at = ((top * image.Width) + left) * RasterImage.Channels;
        var next = left + 1 < image.Width ? RasterImage.Channels : 0;
        var down = top + 1 < image.Height ? image.Width * RasterImage.Channels : 0;
        var (w00, w01, w10, w11) = ((1 - right) * (1 - below), right * (1 - below), (1 - right) * below, right * below);
        red += (pixels[at] * w00) + (pixels[at + next] * w01) + (pixels[at + down] * w10) + (pixels[at + down + next] * w11);
        at++;
        green += (pixels[at] * w00) + (pixels[at + next] * w01) + (pixels[at + down] * w10) + (pixels[at + down + next] * w11);
        at++;
        blue += (pixels[at] * w00) + (pixels[at + next] * w01) + (pixels[at + down] * w10) + (pixels[at + down + next] * w11);
    }
}
