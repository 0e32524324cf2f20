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
                if (!IsRunning(page, line, around))
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

        // Pages that are all alike, such as forms: better their text twice than not at all.
        if (found.Count == page.Lines.Count && !page.Margins.TrueForAll(static line => line.IsPageNumber))
        {
            found.Clear();
        }

        return found;
    }

    private static bool IsRunning(PdfPageLayout page, MarginLine line, IReadOnlyCollection<PdfPageLayout> around)
    {
        var sameWords = new HashSet<int>();
        var sameCount = 0;
        foreach (var near in around)
        {
            var counts = false;
            foreach (var other in near.Margins)
            {
                if (other.IsTop != line.IsTop || Math.Abs(other.Line.Baseline - line.Line.Baseline) > SameHeight)
                {
                    continue;
                }

                if (other.Words == line.Words)
                {
                    sameWords.Add(near.Number);
                }

                counts |= Same(other.Offset.First, line.Offset.First) || Same(other.Offset.Last, line.Offset.Last)
                    || Same(other.Offset.First, line.Offset.Last) || Same(other.Offset.Last, line.Offset.First);
            }

            sameCount += counts ? 1 : 0;
        }

        return around.Count < MinPages
            ? line.IsPageNumber && sameCount == around.Count
            : sameCount >= MinPages || (line.HasWords && (IsRun(sameWords, page.Number, 1) || IsRun(sameWords, page.Number, 2)));
    }

    /// <summary>Whether enough pages in a row, or every other one, are alike: a heading that happens to stand at the top of some pages is no running title.</summary>
    private static bool IsRun(HashSet<int> pages, int page, int step)
    {
        var length = 1;
        for (var before = page - step; pages.Contains(before); before -= step)
        {
            length++;
        }

        for (var after = page + step; pages.Contains(after); after += step)
        {
            length++;
        }

        return length >= MinPages;
    }

    private static bool Same(int? one, int? other) => one is not null && one == other;
}
