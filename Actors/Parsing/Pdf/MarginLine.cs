using System.Globalization;
using System.Text;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>A line near the edge of a page.</summary>
/// <param name="Line">The line.</param>
/// <param name="IsTop">Whether it stands at the upper edge.</param>
/// <param name="Pattern">Its text in lower case with every number as <c>#</c>.</param>
/// <param name="Offset">What its first or last number is more than the page's; null when it has none.</param>
internal sealed record MarginLine(PdfLine Line, bool IsTop, string Pattern, (int? First, int? Last) Offset)
{
    private const int Depth = 3;
    private const double Share = 0.15;
    private const int MaxLength = 160;

    /// <summary>Whether it is nothing but a page number: <c>12</c>, <c>- 12 -</c>, <c>page 12 of 80</c>.</summary>
    public bool IsPageNumber => Pattern.Trim('-', '–', '—', '|', ' ', '.', '[', ']', '(', ')') is "#" or "page #" or "page # of #" or "# / #" or "#/#" or "# of #" or "p. #" or "seite #" or "seite # von #";

    /// <summary>Whether it has words, or a Roman number: rows of figures are alike on every page of a long table and are no running title.</summary>
    public bool HasWords => Line.Text.Count(char.IsLetter) >= 3 || IsRoman(Line.Text);

    /// <summary>The lines near the edges of a page.</summary>
    public static List<MarginLine> Find(PdfPageLayout page)
    {
        var found = new List<MarginLine>();
        var byHeight = page.Lines.OrderByDescending(static line => line.Baseline).ToList();
        Take(byHeight.Where(line => line.Baseline > (1 - Share) * page.Height), isTop: true);
        byHeight.Reverse();
        Take(byHeight.Where(line => line.Baseline < Share * page.Height), isTop: false);
        return found;

        void Take(IEnumerable<PdfLine> lines, bool isTop)
        {
            foreach (var line in lines.Take(Depth).TakeWhile(static line => line.Letters <= MaxLength))
            {
                found.Add(Make(line, isTop, page.Number));
            }
        }
    }

    private static MarginLine Make(PdfLine line, bool isTop, int page)
    {
        var pattern = new StringBuilder();
        int? first = null;
        int? last = null;
        var text = line.Text;
        for (var index = 0; index < text.Length;)
        {
            var end = index;
            while (end < text.Length && char.IsAsciiDigit(text[end]))
            {
                end++;
            }

            if (end > index)
            {
                pattern.Append('#');
                if (int.TryParse(text.AsSpan(index, end - index), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1_000_000)
                {
                    first ??= number - page;
                    last = number - page;
                }

                index = end;
            }
            else
            {
                pattern.Append(char.ToLowerInvariant(text[index++]));
            }
        }

        return new MarginLine(line, isTop, IsRoman(text) ? "#" : pattern.ToString(), (first, last));
    }

    private static bool IsRoman(string text) => text.Length is > 0 and <= 8 && text.AsSpan().TrimStart("ivxlcIVXLC").IsEmpty;
}
