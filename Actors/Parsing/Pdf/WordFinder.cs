using System.Text;
using UglyToad.PdfPig.Content;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>
/// Groups the glyphs of a page into rows by baseline and into words by the gaps between them, whatever order they were drawn in. Text drawn in another direction
/// (turned tables, margin notes) forms rows of its own.
/// </summary>
internal static class WordFinder
{
    /// <summary>A gap wider than this share of the font size ends a word.</summary>
    private const double WordGap = 0.15;

    /// <summary>Baselines nearer than this share of the font size are of one row: indices and exponents belong to it.</summary>
    private const double RowGap = 0.42;

    /// <summary>Most glyphs of a page that are looked at; more than any page a person reads.</summary>
    private const int MaxGlyphs = 500_000;

    /// <summary>Fewest dots that lead to a number instead of standing for something left out.</summary>
    private const int MinLeader = 5;

    private static readonly string[] MonoFonts = ["mono", "courier", "consol", "cmtt", "sftt", "typewriter"];

    /// <summary>Finds the words.</summary>
    /// <param name="letters">The glyphs of a page.</param>
    /// <returns>For each direction, most text first: rows from top to bottom, each with its words from left to right.</returns>
    public static List<List<List<PdfWord>>> Find(IReadOnlyList<Letter> letters)
    {
        var directions = new Dictionary<int, List<Glyph>>();
        var fonts = new Dictionary<string, (bool IsBold, bool IsMono)>(StringComparer.Ordinal);
        for (var index = 0; index < Math.Min(letters.Count, MaxGlyphs); index++)
        {
            var letter = letters[index];
            if (string.IsNullOrEmpty(letter.Value))
            {
                continue;
            }

            var angle = Angle(letter);
            if (!directions.TryGetValue(angle, out var glyphs))
            {
                directions.Add(angle, glyphs = []);
            }

            glyphs.Add(Turn(letter, angle, fonts));
        }

        return directions.OrderByDescending(static pair => pair.Value.Count).ThenBy(static pair => pair.Key).Select(static pair => Rows(pair.Value)).ToList();
    }

    private static int Angle(Letter letter) => letter.TextOrientation switch
    {
        TextOrientation.Horizontal => 0,
        TextOrientation.Rotate90 => 270,
        TextOrientation.Rotate180 => 180,
        TextOrientation.Rotate270 => 90,
        _ => (int)Math.Round(Math.Atan2(letter.EndBaseLine.Y - letter.StartBaseLine.Y, letter.EndBaseLine.X - letter.StartBaseLine.X) * 180 / Math.PI),
    };

    private static Glyph Turn(Letter letter, int angle, Dictionary<string, (bool IsBold, bool IsMono)> fonts)
    {
        var (sin, cos) = angle switch
        {
            0 => (0.0, 1.0),
            90 => (1.0, 0.0),
            180 => (0.0, -1.0),
            270 => (-1.0, 0.0),
            _ => Math.SinCos(angle * Math.PI / 180),
        };
        var start = letter.StartBaseLine;
        var end = letter.EndBaseLine;
        var left = (start.X * cos) + (start.Y * sin);
        var right = (end.X * cos) + (end.Y * sin);
        var size = letter.PointSize;
        if (size is not (> 0.1 and < 2000))
        {
            size = Math.Clamp(Math.Abs(letter.BoundingBox.Height), 1, 2000);
        }

        var name = letter.FontName ?? "";
        if (!fonts.TryGetValue(name, out var font))
        {
            fonts.Add(name, font = (letter.FontDetails.IsBold || name.Contains("bold", StringComparison.OrdinalIgnoreCase), IsMono(name)));
        }

        return new Glyph(letter.Value, Math.Min(left, right), Math.Max(left, right), (start.Y * cos) - (start.X * sin), size, font.IsBold, font.IsMono);
    }

