using System.Text;

namespace Sluice.Actors.Sinks.Sqlite;

/// <summary>
/// Turns a question as people type it into an FTS5 query that cannot be malformed: each word is quoted, quoted phrases stay phrases, <c>word*</c> matches
/// beginnings; any of them may match, the more the better.
/// </summary>
internal static class FullTextQuery
{
    /// <summary>Most words and phrases that are searched for; the rest of a pasted page adds nothing.</summary>
    public const int MaxTerms = 64;

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

        return terms.Count == 0 ? null : string.Join(" OR ", terms);
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
