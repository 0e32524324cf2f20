using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

/// <summary>
/// The words of GPT-2: English contractions; letters, numbers, or other characters with at most one space before them; white space, of which the last character is
/// left to what follows.
/// </summary>
internal static class Gpt2Words
{
    private const CharacterClass Kinds = CharacterClass.Letter | CharacterClass.Number | CharacterClass.Space;

    /// <summary>Where the word that begins at an index ends.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">The index.</param>
    /// <param name="end">One past the last character there is.</param>
    public static int End(AlignedText text, int start, int end)
    {
        var chars = text.Chars;
        if (chars[start] == '\'' && Contraction(chars[start..end]) is var contraction and > 0)
        {
            return start + contraction;
        }

        var first = chars[start] == ' ' && start + 1 < end ? start + 1 : start;
        var kind = CharacterClasses.Of(text.CodePointAt(first, out var length)) & Kinds;
        var i = first + length;
        if (kind == CharacterClass.Space)
        {
            i = start + 1;
        }

        while (i < end && (CharacterClasses.Of(text.CodePointAt(i, out length)) & Kinds) == kind)
        {
            i += length;
        }

        return kind == CharacterClass.Space && i < end && i - start > 1 ? i - 1 : i;
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text.Length < 2)
        {
            return 0;
        }

        if (text[1] is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        return text.Length > 2 && ((text[1] is 'r' or 'v' && text[2] == 'e') || (text[1] == 'l' && text[2] == 'l')) ? 3 : 0;
    }
}
