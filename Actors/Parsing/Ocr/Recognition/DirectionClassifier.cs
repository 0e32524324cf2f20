using Sluice.Actors.Parsing.Images;
using Sluice.Actors.Parsing.Ocr.Detection;

namespace Sluice.Actors.Parsing.Ocr.Recognition;

/// <summary>Tells by a few of its lines whether a page stands on its head, with PaddleOCR's classifier of text lines (0 or 180 degrees). Safe for concurrent use.</summary>
/// <param name="network">The network.</param>
internal sealed class DirectionClassifier(OcrNetwork network)
{
    // PaddleOCR's cls_image_shape.
    private const int Width = 192;
    private const int Height = 48;

    /// <summary>PaddleOCR's <c>cls_thresh</c>: below it a line has no say.</summary>
    private const float Threshold = 0.9f;

    /// <summary>Lines that are asked: the longest, of which it is sure.</summary>
    private const int Asked = 12;

    /// <summary>Whether the page is turned by 180 degrees.</summary>
    /// <param name="image">The page.</param>
    /// <param name="boxes">Its lines.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public bool IsTurned(RasterImage image, IReadOnlyCollection<TextBox> boxes, CancellationToken cancellationToken)
    {
        var asked = boxes.OrderByDescending(static box => box.Length).Take(Asked).ToList();
        const int Plane = 3 * Width * Height;
        return asked.Count > 0 && network.Run(
            [asked.Count, 3, Height, Width],
            input =>
            {
                for (var index = 0; index < asked.Count; index++)
                {
                    var box = Middle(asked[index]);
                    var used = Math.Clamp((int)Math.Ceiling(LineSampler.WidthAt(box, Height)), 1, Width);
                    LineSampler.Cut(image, box, turned: false, input.Slice(index * Plane, Plane), Width, Height, used);
                }
            },
            (output, _) =>
            {
                var votes = 0;
                for (var index = 0; index < asked.Count; index++)
                {
                    votes += output[(index * 2) + 1] >= Threshold ? 1 : output[index * 2] >= Threshold ? -1 : 0;
                }

                return votes > 0;
            },
            cancellationToken);
    }

    /// <summary>The middle of a line, as much as the network sees unsqueezed: letters pressed together tell it nothing.</summary>
    private static TextBox Middle(TextBox box)
    {
        var most = Math.Min(box.Width, box.Height) * Width / Height;
        return box with { Width = Math.Min(box.Width, most), Height = Math.Min(box.Height, most) };
    }
}
