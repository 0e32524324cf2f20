namespace Sluice.Actors.Chunking.Tokenizers;

/// <summary>The pieces of a unigram model with their scores, ready for search. Immutable, safe for concurrent use.</summary>
internal sealed class UnigramVocabulary
{
    private readonly bool[] _inside;

    /// <summary>Builds it.</summary>
    /// <param name="pieces">Pieces by id. Of equal pieces the last one counts.</param>
    /// <param name="scores">Their scores.</param>
    /// <param name="isMatched">Whether a piece may be found in a text; the others are only ids.</param>
    public UnigramVocabulary(IReadOnlyList<string> pieces, double[] scores, Func<int, bool> isMatched)
    {
        Count = pieces.Count;
        Scores = scores;
        MinimumScore = scores.Length == 0 ? 0 : scores.Min();
        Trie = DoubleArrayTrie.Build(Enumerable.Range(0, pieces.Count).Where(isMatched).Select(id => KeyValuePair.Create(pieces[id], id)));
        _inside = new bool[char.MaxValue + 1];
        foreach (var id in Enumerable.Range(0, pieces.Count).Where(isMatched))
        {
            for (var i = 1; i < pieces[id].Length; i++)
            {
                _inside[Trie.CodeOf(pieces[id][i])] = true;
            }
        }
    }

    /// <summary>Number of ids.</summary>
    public int Count { get; }

    /// <summary>Scores by id.</summary>
    public double[] Scores { get; }

    /// <summary>The lowest score.</summary>
    public double MinimumScore { get; }

    /// <summary>The pieces.</summary>
    public DoubleArrayTrie Trie { get; }

    /// <summary>Whether a character of this code stands in a piece anywhere but first. One that does not always begins a token.</summary>
    public bool IsInside(ushort code) => _inside[code];
}
