namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>WordPiece: the longest token that fits, again and again; a word that does not come out is unknown as a whole. Immutable, safe for concurrent use.</summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly Vocabulary _vocabulary;
    private readonly DoubleArrayTrie _beginnings;
    private readonly DoubleArrayTrie _continuations;
    private readonly int _unknownId;
    private readonly int _longestWord;

    /// <summary>Builds it.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="unknownId">Id of what does not come out.</param>
    /// <param name="prefix">What stands before tokens inside a word.</param>
    /// <param name="longestWord">Characters of the longest word that is looked at.</param>
    public WordPieceModel(Vocabulary vocabulary, int unknownId, string prefix, int longestWord)
    {
        _vocabulary = vocabulary;
        _unknownId = unknownId;
        _longestWord = longestWord;
        _beginnings = DoubleArrayTrie.Build(vocabulary.Entries);
        _continuations = prefix.Length == 0 ? _beginnings : DoubleArrayTrie.Build(vocabulary.Entries
            .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(entry => KeyValuePair.Create(entry.Key[prefix.Length..], entry.Value)));
    }

    /// <inheritdoc/>
    public override int Count => _vocabulary.Count;

    /// <inheritdoc/>
    public override int Find(string token) => _vocabulary.Find(token);

    /// <inheritdoc/>
    protected override void Cut(ReadOnlySpan<char> text, ModelState state)
    {
        if (text.Length > _longestWord && CodePoints(text) > _longestWord)
        {
            state.Cuts.Add(_unknownId, 0, text.Length);
            return;
        }

        var trie = _beginnings;
        for (var start = 0; start < text.Length;)
        {
            var end = Longest(trie, text, start, out var id);
            if (end == start)
            {
                state.Cuts.Clear();
                state.Cuts.Add(_unknownId, 0, text.Length);
                return;
            }

            state.Cuts.Add(id, start, end);
            start = end;
            trie = _continuations;
        }
    }

    private static int CodePoints(ReadOnlySpan<char> text)
    {
        var count = text.Length;
        foreach (var character in text)
        {
            count -= char.IsLowSurrogate(character) ? 1 : 0;
        }

        return count;
    }

    private static int Longest(DoubleArrayTrie trie, ReadOnlySpan<char> text, int start, out int id)
    {
        var units = trie.Units;
        var state = DoubleArrayTrie.Root;
        var longest = start;
        id = -1;
        for (var i = start; i < text.Length; i++)
        {
            var next = units[state].Base + trie.CodeOf(text[i]);
            if (next == DoubleArrayTrie.Root || units[next].Check != state)
            {
                break;
            }

            state = next;
            if (units[state].Value >= 0)
            {
                longest = i + 1;
                id = units[state].Value;
            }
        }

        return longest;
    }
}
