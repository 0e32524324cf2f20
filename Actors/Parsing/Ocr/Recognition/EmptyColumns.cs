namespace Sluice.Actors.Parsing.Ocr.Recognition;

/// <summary>Finds where a line that was cut out has no ink: between its letters, and wider between its words.</summary>
internal static class EmptyColumns
{
    /// <summary>Share of the line's contrast from which on a pixel is ink.</summary>
    private const float Ink = 0.35f;

    /// <summary>Rows at the upper and lower edge that are not looked at. No more: the bar of a T stands high in a box, and without it the gap beside its stem is as wide as a space.</summary>
    private const int Edge = 1;

    /// <summary>Pixels of ink, noise most likely, that a column without ink may have.</summary>
    private const int Specks = 1;

    private const int Levels = 64;

    /// <summary>Finds the runs of columns without ink.</summary>
    /// <param name="planes">The line: three planes of values from -1 to 1.</param>
    /// <param name="width">Pixels in a row of a plane.</param>
    /// <param name="height">Rows of a plane.</param>
    /// <param name="used">Pixels of a row that the line takes.</param>
    /// <returns>First column and length of each run, from left to right.</returns>
    public static List<(int Start, int Length)> Find(ReadOnlySpan<float> planes, int width, int height, int used)
    {
        Span<int> histogram = stackalloc int[Levels];
        histogram.Clear();
        for (var y = Edge; y < height - Edge; y++)
        {
            for (var x = 0; x < used; x++)
            {
                histogram[Level(planes, (y * width) + x, width * height)]++;
            }
        }

        var pixels = used * (height - (2 * Edge));
        var background = Quantile(histogram, pixels / 2);
        var contrast = Math.Max(background - Quantile(histogram, pixels / 50), Quantile(histogram, pixels - 1 - (pixels / 50)) - background);
        var ink = Math.Max(1, Ink * contrast);
        var runs = new List<(int, int)>();
        var start = -1;
        for (var x = 0; x <= used; x++)
        {
            var specks = 0;
            for (var y = Edge; x < used && y < height - Edge && specks <= Specks; y++)
            {
                specks += Math.Abs(Level(planes, (y * width) + x, width * height) - background) >= ink ? 1 : 0;
            }

            if (x < used && specks <= Specks)
            {
                start = start < 0 ? x : start;
            }
            else if (start >= 0)
            {
                runs.Add((start, x - start));
                start = -1;
            }
        }

        return runs;
    }

    private static int Level(ReadOnlySpan<float> planes, int at, int plane) =>
        (int)((((planes[at] + planes[at + plane] + planes[at + (2 * plane)]) / 3) + 1) * ((Levels - 1) / 2f));

    private static int Quantile(ReadOnlySpan<int> histogram, int rank)
    {
        var level = 0;
        for (; level < Levels - 1 && rank >= histogram[level]; level++)
        {
            rank -= histogram[level];
        }

        return level;
    }
}
