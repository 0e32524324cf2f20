using System.Text;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>Lines that belong together.</summary>
/// <param name="Lines">The lines, at least one.</param>
/// <param name="BlockLeft">Left edge of the column they are in.</param>
internal sealed record PdfParagraph(List<PdfLine> Lines, double BlockLeft)
{
    private const string Bullets = "•‣⁃∙◦▪▫●○■□–—·*";

    /// <summary>Size of its font.</summary>
    public double Size => Lines[0].Size;

    /// <summary>Height of its first baseline.</summary>
    public double Top => Lines[0].Baseline;

    /// <summary>Whether all of it is bold.</summary>
    public bool IsBold => Lines.TrueForAll(static line => line.IsBold);

    /// <summary>Whether all of it is in a font for code.</summary>
    public bool IsCode => Lines.TrueForAll(static line => line.IsMono);

    /// <summary>Whether it begins with the mark of a list item.</summary>
    public bool IsListItem => IsBullet(Lines[0]);

    /// <summary>Whether a line begins with the mark of a list item.</summary>
    public static bool IsBullet(PdfLine line) => line.Words.Count > 1 && line.Words[0].Text.Length == 1 && Bullets.Contains(line.Words[0].Text[0], StringComparison.Ordinal);

    /// <summary>Its text: lines joined, words that were hyphenated at the end of a line whole again; code as it stands.</summary>
    public string Text()
    {
        if (IsCode)
        {
            return string.Join('\n', Lines.Select(line => line.Spaced(BlockLeft)));
        }

        var text = new StringBuilder();
        foreach (var line in Lines)
        {
            var next = line.Text;
            if (text.Length > 1 && next.Length > 0)
            {
                if (text[^1] is '-' or '\u2010' && char.IsLetter(text[^2]) && char.IsLower(next[0]))
                {
                    text.Length--;
                }
                else
                {
                    text.Append(' ');
                }
            }

            text.Append(next);
        }

        return text.ToString();
    }

    /// <summary>Groups lines into paragraphs by their distance, indent, size and font.</summary>
    /// <param name="lines">Lines in reading order.</param>
    public static List<PdfParagraph> Group(List<PdfLine> lines)
    {
        var paragraphs = new List<PdfParagraph>();
        for (var start = 0; start < lines.Count;)
        {
            var end = start + 1;
            while (end < lines.Count && lines[end].Block == lines[start].Block)
            {
                end++;
            }

            GroupBlock(lines.GetRange(start, end - start), paragraphs);
            start = end;
        }

        return paragraphs;
    }

    private static void GroupBlock(List<PdfLine> lines, List<PdfParagraph> paragraphs)
    {
        var left = lines.Min(static line => line.Left);
        var right = lines.Max(static line => line.Right);
        var pitch = Pitch(lines);
        var first = 0;
        for (var index = 1; index <= lines.Count; index++)
        {
            if (index == lines.Count || Breaks(lines[index - 1], lines[index], left, right, pitch))
            {
                paragraphs.Add(new PdfParagraph(lines.GetRange(first, index - first), left));
                first = index;
            }
        }
    }

    /// <summary>The usual distance between lines: the median, unless that is more than lines of one paragraph are apart.</summary>
    private static double Pitch(List<PdfLine> lines)
    {
        var gaps = new List<double>();
        for (var index = 1; index < lines.Count; index++)
        {
            var gap = lines[index - 1].Baseline - lines[index].Baseline;
            if (gap > 0.5 * lines[index].Size && gap < 1.8 * Math.Max(lines[index].Size, lines[index - 1].Size))
            {
                gaps.Add(gap);
            }
        }

        gaps.Sort();
        return gaps.Count == 0 ? 0 : gaps[gaps.Count / 2];
    }

    private static bool Breaks(PdfLine before, PdfLine line, double left, double right, double pitch)
    {
        var gap = before.Baseline - line.Baseline;
        var size = Math.Max(before.Size, line.Size);
        if (gap < 0 || gap > (pitch > 0 ? Math.Max(1.28 * pitch, pitch + (0.2 * size)) : 1.5 * size))
        {
            return true;
        }

        if (before.IsMono != line.IsMono)
        {
            // Code may fill a line in the middle of a sentence; a listing stands off, or follows a line that ends early.
            return gap > 1.1 * pitch || before.Right < left + (0.85 * (right - left));
        }

        if (before.IsMono && line.IsMono)
        {
            return false;
        }

        if (Math.Abs(before.Size - line.Size) > 0.12 * size || before.IsBold != line.IsBold || IsBullet(line))
        {
            return true;
        }

        var indented = line.Left - before.Left;
        if (indented > 0.9 * size && before.Left - left < 0.3 * size && !IsBullet(before))
        {
            return true; // First line of a paragraph, set in.
        }

        // The line before ends a sentence well before the edge.
        return before.Right < left + (0.7 * (right - left)) && before.Text is [.., '.' or ':' or '!' or '?'];
    }
}
