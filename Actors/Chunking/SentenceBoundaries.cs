using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sluice.Actors.Chunking;

/// <summary>
/// Finds ends of sentences: one pass, no look-back beyond a word. Knows abbreviations, initials, decimals, numbered lists, ellipses, quotes and brackets behind
/// the stop, and the stops of other scripts; takes a blank line for an end.
/// </summary>
internal static class SentenceBoundaries
{
    private const int LongestAbbreviation = 8;

    private static readonly SearchValues<char> Stops = SearchValues.Create(".!?…‼⁇⁈⁉。！？｡．؟۔।॥።፧၊။។\n\r\u2029");
    private static readonly SearchValues<char> Closers = SearchValues.Create("\"'”’»›)]}」』）】〉》〕］｣");

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Abbreviations = new HashSet<string>(
        [
            "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "rev", "hon", "gen", "col", "capt", "lt", "sgt", "maj", "gov", "sen", "rep", "pres",
            "vs", "cf", "al", "ca", "approx", "resp", "incl", "esp", "viz", "eg", "ie", "fig", "figs", "eq", "eqs", "sec", "ch", "chap", "vol", "nos",
            "pp", "pg", "ed", "eds", "art", "ref", "refs", "inc", "ltd", "corp", "co", "dept", "est", "ave", "blvd", "mt", "univ",
            "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
            "bzw", "usw", "nr", "abb", "bspw", "vgl", "mme", "mlle", "sra",
        ],
        StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Finds where the sentence that begins at <paramref name="start"/> ends.</summary>
    /// <returns>One past its last character, white space behind it included; the text's length where it does not end.</returns>
    public static int Next(ReadOnlySpan<char> text, int start)
    {
        var at = start;
        while (at < text.Length)
        {
            var found = text[at..].IndexOfAny(Stops);
            if (found < 0)
            {
                return text.Length;
            }

            var stop = at + found;
            if (text[stop] is '\n' or '\r' or '\u2029')
            {
                var end = SkipWhiteSpace(text, stop);
                if (stop > start && IsBlankLine(text[stop..end]))
                {
                    return end;
                }

                at = end;
                continue;
            }

            var behind = stop + 1;
            while (behind < text.Length && Stops.Contains(text[behind]) && text[behind] is not ('\n' or '\r' or '\u2029'))
            {
                behind++;
            }

            var closed = behind;
            while (closed < text.Length && Closers.Contains(text[closed]))
            {
                closed++;
            }

            var next = SkipWhiteSpace(text, closed);
            if (Ends(text, start, stop, behind, closed, next))
            {
                return next;
            }

            at = behind;
        }

        return text.Length;
    }

    /// <summary>Whether white space holds an empty line, or a paragraph separator.</summary>
    public static bool IsBlankLine(ReadOnlySpan<char> whiteSpace)
    {
        var first = whiteSpace.IndexOf('\n');
        return (first >= 0 && whiteSpace[(first + 1)..].Contains('\n')) || whiteSpace.Contains('\u2029');
    }

    public static int SkipWhiteSpace(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    private static bool Ends(ReadOnlySpan<char> text, int start, int stop, int behind, int closed, int next)
    {
        if (next == text.Length || text[stop] >= '\u0589' && text[stop] is not ('…' or '‼' or '⁇' or '⁈' or '⁉'))
        {
            return true; // The stops of other scripts need no space behind them.
        }

        if (next == closed)
        {
            return false; // 3.14, file.txt, e.g.
        }

        if (IsBlankLine(text[closed..next]))
        {
            return true;
        }

        Rune.DecodeFromUtf16(text[next..], out var rune, out _);
        if (Rune.IsLower(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherPunctuation && rune.Value is ',' or ';' or ':')
        {
            return false;
        }

        return text[stop] != '.' || behind - stop > 1 || closed > behind || !IsAbbreviation(text, start, stop, text[next]);
    }

    /// <summary>Whether the word before a full stop is an abbreviation, an initial or a list's number.</summary>
    private static bool IsAbbreviation(ReadOnlySpan<char> text, int start, int stop, char next)
    {
        var word = stop;
        while (word > start && stop - word <= LongestAbbreviation && (char.IsLetterOrDigit(text[word - 1]) || text[word - 1] == '.'))
        {
            word--;
        }

        var length = stop - word;
        if (length is 0 or > LongestAbbreviation)
        {
            return false;
        }

        var letters = text[word..stop];
        if (length == 1 && char.IsUpper(letters[0]))
        {
            return letters[0] != 'I'; // An initial, not the pronoun.
        }

        if (letters.Contains('.'))
        {
            return !char.IsDigit(letters[0]); // U.S., e.g., but not 3.14
        }

        if (length <= 3 && letters.IndexOfAnyExceptInRange('0', '9') < 0)
        {
            return SkipWhiteSpace(text, start) == word; // "12. Item"
        }

        if (letters.Equals("no", StringComparison.OrdinalIgnoreCase))
        {
            return char.IsAsciiDigit(next); // "No. 5", but not "No. It is not."
        }

        return Abbreviations.Contains(letters);
    }
}
