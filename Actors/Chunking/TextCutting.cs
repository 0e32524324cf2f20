using System.Globalization;

namespace Sluice.Actors.Chunking;

/// <summary>Where words and characters end.</summary>
internal static class TextCutting
{
    /// <summary>One past the word at <paramref name="start"/>, white space before and behind it included; a comma of a script without spaces ends it too.</summary>
    public static int NextWord(ReadOnlySpan<char> text, int start)
    {
        var at = SentenceBoundaries.SkipWhiteSpace(text, start);
        while (at < text.Length && !char.IsWhiteSpace(text[at]))
        {
            if (text[at++] is '、' or '，' or '；' or '：')
            {
                break;
            }
        }

        return SentenceBoundaries.SkipWhiteSpace(text, at);
    }

    /// <summary>What lies between the piece that ends at <paramref name="end"/> and the next, which begins there.</summary>
    public static CutLevel LevelAt(ReadOnlySpan<char> text, int end)
    {
        var edge = end;
        while (edge > 0 && char.IsWhiteSpace(text[edge - 1]))
        {
            edge--;
        }

        var space = text[edge..end];
        if (space.ContainsAny('\n', '\r', '\u2029'))
        {
            return SentenceBoundaries.IsBlankLine(space) ? CutLevel.Block : CutLevel.Line;
        }

        if (edge > 0 && text[edge - 1] is ',' or ';' or ':' or '|' or '、' or '，' or '；' or '：')
        {
            return CutLevel.Clause;
        }

        return space.IsEmpty ? CutLevel.Character : CutLevel.Word;
    }

    /// <summary>One past the last character of the line at <paramref name="start"/>, its break and blank lines behind it included.</summary>
    public static int NextLine(ReadOnlySpan<char> text, int start)
    {
        var at = start;
        int end;
        do
        {
            var found = text[at..].IndexOf('\n');
            end = found < 0 ? text.Length : at + found + 1;
            at = end;
        }
        while (at < text.Length && IsBlankLineAt(text, at));

        return end;
    }

    /// <summary>
    /// One past the characters at <paramref name="start"/> that a reader takes for one (a letter with its accents, an emoji family), at most
    /// <paramref name="most"/> of them; never between surrogates.
    /// </summary>
    public static int NextCharacter(ReadOnlySpan<char> text, int start, int most)
    {
        var rest = text[start..];
        if (rest.Length <= 1 || (rest[0] is > '\u001f' and < '\u0300' && rest[1] is > '\u001f' and < '\u0300'))
        {
            return start + 1;
        }

        var length = StringInfo.GetNextTextElementLength(rest[..Math.Min(rest.Length, Math.Max(most, 2) + 1)]);
        if (length > most)
        {
            length = Math.Max(1, most);
            if (char.IsHighSurrogate(rest[length - 1]) && length < rest.Length && char.IsLowSurrogate(rest[length]))
            {
                length = length > 1 ? length - 1 : 2;
            }
        }

        return start + length;
    }

    private static bool IsBlankLineAt(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] != '\n')
        {
            if (!char.IsWhiteSpace(text[at]))
            {
                return false;
            }

            at++;
        }

        return true;
    }
}
