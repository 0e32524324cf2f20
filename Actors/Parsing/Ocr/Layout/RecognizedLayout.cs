using Sluice.Actors.Parsing.Pdf;

namespace Sluice.Actors.Parsing.Ocr.Layout;

/// <summary>
/// Makes of a recognised page what the parser of PDFs makes of one with text: words with their place and size, in rows, in reading order. So columns, paragraphs and
/// running titles are found the same way on both. Deterministic.
/// </summary>
internal static class RecognizedLayout
{
    /// <summary>Height of a font to that of the box around a line of it, as the detection network draws boxes.</summary>
    private const double FontToBox = 0.8;

    /// <summary>Where the baseline is below a box's centre, as a share of its height.</summary>
    private const double BaselineBelow = 0.25;

    /// <summary>Centres nearer than this share of the smaller height are of one row.</summary>
    private const double SameRow = 0.5;

    // Boxes of one font differ in height by the letters in them: within these bounds of the usual size a line has the usual size.
    private const double UsualFrom = 0.7;
    private const double UsualTo = 1.35;

    /// <summary>Distance of lines to the size of their font, at the most usual.</summary>
    private const double UsualLeading = 1.4;

    /// <summary>Distance from which on lines do not follow each other.</summary>
    private const double MaxLeading = 2.2;

    /// <summary>Size of running text.</summary>
    private const double UsualPoints = 10;

    /// <summary>Lays out a page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="number">Its number.</param>
    /// <param name="pointsPerPixel">Points of 1/72 inch in a pixel; null where nobody knows: so many that most text has the size of running text.</param>
    /// <param name="minConfidence">Lines read less surely are left out.</param>
    public static PdfPageLayout Make(RecognizedPage page, int number, double? pointsPerPixel, double minConfidence)
    {
        var kept = page.Lines.Where(line => line.Read.Characters.Count > 0 && line.Read.Confidence >= minConfidence).ToList();
        var points = pointsPerPixel ?? (kept.Count == 0 ? 1 : UsualPoints / Math.Max(1, Median(kept, static line => Thickness(line) * FontToBox)));
        var layout = new PdfPageLayout(number, page.Height * points, []) { Width = page.Width * points, Recognized = kept.Count == 0 ? null : Confidence(kept) };
        if (kept.Count == 0)
        {
            return layout;
        }

        var rows = Rows(kept, page, points);
        var block = 0;
        ColumnFinder.Order(rows, layout.Lines, ref block);
        return layout;
    }

    /// <summary>Mean probability of the characters of all lines.</summary>
    private static double Confidence(List<RecognizedLine> lines)
    {
        double sum = 0;
        double count = 0;
        foreach (var line in lines)
        {
            sum += line.Read.Confidence * line.Read.Characters.Count;
            count += line.Read.Characters.Count;
        }

        return sum / count;
    }

    private static List<List<PdfWord>> Rows(List<RecognizedLine> lines, RecognizedPage page, double pointsPerPixel)
    {
        var skew = Median(lines, static line => line.Box.Angle);
        var usual = Median(lines, static line => Thickness(line) * FontToBox);
        var (sin, cos) = Math.SinCos(-skew);
        var placed = new List<(double X, double Y, double Thickness, RecognizedLine Line)>(lines.Count);
        foreach (var line in lines)
        {
            // Turned straight about the page's centre.
            var (dx, dy) = (line.Box.X - (page.Width / 2.0), line.Box.Y - (page.Height / 2.0));
            placed.Add(((dx * cos) - (dy * sin) + (page.Width / 2.0), (dx * sin) + (dy * cos) + (page.Height / 2.0), Thickness(line), line));
        }

        placed.Sort(static (one, other) => one.Y != other.Y ? one.Y.CompareTo(other.Y) : one.X.CompareTo(other.X));
        var groups = new List<(int First, int End, double Baseline)>();
        for (var first = 0; first < placed.Count;)
        {
            var end = first + 1;
            while (end < placed.Count && placed[end].Y - placed[first].Y < SameRow * Math.Min(placed[first].Thickness, placed[end].Thickness))
            {
                end++;
            }

            var baseline = 0.0;
            for (var index = first; index < end; index++)
            {
                baseline += (placed[index].Y + (BaselineBelow * placed[index].Thickness)) / (end - first);
            }

            groups.Add((first, end, baseline));
            first = end;
        }

        var scale = Scale(groups, usual);
        var rows = new List<List<PdfWord>>();
        foreach (var (first, end, baseline) in groups)
        {
            var row = new List<PdfWord>();
            for (var index = first; index < end; index++)
            {
                var (x, _, thickness, line) = placed[index];
                var size = thickness * FontToBox;
                size = scale * (size >= UsualFrom * usual && size <= UsualTo * usual ? usual : size);
                Words(line, x, (page.Height - baseline) * pointsPerPixel, size, pointsPerPixel, row);
            }

            if (row.Count > 0)
            {
                row.Sort(static (one, other) => one.Left.CompareTo(other.Left));
                rows.Add(row);
            }
        }

        return rows;
    }

    /// <summary>What sizes are to be multiplied with: the tighter the boxes, the smaller they make a font, which the distance of the lines then contradicts.</summary>
    private static double Scale(List<(int First, int End, double Baseline)> rows, double usual)
    {
        var gaps = new List<double>();
        for (var index = 1; index < rows.Count; index++)
        {
            var gap = rows[index].Baseline - rows[index - 1].Baseline;
            if (gap < MaxLeading * usual)
            {
                gaps.Add(gap);
            }
        }

        gaps.Sort();
        return gaps.Count == 0 ? 1 : Math.Max(1, gaps[gaps.Count / 2] / (UsualLeading * usual));
    }

    private static void Words(RecognizedLine line, double centre, double baseline, double size, double pointsPerPixel, List<PdfWord> row)
    {
        var length = line.Box.Length;
        var left = centre - (length / 2);
        var characters = line.Read.Characters;
        var half = 0.5 / characters.Count;
        for (var first = 0; first < characters.Count; first++)
        {
            if (string.IsNullOrWhiteSpace(characters[first].Character))
            {
                continue;
            }

            var end = first;
            while (end < characters.Count && !string.IsNullOrWhiteSpace(characters[end].Character))
            {
                end++;
            }

            var text = PdfCharacters.Clean(string.Concat(characters.Skip(first).Take(end - first).Select(static character => character.Character)));
            var from = left + (Math.Max(0, characters[first].At - half) * length);
            var to = left + (Math.Min(1, characters[end - 1].At + half) * length);
            if (text.Length > 0)
            {
                row.Add(new PdfWord(text, from * pointsPerPixel, Math.Max(to, from) * pointsPerPixel, baseline, size * pointsPerPixel, IsBold: false, IsMono: false));
            }

            first = end;
        }
    }

    private static double Thickness(RecognizedLine line) => Math.Min(line.Box.Width, line.Box.Height);

    /// <summary>The median over the lines, a line counted by its length.</summary>
    private static double Median(List<RecognizedLine> lines, Func<RecognizedLine, double> value)
    {
        var ordered = lines.Select(line => (Value: value(line), Weight: line.Box.Length)).OrderBy(static pair => pair.Value).ToList();
        var half = ordered.Sum(static pair => pair.Weight) / 2;
        foreach (var (found, weight) in ordered)
        {
            half -= weight;
            if (half <= 0)
            {
                return found;
            }
        }

        return ordered[^1].Value;
    }
}