    private static bool IsMono(string font) => Array.Exists(MonoFonts, part => font.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static List<List<PdfWord>> Rows(List<Glyph> glyphs)
    {
        // A stable order: glyphs at the same place stay as they were drawn.
        var sorted = glyphs.Where(static glyph => double.IsFinite(glyph.Baseline) && double.IsFinite(glyph.Left) && double.IsFinite(glyph.Right))
            .OrderByDescending(static glyph => glyph.Baseline).ToList();
        var rows = new List<List<PdfWord>>();
        for (var start = 0; start < sorted.Count;)
        {
            var anchor = sorted[start];
            var size = anchor.IsSpace ? 0 : anchor.Size;
            var end = start + 1;
            while (end < sorted.Count && anchor.Baseline - sorted[end].Baseline <= RowGap * Math.Max(size, sorted[end].IsSpace ? 0 : Math.Min(sorted[end].Size, size == 0 ? 2000 : 2.5 * size)))
            {
                size = Math.Max(size, sorted[end].IsSpace ? 0 : sorted[end].Size);
                end++;
            }

            var words = Words(sorted.GetRange(start, end - start));
            if (words.Count > 0)
            {
                rows.Add(words);
            }

            start = end;
        }

        return rows;
    }

    private static List<PdfWord> Words(List<Glyph> row)
    {
        var words = new List<PdfWord>();
        var word = new List<Glyph>();
        foreach (var glyph in row.OrderBy(static glyph => glyph.Left))
        {
            if (glyph.IsSpace)
            {
                End();
                continue;
            }

            if (word.Count > 0)
            {
                var before = word[^1];
                if (before.Text == glyph.Text && glyph.Left - before.Left < 0.1 * glyph.Size && Math.Abs(glyph.Baseline - before.Baseline) < 0.1 * glyph.Size)
                {
                    continue; // Drawn twice, to look bold.
                }

                if (glyph.Left - before.Right > WordGap * Math.Max(glyph.Size, before.Size))
                {
                    End();
                }
            }

            word.Add(glyph);
        }

        End();
        return JoinLeaders(words);

        void End()
        {
            if (word.Count > 0 && Make(word) is { } made)
            {
                words.Add(made);
            }

            word.Clear();
        }
    }

    /// <summary>Makes one word of the dots that lead from an entry of a list to its page number.</summary>
    private static List<PdfWord> JoinLeaders(List<PdfWord> words)
    {
        for (var index = 0; index < words.Count; index++)
        {
            var end = index;
            var dots = 0;
            while (end < words.Count && words[end].Text.AsSpan().TrimStart('.').IsEmpty)
            {
                dots += words[end++].Text.Length;
            }

            if (dots >= MinLeader)
            {
                words[index] = words[index] with { Text = "…", Right = words[end - 1].Right };
                words.RemoveRange(index + 1, end - index - 1);
            }
        }

        return words;
    }

    private static PdfWord? Make(List<Glyph> glyphs)
    {
        var text = new StringBuilder(glyphs.Count + 4);
        var right = double.MinValue;
        var size = 0.0;
        var bold = 0;
        var mono = 0;
        foreach (var glyph in glyphs)
        {
            text.Append(glyph.Text);
            right = Math.Max(right, glyph.Right);
            size = Math.Max(size, glyph.Size);
            bold += glyph.IsBold ? 1 : 0;
            mono += glyph.IsMono ? 1 : 0;
        }

        var found = text.ToString();
        if (RightToLeft.Is(found))
        {
            text.Clear();
            for (var index = glyphs.Count - 1; index >= 0; index--)
            {
                text.Append(glyphs[index].Text);
            }

            found = text.ToString();
        }

        found = PdfCharacters.Clean(found);
        var baseline = glyphs.Find(glyph => glyph.Size >= 0.9 * size).Baseline;
        return found.Length == 0 ? null : new PdfWord(found, glyphs[0].Left, right, baseline, size, bold * 2 > glyphs.Count, mono * 2 > glyphs.Count);
    }

    private readonly record struct Glyph(string Text, double Left, double Right, double Baseline, double Size, bool IsBold, bool IsMono)
    {
        public bool IsSpace => string.IsNullOrWhiteSpace(Text);
    }
}
