namespace Sluice.Actors.Parsing.Ocr.Recognition;

/// <summary>
/// Puts the spaces between words that the network leaves out: it was trained on Chinese above all, and misses many in Latin text. The columns without ink tell: their
/// widths fall in two groups, between letters and between words. Whether there are two tells the variance between them (Otsu, 1979); they are parted at the width,
/// between their means, that is rarest. Deterministic.
/// </summary>
internal static class WordSpacer
{
    /// <summary>Gaps from which on a line is judged by itself; others by all lines of the page.</summary>
    private const int Enough = 14;

    /// <summary>Wider gaps count as wide as this, in pixels of a line 48 pixels high: a tabulator says nothing about words.</summary>
    private const int Widest = 30;

    /// <summary>Least mean width of gaps between words.</summary>
    private const double LeastMean = 7;

    /// <summary>How much wider gaps between words are, on average, than those between letters.</summary>
    private const double LeastRatio = 1.8;

    /// <summary>A gap is where the network saw a space already when their centres are nearer than this.</summary>
    private const double Near = 14;

    /// <summary>Puts the spaces in.</summary>
    /// <param name="lines">What was read in each line.</param>
    /// <param name="gaps">The columns without ink of each line.</param>
    /// <param name="widths">The width of each line, in pixels.</param>
    /// <returns>The lines, with spaces.</returns>
    public static RecognizedText[] Apply(RecognizedText[] lines, List<(int Start, int Length)>[] gaps, int[] widths)
    {
        var all = new List<int>();
        var own = new List<int>[lines.Length];
        for (var index = 0; index < lines.Length; index++)
        {
            own[index] = Inner(gaps[index], widths[index]);
            all.AddRange(own[index]);
        }

        var shared = Threshold(all);
        var spaced = new RecognizedText[lines.Length];
        for (var index = 0; index < lines.Length; index++)
        {
            var threshold = own[index].Count >= Enough ? Threshold(own[index]) : shared;
            spaced[index] = Apply(lines[index], gaps[index], widths[index], threshold);
        }

        return spaced;
    }

    private static RecognizedText Apply(RecognizedText line, List<(int Start, int Length)> gaps, int width, double threshold)
    {
        var characters = line.Characters;
        var inserted = new List<(string Character, float At)>(characters);
        foreach (var (start, length) in gaps)
        {
            var centre = start + (length / 2.0);
            if (length < threshold || inserted.Count < 2 || centre < inserted[0].At * width || centre > inserted[^1].At * width)
            {
                continue;
            }

            var best = -1;
            var nearest = double.MaxValue;
            for (var index = 1; index < inserted.Count; index++)
            {
                var off = Math.Abs(((inserted[index - 1].At + inserted[index].At) / 2 * width) - centre);
                if (off < nearest)
                {
                    (best, nearest) = (index, off);
                }
            }

            if (best > 0 && !inserted.Exists(character => character.Character == " " && Math.Abs((character.At * width) - centre) < Near)
                && Parts(inserted[best - 1].Character) && Parts(inserted[best].Character) && inserted[best].Character is not ("," or "." or ";" or ")"))
            {
                inserted.Insert(best, (" ", (float)(centre / width)));
            }
        }

        return line with { Characters = inserted };
    }

    /// <summary>Whether a space may stand beside a character: not beside Chinese or Japanese ones, which have room around them.</summary>
    private static bool Parts(string character) => character.Length > 0 && character[0] is not (' ' or (>= '\u2e80' and <= '\u9fff') or (>= '\uf900' and <= '\ufaff') or (>= '\uff00' and <= '\uffef'));

    private static List<int> Inner(List<(int Start, int Length)> gaps, int width)
    {
        var inner = new List<int>(gaps.Count);
        foreach (var (start, length) in gaps)
        {
            if (start > 0 && start + length < width)
            {
                inner.Add(Math.Min(length, Widest));
            }
        }

        return inner;
    }

    /// <summary>The width from which on a gap is one between words; endless where there is but one group.</summary>
    private static double Threshold(List<int> widths)
    {
        Span<int> counts = stackalloc int[Widest + 1];
        counts.Clear();
        double sum = 0;
        foreach (var width in widths)
        {
            counts[width]++;
            sum += width;
        }

        var best = (Variance: 0.0, Narrow: 0.0, Wide: 0.0);
        double below = 0;
        double belowSum = 0;
        for (var width = 0; width < Widest; width++)
        {
            below += counts[width];
            belowSum += (double)counts[width] * width;
            if (below == 0 || below == widths.Count)
            {
                continue;
            }

            var (narrow, wide) = (belowSum / below, (sum - belowSum) / (widths.Count - below));
            var variance = below * (widths.Count - below) * (wide - narrow) * (wide - narrow);
            if (variance > best.Variance)
            {
                best = (variance, narrow, wide);
            }
        }

        return best.Variance > 0 && best.Wide >= LeastMean && best.Wide >= LeastRatio * best.Narrow ? Rarest(counts, best.Narrow, best.Wide) : double.MaxValue;
    }

    /// <summary>The middle of the longest run of widths that are rarest, each looked at with its neighbours.</summary>
    private static double Rarest(ReadOnlySpan<int> counts, double narrow, double wide)
    {
        var rarest = int.MaxValue;
        var (longest, middle) = (0, wide);
        var run = 0;
        for (var width = (int)Math.Ceiling(narrow); width <= wide && width < Widest; width++)
        {
            var seen = counts[Math.Max(0, width - 1)] + counts[width] + counts[width + 1];
            run = seen == rarest ? run + 1 : seen < rarest ? 1 : 0;
            if (seen < rarest)
            {
                (rarest, longest) = (seen, 0);
            }

            if (seen == rarest && run > longest)
            {
                (longest, middle) = (run, width - ((run - 1) / 2.0));
            }
        }

        return middle;
    }
}
