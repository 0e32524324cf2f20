using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks;

/// <summary>
/// A question for a database whose full text knows words alone: all words are searched for, and where the question has phrases, hits that match none of its terms as it
/// was typed are left out afterwards.
/// </summary>
internal sealed class FullTextTerms
{
    private readonly List<string[]> _terms = [];
    private readonly bool _hasPhrases;

    private FullTextTerms(List<QuestionTerm> terms)
    {
        foreach (var term in terms)
        {
            if (Pgvector.FoldedWords.Fold(term.Words).Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words)
            {
                _terms.Add(words);
                _hasPhrases |= words.Length > 1;
            }
        }
    }

    /// <summary>The words to search for, folded, with single spaces between them; empty when there are none.</summary>
    public string Words => string.Join(' ', _terms.SelectMany(static words => words).Distinct(StringComparer.Ordinal));

    /// <summary>Reads a question.</summary>
    public static FullTextTerms Read(string text) => new(QuestionTerms.Read(text));

    /// <summary>What a hit must pass; null when all do.</summary>
    public Func<SearchHit, bool>? Filter => _hasPhrases ? IsMatch : null;

    private bool IsMatch(SearchHit hit) =>
        IsMatch(hit.Text) || (hit.Title is { } title && IsMatch(title)) || (hit.HeadingPath.Count > 0 && IsMatch(string.Join('\n', hit.HeadingPath)));

    private bool IsMatch(string text)
    {
        var folded = $" {string.Join(' ', Pgvector.FoldedWords.Fold(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))} ";
        return _terms.Exists(words => folded.Contains($" {string.Join(' ', words)} ", StringComparison.Ordinal));
    }
}
