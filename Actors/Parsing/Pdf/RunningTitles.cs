namespace Sluice.Actors.Parsing.Pdf;

/// <summary>
/// Finds running titles and page numbers: lines at the edge of a page that come back, at the same height, on the pages around it, with the same words or with a
/// number that counts the pages. Looks at a window of pages, so memory stays flat and a changing chapter title is still found. Deterministic.
/// </summary>
internal static class RunningTitles
{
    /// <summary>Pages looked at before and after a page.</summary>
    public const int Reach = 5;

    private const double SameHeight = 3;
    private const int MinPages = 3;

    /// <summary>The lines of <paramref name="page"/> that are no part of its text.</summary>
    /// <param name="page">The page.</param>
    /// <param name="around">The pages around it, itself included.</param>
    public static HashSet<PdfLine> Find(PdfPageLayout page, IReadOnlyCollection<PdfPageLayout> around)
    {
        var found = new HashSet<PdfLine>();
        foreach (var isTop in new[] { true, false })
        {
            PdfLine? above = null;
            foreach (var line in page.Margins)
            {
                if (line.IsTop != isTop)
                {
                    continue;
                }

                // From the edge inwards: the first line that is text ends the margin. Pieces of one row are looked at one by one.
                if (!IsRunning(line, around))
                {
                    if (above is null || Math.Abs(above.Baseline - line.Line.Baseline) > SameHeight)
                    {
                        break;
                    }

                    continue;
                }

                found.Add(line.Line);
                above = line.Line;
            }
        }

        return found;
    }

    private static bool IsRunning(MarginLine line, IReadOnlyCollection<PdfPageLayout> around)
    {
        var sameWords = 0;
        var sameCount = 0;
        foreach (var page in around)
        {
            var words = false;
            var counts = false;
            foreach (var other in page.Margins)
            {
                if (other.IsTop != line.IsTop || Math.Abs(other.Line.Baseline - line.Line.Baseline) > SameHeight)
                {
                    continue;
                }

                words |= other.Pattern == line.Pattern;
                counts |= Same(other.Offset.First, line.Offset.First) || Same(other.Offset.Last, line.Offset.Last)
                    || Same(other.Offset.First, line.Offset.Last) || Same(other.Offset.Last, line.Offset.First);
            }

            sameWords += words ? 1 : 0;
            sameCount += counts ? 1 : 0;
        }

        if (around.Count < MinPages)
        {
            return line.IsPageNumber && sameWords == around.Count && sameCount == around.Count;
        }

        var enough = Math.Max(MinPages, (int)Math.Ceiling(0.3 * around.Count));
        return sameCount >= enough || (sameWords >= enough && line.HasWords);
    }

    private static bool Same(int? one, int? other) => one is not null && one == other;
}
