namespace Sluice.Actors.Parsing.Pdf;

/// <summary>
/// Finds the reading order of a page's rows: looks for the gutter, a vertical strip that fewest rows cross; between the rows that do cross it (titles, figures,
/// footnotes across the page), what stands left of it is read before what stands right of it, if both sides are running text rather than the cells of a table.
/// Again within each side, for three columns and more. Deterministic.
/// </summary>
internal static class ColumnFinder
{
    private const int MaxDepth = 4;
    private const double Bin = 2;
    private const int MinRows = 4;
    private const double MinWordsInRow = 2.2;
    private const double MinFill = 0.45;

    /// <summary>Puts rows in reading order.</summary>
    /// <param name="rows">Rows from top to bottom, each with its words from left to right.</param>
    /// <param name="lines">The lines are added here, in reading order.</param>
    /// <param name="block">Number of the last block; raised with each new one.</param>
    public static void Order(List<List<PdfWord>> rows, List<PdfLine> lines, ref int block)
    {
        // A line that stands off at the top or the bottom is a running title or a page number, not the beginning of a column.
        var last = rows.Count - 1;
        List<List<PdfWord>> above = last >= MinRows && StandsOff(rows[0], rows[1]) ? [rows[0]] : [];
        List<List<PdfWord>> below = last >= MinRows && StandsOff(rows[last - 1], rows[last]) ? [rows[last]] : [];
        var body = rows.GetRange(above.Count, rows.Count - above.Count - below.Count);
        Emit(above, lines, ref block);
        Split(body, lines, ref block, 0);
        Emit(below, lines, ref block);
    }

    private static bool StandsOff(List<PdfWord> upper, List<PdfWord> lower) => upper[0].Baseline - lower[0].Baseline > 1.6 * Math.Max(upper[0].Size, lower[0].Size);

    private static void Split(List<List<PdfWord>> rows, List<PdfLine> lines, ref int block, int depth)
    {
        if (depth < MaxDepth && rows.Count >= MinRows && Gutter(rows) is { } gutter)
        {
            var pending = new List<List<PdfWord>>();
            for (var start = 0; start < rows.Count;)
            {
                var end = start;
                while (end < rows.Count && !Crosses(rows[end], gutter))
                {
                    end++;
                }

                if (end > start && Columns(rows.GetRange(start, end - start), gutter) is var (left, right))
                {
                    Emit(pending, lines, ref block);
                    Split(left, lines, ref block, depth + 1);
                    Split(right, lines, ref block, depth + 1);
                }
                else
                {
                    pending.AddRange(rows.GetRange(start, end - start));
                }

                if (end < rows.Count)
                {
                    pending.Add(rows[end++]);
                }

                start = end;
            }

            Emit(pending, lines, ref block);
            return;
        }

        Emit(rows, lines, ref block);
    }

    private static void Emit(List<List<PdfWord>> rows, List<PdfLine> lines, ref int block)
    {
        if (rows.Count == 0)
        {
            return;
        }

        block++;
        foreach (var row in rows)
        {
            lines.Add(new PdfLine(row, block));
        }

        rows.Clear();
    }

    /// <summary>The strip, as wide as a letter is high, in the middle part of the region, that fewest rows cross; null when most do.</summary>
    private static (double Left, double Right)? Gutter(List<List<PdfWord>> rows)
    {
        var left = double.MaxValue;
        var right = double.MinValue;
        var sizes = new List<double>();
        foreach (var row in rows)
        {
            foreach (var word in row)
            {
                left = Math.Min(left, word.Left);
                right = Math.Max(right, word.Right);
                sizes.Add(word.Size);
            }
        }

        sizes.Sort();
        var width = right - left;
        var strip = Math.Max(0.8 * sizes[sizes.Count / 2], 6);
        if (width < 12 * strip || width > 20_000)
        {
            return null;
        }

        var crossed = new int[(int)(width / Bin) + 3];
        foreach (var row in rows)
        {
            foreach (var word in row)
            {
                crossed[(int)((word.Left - left) / Bin)]++;
                crossed[(int)((word.Right - left) / Bin) + 1]--;
            }
        }

        for (var bin = 1; bin < crossed.Length; bin++)
        {
            crossed[bin] += crossed[bin - 1];
        }

        var bins = (int)Math.Ceiling(strip / Bin);
        var best = (Count: int.MaxValue, Off: double.MaxValue, Bin: -1);
        for (var bin = (int)(0.15 * width / Bin); bin + bins < 0.85 * width / Bin; bin++)
        {
            var most = 0;
            for (var index = bin; index < bin + bins; index++)
            {
                most = Math.Max(most, crossed[index]);
            }

            var off = Math.Abs(((bin + (bins / 2.0)) * Bin) - (width / 2));
            if (most < best.Count || (most == best.Count && off < best.Off))
            {
                best = (most, off, bin);
            }
        }

        return best.Bin >= 0 && best.Count < 0.8 * rows.Count ? (left + ((best.Bin + 0.5) * Bin), left + ((best.Bin + bins - 0.5) * Bin)) : null;
    }

    private static bool Crosses(List<PdfWord> row, (double Left, double Right) gutter)
    {
        foreach (var word in row)
        {
            if (word.Left < gutter.Right && word.Right > gutter.Left)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The two sides of a band of rows that leave the gutter free; null when they do not read as columns.</summary>
    private static (List<List<PdfWord>> Left, List<List<PdfWord>> Right)? Columns(List<List<PdfWord>> rows, (double Left, double Right) gutter)
    {
        var left = new List<List<PdfWord>>();
        var right = new List<List<PdfWord>>();
        foreach (var row in rows)
        {
            var cut = row.FindIndex(word => word.Left >= gutter.Right);
            var onLeft = cut < 0 ? row.Count : cut;
            if (onLeft > 0)
            {
                left.Add(row.GetRange(0, onLeft));
            }

            if (onLeft < row.Count)
            {
                right.Add(row.GetRange(onLeft, row.Count - onLeft));
            }
        }

        return IsRunningText(left) && IsRunningText(right) ? (left, right) : null;
    }

    private static bool IsRunningText(List<List<PdfWord>> rows)
    {
        if (rows.Count < MinRows)
        {
            return false;
        }

        var words = 0;
        var mono = 0;
        var filled = 0.0;
        var left = double.MaxValue;
        var right = double.MinValue;
        foreach (var row in rows)
        {
            words += row.Count;
            mono += row.Count(static word => word.IsMono);
            filled += row[^1].Right - row[0].Left;
            left = Math.Min(left, row[0].Left);
            right = Math.Max(right, row[^1].Right);
        }

        return words >= MinWordsInRow * rows.Count && filled >= MinFill * rows.Count * (right - left) && mono * 2 < words;
    }
}
