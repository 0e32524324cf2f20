namespace Sluice.Actors.Parsing.Visual;

/// <summary>How pixels are weighed when an image changes its size. The numbers are those of <c>resample</c> in <c>preprocessor_config.json</c>.</summary>
public enum ImageFilter
{
    /// <summary>Windowed sinc over three pixels on each side.</summary>
    Lanczos = 1,

    /// <summary>A triangle over one pixel on each side.</summary>
    Bilinear = 2,

    /// <summary>Cubic convolution over two pixels on each side (Keys, 1981; a = -0.5).</summary>
    Bicubic = 3,

    /// <summary>Equal weights within a pixel.</summary>
    Box = 4,

    /// <summary>Hamming's window over one pixel on each side.</summary>
    Hamming = 5,
}
