using System.Buffers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace;

/// <summary>Finds added tokens: the leftmost, of those the longest. Immutable, safe for concurrent use.</summary>
internal sealed class AddedTokenFinder
{
    private readonly AddedToken[] _tokens;
    private readonly DoubleArrayTrie _trie;
    private readonly SearchValues<char> _firsts;

    /// <summary>Builds it.</summary>
    /// <param name="tokens">The tokens; of equal ones the first counts.</param>
    public AddedTokenFinder(IReadOnlyList<AddedToken> tokens)
    {
        _tokens = [.. tokens.Where(static token => token.Content.Length > 0).DistinctBy(static token => token.Content, StringComparer.Ordinal)];
        _trie = DoubleArrayTrie.Build(_tokens.Select(static (token, index) => KeyValuePair.Create(token.Content, index)));
        _firsts = SearchValues.Create([.. _tokens.Select(static token => token.Content[0]).Distinct()]);
    }

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _tokens.Length == 0;

    /// <summary>Cuts a stretch of text into tokens and what is between them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the stretch begins.</param>
    /// <param name="end">One past its last character.</param>
    /// <param name="pieces">Where both are added.</param>
    public void Find(AlignedText text, int start, int end, PieceList pieces)
    {
        var last = start;
        if (_tokens.Length > 0)
        {
            var chars = text.Chars[..end];
            for (var i = start; i < end;)
            {
                var next = chars[i..].IndexOfAny(_firsts);
                if (next < 0)
                {
                    break;
                }

                i += next;
                var stop = Longest(chars, i, out var token);
                if (stop == i)
                {
                    i++;
                    continue;
                }

                if (!token!.SingleWord || !(IsWordBefore(text, start, i) || (stop < end && CharacterClasses.Is(text.CodePointAt(stop, out _), CharacterClass.Word))))
                {
                    last = Take(chars, last, i, stop, token, pieces);
                }

                i = stop;
            }
        }

        pieces.Add(last, end);
    }

    private static int Take(ReadOnlySpan<char> chars, int last, int start, int end, AddedToken token, PieceList pieces)
    {
        while (token.StripsLeft && start > last && CharacterClasses.Is(chars[start - 1], CharacterClass.Space))
        {
            start--;
        }

        while (token.StripsRight && end < chars.Length && CharacterClasses.Is(chars[end], CharacterClass.Space))
        {
            end++;
        }

        if (start > last)
        {
            pieces.Add(last, start);
        }

        pieces.Add(Math.Max(start, last), end, token.Id);
        return end;
    }

    private static bool IsWordBefore(AlignedText text, int start, int index)
    {
        if (index == start)
        {
            return false;
        }

        var before = index - (char.IsLowSurrogate(text.Chars[index - 1]) ? 2 : 1);
        return CharacterClasses.Is(text.CodePointAt(before, out _), CharacterClass.Word);
    }

    private int Longest(ReadOnlySpan<char> text, int start, out AddedToken? token)
    {
        var units = _trie.Units;
        var state = DoubleArrayTrie.Root;
        var longest = start;
        token = null;
        for (var i = start; i < text.Length; i++)
        {
            var next = units[state].Base + _trie.CodeOf(text[i]);
            if (next == DoubleArrayTrie.Root || units[next].Check != state)
            {
                break;
            }

            state = next;
            if (units[state].Value >= 0)
            {
                longest = i + 1;
                token = _tokens[units[state].Value];
            }
        }

        return longest;
    }
}
