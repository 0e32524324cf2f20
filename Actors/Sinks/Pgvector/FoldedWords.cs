using System.Globalization;
using System.Text;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>
/// Text prepared for full text: words in lower case without accents, single spaces for all else. Done here and not by the server, whose rules differ by locale and
/// take <c>docs/a.md</c> or <c>max_wal_size</c> for one word or for several; the question is prepared alike.
/// </summary>
internal static class FoldedWords
{
    /// <summary>Longest prepared text, in characters; words beyond it are not found by full text. The server takes at most 1 MiB of distinct words with their places.</summary>
    public const int MaxLength = 600 << 10;

    /// <summary>Prepares a text; empty when there is no word in it.</summary>
    public static string Fold(string text)
    {
        var folded = System.Text.Ascii.IsValid(text) ? null : text;
        if (folded is not null)
        {
            // Accents are characters of their own in the decomposed form.
            folded = WellFormed.Text(folded).Normalize(NormalizationForm.FormD);
        }

        return folded is null ? FoldAscii(text) : FoldUnicode(folded);
    }

    /// <summary>A query of PostgreSQL's that matches any of the terms; words are quoted, so nothing in them is an operator.</summary>
    /// <returns>Null when there is no word in <paramref name="text"/>.</returns>
    public static string? CreateQuery(string text)
    {
        var query = new StringBuilder();
        foreach (var term in QuestionTerms.Read(text))
        {
            var words = Fold(term.Words).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            query.Append(query.Length > 0 ? " | " : "").Append('(');
            for (var i = 0; i < words.Length; i++)
            {
                query.Append(i > 0 ? " <-> " : "").Append('\'').Append(words[i]).Append('\'').Append(term.Prefix && i == words.Length - 1 ? ":*" : "");
            }

            query.Append(')');
        }

        return query.Length == 0 ? null : query.ToString();
    }

    private static string FoldAscii(string text) => string.Create(Math.Min(text.Length, MaxLength), text, static (folded, text) =>
    {
        for (var i = 0; i < folded.Length; i++)
        {
            folded[i] = char.IsAsciiLetterOrDigit(text[i]) ? char.ToLowerInvariant(text[i]) : ' ';
        }
    });

    private static string FoldUnicode(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (folded.Length >= MaxLength)
            {
                break;
            }

            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark)
            {
                continue;
            }

            folded.Append(QuestionTerms.IsWordRune(rune) ? Rune.ToLowerInvariant(rune).ToString() : " ");
        }

        return folded.ToString();
    }
}
