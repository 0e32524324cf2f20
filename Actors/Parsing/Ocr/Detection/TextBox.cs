namespace Sluice.Actors.Parsing.Ocr.Detection;

/// <summary>A rectangle around a line of text, in pixels; it may be turned.</summary>
/// <param name="X">Its centre, from the left.</param>
/// <param name="Y">Its centre, from the top.</param>
/// <param name="Width">Length of the side that is nearer to horizontal.</param>
/// <param name="Height">Length of the other side.</param>
/// <param name="Angle">Turn of the first side, clockwise as seen, in radians; -π/4 to π/4.</param>
internal readonly record struct TextBox(double X, double Y, double Width, double Height, double Angle)
{
    /// <summary>From this ratio of height to width on a line is taken to run upwards: PaddleOCR's <c>get_rotate_crop_image</c>.</summary>
    private const double UprightRatio = 1.5;

    /// <summary>Whether its text runs up or down.</summary>
    public bool IsUpright => Height >= UprightRatio * Width;

    /// <summary>How long its text is.</summary>
    public double Length => Math.Max(Width, Height);

    /// <summary>The same box in a picture <paramref name="across"/> and <paramref name="down"/> times as large.</summary>
    public TextBox Scaled(double across, double down)
    {
        if (Math.Abs(across - down) < 1e-9 * across)
        {
            return new(X * across, Y * down, Width * across, Height * across, Angle);
        }

        // Scales that differ a little, by the rounding of sides: the sides are scaled as vectors.
        var (sin, cos) = Math.SinCos(Angle);
        return new(
            X * across,
            Y * down,
            Width * double.Hypot(cos * across, sin * down),
            Height * double.Hypot(sin * across, cos * down),
            Math.Atan2(sin * down, cos * across));
    }

    /// <summary>The box on the picture turned by 180 degrees.</summary>
    public TextBox TurnedOver(int width, int height) => this with { X = width - X, Y = height - Y };
}
