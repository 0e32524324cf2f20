using System.Globalization;
using System.Text;

namespace Sluice.Hosting.Cli.Text;

/// <summary>Fits text of documents to a terminal.</summary>
internal static class TextLayout
{
    /// <summary>Joins white space to single spaces and takes out control characters, so that a document cannot steer the terminal.</summary>
    /// <param name="text">The text.</param>
    /// <returns>One line.</returns>
    public static string OneLine(string text) => Sluice.Hosting.Text.PlaceText.OneLine(text);

    /// <summary>Breaks a text into lines at spaces; a word that is longer than a line is broken where it must be.</summary>
    /// <param name="text">The text; line breaks in it stay.</param>
    /// <param name="width">Columns in a line.</param>
    /// <returns>The lines.</returns>
    public static IReadOnlyList<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        foreach (var paragraph in text.Split('\n'))
        {
            var line = new StringBuilder();
            var used = 0;
            foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(word => Break(word, width)))
            {
                var columns = Columns(word);
                if (used > 0 && used + 1 + columns > width)
                {
                    lines.Add(line.ToString());
                    line.Clear();
                    used = 0;
                }

                if (used > 0)
                {
                    line.Append(' ');
                    used++;
                }

                line.Append(word);
                used += columns;
            }

            lines.Add(line.ToString());
        }

        return lines;
    }

    /// <summary>Cuts a line to a number of columns, with an ellipsis where something is cut.</summary>
    /// <param name="text">The line.</param>
    /// <param name="columns">Columns.</param>
    /// <returns>The cut line.</returns>
    public static string Cut(string text, int columns)
    {
        if (Columns(text) <= columns)
        {
            return text;
        }

        var kept = new StringBuilder();
        var used = 1;
        foreach (var rune in text.EnumerateRunes())
        {
            used += ColumnsOf(rune);
            if (used > columns)
            {
                break;
            }

            kept.Append(rune.ToString());
        }

        return kept.ToString().TrimEnd() + '…';
    }

    /// <summary>Columns a text takes on a terminal: two for wide characters, none for combining ones.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The columns.</returns>
    public static int Columns(string text)
    {
        var columns = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            columns += ColumnsOf(rune);
        }

        return columns;
    }

    private static int ColumnsOf(Rune rune)
    {
        if (rune.Value is >= 0x20 and < 0x7f)
        {
            return 1;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.Control => 0,
            _ => IsWide(rune.Value) ? 2 : 1,
        };
    }

    private static bool IsWide(int value) => value is
        (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0xa4cf) or (>= 0xac00 and <= 0xd7a3) or (>= 0xf900 and <= 0xfaff)
        or (>= 0xfe30 and <= 0xfe6f) or (>= 0xff00 and <= 0xff60) or (>= 0xffe0 and <= 0xffe6) or (>= 0x1f300 and <= 0x1faff) or (>= 0x20000 and <= 0x3fffd);


    private static IEnumerable<string> Break(string word, int width)
    {
        while (Columns(word) > width)
        {
            var piece = new StringBuilder();
            var used = 0;
            foreach (var rune in word.EnumerateRunes())
            {
                used += ColumnsOf(rune);
                if (used > width && piece.Length > 0)
                {
                    break;
                }

                piece.Append(rune.ToString());
            }

            yield return piece.ToString();
            word = word[Math.Min(piece.Length, word.Length)..];
        }

        yield return word;
    }
}
