using System.Text;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>Byte-pair encoding: of the pairs of neighbours the one of least rank is merged, the leftmost of equals, until none is left. Immutable, safe for concurrent use.</summary>
internal sealed class BpeModel : TokenModel
{
    private readonly Vocabulary _vocabulary;
    private readonly PairTable _merges;
    private readonly BpeSettings _settings;
    private readonly int[]? _byteIds;
    private readonly int[] _single = new int[char.MaxValue + 1];
    private readonly bool _hasAffixes;
    private readonly Lazy<JoinedCharacters>? _joined;

    /// <summary>Builds it.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="settings">The rest.</param>
    public BpeModel(Vocabulary vocabulary, PairTable merges, BpeSettings settings)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _settings = settings;
        _byteIds = settings.FallsBack ? vocabulary.ByteIds() : null;
        _hasAffixes = settings.Prefix.Length + settings.Suffix.Length > 0;
        Array.Fill(_single, -1);
        foreach (var (token, id) in vocabulary.Entries)
        {
            if (token.Length == 1)
            {
                _single[token[0]] = id;
            }
        }

        if (!_hasAffixes && !settings.IgnoresMerges && !settings.MergesBytes)
        {
            _joined = new(() => new JoinedCharacters(vocabulary.Entries.Keys));
        }
    }

    /// <inheritdoc/>
    public override int Count => _vocabulary.Count;

    /// <inheritdoc/>
    public override int Find(string token) => _vocabulary.Find(token);

    /// <inheritdoc/>
    public override ModelState CreateState() => new BpeState();

    /// <inheritdoc/>
    /// <remarks>A long piece is cut where no token could ever reach across, which changes nothing, and leaves words that are remembered.</remarks>
    public override void Encode(ReadOnlySpan<char> text, ReadOnlySpan<int> from, ReadOnlySpan<int> to, ModelState state, TokenBuffer tokens)
    {
        if (text.Length <= WordCache.LongestWord || _joined is null)
        {
            base.Encode(text, from, to, state, tokens);
            return;
        }

        var joined = _joined.Value;
        var start = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (!joined.Contains(text[i - 1], text[i]) && IsCut(text[i - 1], text[i]))
            {
                base.Encode(text[start..i], from[start..i], to[start..i], state, tokens);
                start = i;
            }
        }

        base.Encode(text[start..], from[start..], to[start..], state, tokens);
    }

    /// <inheritdoc/>
    protected override void Cut(ReadOnlySpan<char> text, ModelState state)
    {
        if (_settings.IgnoresMerges && _vocabulary.Find(text) is var whole and >= 0)
        {
            state.Cuts.Add(whole, 0, text.Length);
            return;
        }

        var symbols = (BpeState)state;
        symbols.Reset();
        AddSymbols(text, symbols);
        Merge(symbols);
        foreach (ref var symbol in symbols.Symbols)
        {
            if (symbol.Id >= 0)
            {
                state.Cuts.Add(symbol.Id, symbol.Start, symbol.End);
            }
        }
    }

    /// <summary>Whether two characters that no token joins may be taken apart: unknown neighbours may be one token, and what is left out lets its neighbours meet.</summary>
    private bool IsCut(char first, char second)
    {
        var isFirstKnown = _single[first] >= 0;
        var isSecondKnown = _single[second] >= 0;
        return _settings.UnknownId >= 0 ? (isFirstKnown || isSecondKnown) && !char.IsLowSurrogate(second) : isFirstKnown && isSecondKnown;
    }

    private void AddSymbols(ReadOnlySpan<char> text, BpeState symbols)
    {
        var unknownFrom = -1;
        var unknownTo = 0;
        for (var i = 0; i < text.Length;)
        {
            var length = char.IsHighSurrogate(text[i]) ? 2 : 1;
            var id = length == 1 && !_hasAffixes ? _single[text[i]] : FindSymbol(text, i, length);
            if (id >= 0)
            {
                if (unknownFrom >= 0)
                {
                    symbols.Add(_settings.UnknownId, unknownFrom, unknownTo);
                    unknownFrom = -1;
                }

                symbols.Add(id, i, i + length);
            }
            else if (!AddBytes(text, i, length, symbols) && _settings.UnknownId >= 0)
            {
                if (unknownFrom >= 0 && !_settings.FusesUnknown)
                {
                    symbols.Add(_settings.UnknownId, unknownFrom, unknownTo);
                    unknownFrom = -1;
                }

                unknownFrom = unknownFrom < 0 ? i : unknownFrom;
                unknownTo = i + length;
            }

            i += length;
        }

        if (unknownFrom >= 0)
        {
            symbols.Add(_settings.UnknownId, unknownFrom, unknownTo);
        }
    }

    private int FindSymbol(ReadOnlySpan<char> text, int index, int length)
    {
        var prefix = index > 0 ? _settings.Prefix : "";
        var suffix = index + length == text.Length ? _settings.Suffix : "";
        return prefix.Length + suffix.Length == 0
            ? _vocabulary.Find(text.Slice(index, length))
            : _vocabulary.Find(string.Concat(prefix, text.Slice(index, length), suffix));
    }

    private bool AddBytes(ReadOnlySpan<char> text, int index, int length, BpeState symbols)
    {
        if (_byteIds is null)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[64];
        var prefix = index > 0 ? _settings.Prefix : "";
        var suffix = index + length == text.Length ? _settings.Suffix : "";
        var count = Encoding.UTF8.GetBytes(prefix, bytes);
        count += Encoding.UTF8.GetBytes(text.Slice(index, length), bytes[count..]);
        count += Encoding.UTF8.GetBytes(suffix, bytes[count..]);
        foreach (var value in bytes[..count])
        {
            if (_byteIds[value] < 0)
            {
                return false;
            }
        }

        foreach (var value in bytes[..count])
        {
            symbols.Add(_byteIds[value], index, index + length);
        }

        return true;
    }

    private void Merge(BpeState state)
    {
        var symbols = state.Symbols;
        for (var i = 0; i + 1 < symbols.Length; i++)
        {
            Rate(state, symbols, i);
        }

        while (state.TryPop(out var rank, out var index))
        {
            ref var left = ref symbols[index];
            if (left.Id < 0 || left.Rank != rank)
            {
                continue; // One of the two has been merged meanwhile.
            }

            ref var right = ref symbols[left.Next];
            left.Id = left.Merged;
            left.End = right.End;
            left.Next = right.Next;
            right.Id = -1;
            if (left.Next < symbols.Length)
            {
                symbols[left.Next].Previous = index;
            }

            Rate(state, symbols, index);
            if (left.Previous >= 0)
            {
                Rate(state, symbols, left.Previous);
            }
        }
    }

    private void Rate(BpeState state, Span<BpeState.Symbol> symbols, int index)
    {
        ref var symbol = ref symbols[index];
        symbol.Rank = symbol.Next < symbols.Length ? _merges.Find(symbol.Id, symbols[symbol.Next].Id, out symbol.Merged) : int.MaxValue;
        if (symbol.Rank != int.MaxValue)
        {
            state.Push(symbol.Rank, index);
        }
    }
}
