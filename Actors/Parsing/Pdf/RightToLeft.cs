using System.Text;

namespace Sluice.Actors.Parsing.Pdf;

/// <summary>Puts text that was found left to right on a page into logical order where its script runs right to left.</summary>
internal static class RightToLeft
{
    /// <summary>Whether the characters are of a script that runs right to left.</summary>
    public static bool Is(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c is (>= '\u0590' and <= '\u08ff') or (>= '\ufb1d' and <= '\ufdff') or (>= '\ufe70' and <= '\ufeff'))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Joins the words of a line with spaces.</summary>
    /// <param name="words">The words, left to right on the page.</param>
    public static string Join(List<PdfWord> words)
    {
        var runsLeft = words.Count(static word => Is(word.Text));
        var text = new StringBuilder();
        if (runsLeft == 0 || runsLeft * 2 < words.Count)
        {
            foreach (var word in words)
            {
                text.Append(text.Length == 0 ? "" : " ").Append(word.Text);
            }

            return text.ToString();
        }

        for (var index = words.Count - 1; index >= 0; index--)
        {
            // Words of the other direction, numbers among them, stay in their own order.
            var first = index;
            while (first > 0 && !Is(words[index].Text) && !Is(words[first - 1].Text))
            {
                first--;
            }

            for (var word = first; word <= index; word++)
            {
                text.Append(text.Length == 0 ? "" : " ").Append(words[word].Text);
            }

            index = first;
        }

        return text.ToString();
    }
}
