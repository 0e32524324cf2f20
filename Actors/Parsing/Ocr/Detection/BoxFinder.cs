namespace Sluice.Actors.Parsing.Ocr.Detection;

/// <summary>
/// Makes boxes of a map of probabilities, as differentiable binarization does (Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", 2020),
/// with the settings of PaddleOCR's <c>DBPostProcess</c>. The network marks the kernel of each line, shrunk from its edge; the box is grown again by its area over its
/// perimeter.
/// </summary>
internal static class BoxFinder
{
    /// <summary>PaddleOCR's <c>det_db_thresh</c>.</summary>
    private const float Threshold = 0.3f;

    /// <summary>PaddleOCR's <c>det_db_box_thresh</c>: least mean probability within a box.</summary>
    private const double BoxThreshold = 0.6;

    /// <summary>PaddleOCR's <c>det_db_unclip_ratio</c>.</summary>
    private const double UnclipRatio = 1.5;

    /// <summary>PaddleOCR's <c>min_size</c>: least side of a kernel, in pixels.</summary>
    private const double MinSize = 3;

    /// <summary>PaddleOCR's <c>max_candidates</c>.</summary>
    private const int MaxBoxes = 1000;

    /// <summary>Finds the boxes.</summary>
    /// <param name="map">Probability of text, row by row.</param>
    /// <param name="width">Values in a row.</param>
    /// <returns>The boxes, in pixels of the map, largest kernels first where there are too many.</returns>
    public static List<TextBox> Find(ReadOnlySpan<float> map, int width)
    {
        var kernels = new List<TextBox>();
        foreach (var region in ConnectedRegions.Find(map, width, Threshold))
        {
            var kernel = SmallestRectangle.Around(region);
            if (Math.Min(kernel.Width, kernel.Height) >= MinSize)
            {
                kernels.Add(kernel);
            }
        }

        if (kernels.Count > MaxBoxes)
        {
            kernels.Sort(static (one, other) => (other.Width * other.Height).CompareTo(one.Width * one.Height));
            kernels.RemoveRange(MaxBoxes, kernels.Count - MaxBoxes);
        }

        var boxes = new List<TextBox>(kernels.Count);
        foreach (var kernel in kernels)
        {
            if (Mean(map, width, kernel) >= BoxThreshold)
            {
                // A rectangle grown by a distance on all sides: growing its polygon with round corners and taking the smallest rectangle around it comes to the same.
                var grown = 2 * UnclipRatio * kernel.Width * kernel.Height / (2 * (kernel.Width + kernel.Height));
                boxes.Add(kernel with { Width = kernel.Width + grown, Height = kernel.Height + grown });
            }
        }

        return boxes;
    }

    /// <summary>The mean of the map's values within a box.</summary>
    private static double Mean(ReadOnlySpan<float> map, int width, TextBox box)
    {
        var (sin, cos) = Math.SinCos(box.Angle);
        var reachX = (Math.Abs(cos) * box.Width / 2) + (Math.Abs(sin) * box.Height / 2);
        var reachY = (Math.Abs(sin) * box.Width / 2) + (Math.Abs(cos) * box.Height / 2);
        var height = map.Length / width;
        var sum = 0.0;
        var count = 0;
        for (var y = Math.Max(0, (int)Math.Ceiling(box.Y - reachY)); y <= Math.Min(height - 1, (int)Math.Floor(box.Y + reachY)); y++)
        {
            for (var x = Math.Max(0, (int)Math.Ceiling(box.X - reachX)); x <= Math.Min(width - 1, (int)Math.Floor(box.X + reachX)); x++)
            {
                var (dx, dy) = (x - box.X, y - box.Y);
                if (Math.Abs((dx * cos) + (dy * sin)) <= (box.Width / 2) + 1e-6 && Math.Abs((dy * cos) - (dx * sin)) <= (box.Height / 2) + 1e-6)
                {
                    sum += map[(y * width) + x];
                    count++;
                }
            }
        }

        return count == 0 ? 0 : sum / count;
    }
}
