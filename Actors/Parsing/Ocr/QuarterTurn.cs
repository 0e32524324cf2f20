using Sluice.Actors.Parsing.Images;

namespace Sluice.Actors.Parsing.Ocr;

/// <summary>Turns a picture by 90 degrees.</summary>
internal static class QuarterTurn
{
    /// <summary>Turns it clockwise.</summary>
    public static RasterImage Clockwise(RasterImage image)
    {
        var turned = new RasterImage(image.Height, image.Width);
        var source = image.Pixels;
        var target = turned.Pixels;
        for (var y = 0; y < turned.Height; y++)
        {
            var at = y * turned.Width * RasterImage.Channels;
            for (var x = 0; x < turned.Width; x++, at += RasterImage.Channels)
            {
                var from = (((image.Height - 1 - x) * image.Width) + y) * RasterImage.Channels;
                target[at] = source[from];
                target[at + 1] = source[from + 1];
                target[at + 2] = source[from + 2];
            }
        }

        return turned;
    }
}
