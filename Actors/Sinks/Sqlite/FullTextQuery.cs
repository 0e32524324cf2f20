using System.Collections.Frozen;
using System.Text;

namespace Sluice.Actors.Sinks.Sqlite;

/// <summary>
/// Turns a question as people type it into an FTS5 query that cannot be malformed: each word is quoted, quoted phrases stay phrases, <c>word*</c> matches
/// beginnings; any of them may match, the more the better. English words that say nothing about the subject ("how do I") are left out when others are there.
/// </summary>
internal static class FullTextQuery
{
    /// <summary>Most words and phrases that are searched for; the rest of a pasted page adds nothing.</summary>
    public const int MaxTerms = 64;

    private static readonly FrozenSet<string> StopWords = new[]
    {
        "a", "about", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "how", "i",
        "if", "in", "into", "is", "it", "its", "me", "my", "of", "on", "or", "our", "should", "so", "some", "than", "that", "the", "their", "them", "then", "there",
        "these", "they", "this", "those", "to", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes the query.</summary>
    /// <returns>Null when there is no word in <paramref name="text"/>.</returns>
    public static string? Create(string text)
    {
        var terms = new List<string>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < text.Length && terms.Count < MaxTerms;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            var quoted = text[i] == '"' && text.IndexOf('"', i + 1) > i;
            var end = quoted ? text.IndexOf('"', i + 1) : EndOfWord(text, i);
            var term = Quote(text.AsSpan(quoted ? i + 1 : i, end - i - (quoted ? 1 : 0)), prefixAllowed: !quoted);
            if (term is not null && seen.Add(term))
            {
                terms.Add(term);
            }

            i = quoted ? end + 1 : end;
        }

        var telling = terms.FindAll(static term => !StopWords.Contains(term.Trim('"', ' ')));
        return terms.Count == 0 ? null : string.Join(" OR ", telling.Count > 0 ? telling : terms);
    }

    private static int EndOfWord(string text, int start)
    {
        var end = start + 1;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != '"')
        {
            end++;
        }

        return end;
    }

    /// <summary>Quotes a term; punctuation inside it splits it into a phrase, as the tokenizer does with the stored text.</summary>
    private static string? Quote(ReadOnlySpan<char> term, bool prefixAllowed)
    {
        var prefix = prefixAllowed && term is [.., not '*', '*'];
        var quoted = new StringBuilder(term.Length + 3).Append('"');
        var hasWord = false;
        foreach (var rune in term.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark or System.Globalization.UnicodeCategory.PrivateUse)
            {
                hasWord = true;
                quoted.Append(rune);
            }
            else
            {
                quoted.Append(' ');
            }
        }

        return hasWord ? quoted.Append(prefix ? "\"*" : "\"").ToString() : null;
    }
}
