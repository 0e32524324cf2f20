using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Sluice.Actors.Sinks;

/// <summary>A word or a phrase to search for.</summary>
/// <param name="Words">Letters, digits and marks; everything else became a space. Holds at least one word.</param>
/// <param name="Prefix">Whether the last word may go on.</param>
internal readonly record struct QuestionTerm(string Words, bool Prefix);

/// <summary>
/// Reads a question as people type it into what to search for, in a form that no query language can mistake: quoted phrases stay phrases, <c>word*</c> matches
/// beginnings, punctuation inside a word splits it into a phrase. English words that say nothing about the subject ("how do I") are left out when others are there.
/// </summary>
internal static class QuestionTerms
{
    /// <summary>Most words and phrases that are searched for; the rest of a pasted page adds nothing.</summary>
    public const int MaxTerms = 64;

    private static readonly FrozenSet<string> s_stopWords = new[]
    {
        "a", "about", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "how", "i",
        "if", "in", "into", "is", "it", "its", "me", "my", "of", "on", "or", "our", "should", "so", "some", "than", "that", "the", "their", "them", "then", "there",
        "these", "they", "this", "those", "to", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the terms; any of them may match, the more the better.</summary>
    /// <returns>Empty when there is no word in <paramref name="text"/>.</returns>
    public static List<QuestionTerm> Read(string text)
    {
        var terms = new List<QuestionTerm>();
        var seen = new HashSet<(string, bool)>();
        for (var i = 0; i < text.Length && terms.Count < MaxTerms;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            var quoted = text[i] == '"' && text.IndexOf('"', i + 1) > i;
            var end = quoted ? text.IndexOf('"', i + 1) : EndOfWord(text, i);
            if (ReadTerm(text.AsSpan(quoted ? i + 1 : i, end - i - (quoted ? 1 : 0)), prefixAllowed: !quoted) is { } term && seen.Add((term.Words.ToUpperInvariant(), term.Prefix)))
            {
                terms.Add(term);
            }

            i = quoted ? end + 1 : end;
        }

        var telling = terms.FindAll(static term => term.Prefix || !s_stopWords.Contains(term.Words.Trim()));
        return telling.Count > 0 ? telling : terms;
    }

    /// <summary>Whether a character is part of a word.</summary>
    public static bool IsWordRune(Rune rune) =>
        Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.PrivateUse;

    private static int EndOfWord(string text, int start)
    {
        var end = start + 1;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != '"')
        {
            end++;
        }

        return end;
    }

    private static QuestionTerm? ReadTerm(ReadOnlySpan<char> term, bool prefixAllowed)
    {
        var prefix = prefixAllowed && term is [.., not '*', '*'];
        var words = new StringBuilder(term.Length);
        var hasWord = false;
        foreach (var rune in term.EnumerateRunes())
        {
            var isWord = IsWordRune(rune);
            hasWord |= isWord;
            words.Append(isWord ? rune.ToString() : " ");
        }

        return hasWord ? new QuestionTerm(words.ToString(), prefix) : null;
    }
}
