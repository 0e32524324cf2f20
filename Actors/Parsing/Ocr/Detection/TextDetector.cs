using Sluice.Actors.Parsing.Images;

namespace Sluice.Actors.Parsing.Ocr.Detection;

/// <summary>Finds the lines of text of a picture with PP-OCRv4's detection network. Safe for concurrent use.</summary>
/// <param name="network">The network.</param>
/// <param name="maxSide">Longest side of the picture that the network sees: PaddleOCR's <c>det_limit_side_len</c> with <c>det_limit_type = max</c>.</param>
internal sealed class TextDetector(OcrNetwork network, int maxSide)
{
    /// <summary>The network halves its input five times.</summary>
    private const int Multiple = 32;

    // Mean and standard deviation of ImageNet, given to blue, green, red in the order that PaddleOCR's NormalizeImage gives them.
    private static readonly float[] _scale = [1 / (255f * 0.229f), 1 / (255f * 0.224f), 1 / (255f * 0.225f)];
    private static readonly float[] _offset = [-0.485f / 0.229f, -0.456f / 0.224f, -0.406f / 0.225f];

    /// <summary>Finds the lines.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Boxes in pixels of the picture, in no particular order.</returns>
    public List<TextBox> Find(RasterImage image, CancellationToken cancellationToken)
    {
        var ratio = Math.Min(1, (double)maxSide / Math.Max(image.Width, image.Height));
        var width = Rounded(image.Width * ratio);
        var height = Rounded(image.Height * ratio);
        return network.Run(
            [1, 3, height, width],
            input => PictureScaler.ToPlanes(image, input, width, height, _scale, _offset),
            (output, shape) =>
            {
                var boxes = BoxFinder.Find(output, (int)shape[^1]);
                return boxes.ConvertAll(box => box.Scaled((double)image.Width / width, (double)image.Height / height));
            },
            cancellationToken);
    }

    private static int Rounded(double side) => Math.Max(Multiple, (int)Math.Round(side / Multiple) * Multiple);
}
