namespace Sluice.Actors.Parsing.Images;

/// <summary>How large pages are drawn: so that their longer side has a number of pixels. That bounds time and memory whatever size a page claims to have.</summary>
/// <param name="LongestSide">Pixels of the longer side; 16 to <see cref="MaxSide"/>. The other side follows the page's shape.</param>
internal readonly record struct PageScale(int LongestSide)
{
    /// <summary>Longest side that is drawn: a picture of 10,000 x 10,000 pixels is 300 MB.</summary>
    public const int MaxSide = 10_000;

    private const double PointsPerInch = 72;

    /// <summary>The scale at which an inch of the page has <paramref name="dpi"/> pixels, or less where the picture would become larger than <paramref name="maxSide"/>.</summary>
    /// <param name="dpi">Pixels an inch.</param>
    /// <param name="width">Width of the page in points of 1/72 inch.</param>
    /// <param name="height">Height of the page in points.</param>
    /// <param name="maxSide">Longest side, in pixels.</param>
    public static PageScale AtDpi(double dpi, double width, double height, int maxSide = MaxSide)
    {
        var side = Math.Max(width, height) * dpi / PointsPerInch;
        return new(double.IsFinite(side) ? (int)Math.Clamp(Math.Round(side), 16, Math.Min(maxSide, MaxSide)) : Math.Min(maxSide, MaxSide));
    }
}
