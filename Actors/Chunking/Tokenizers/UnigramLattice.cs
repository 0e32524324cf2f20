using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Chunking.Tokenizers;

/// <summary>
/// A window of normalized text in which the best cut into pieces is searched (Viterbi). Text is pushed at its end; tokens leave at its front as soon as no later
/// text can change them, so that memory does not grow with the text. Not safe for concurrent use; used again for the next text after <see cref="Reset"/>.
/// </summary>
internal sealed class UnigramLattice
{
    /// <summary>Characters it holds before it is worth searching.</summary>
    public const int Window = 1024;

    /// <summary>Characters after which a cut is forced.</summary>
    public const int Longest = 8 * Window;

    private char[] _text = new char[2 * Window];
    private ushort[] _codes = new ushort[2 * Window];
    private int[] _from = new int[2 * Window];
    private int[] _to = new int[2 * Window];
    private Cell[] _cells = new Cell[(2 * Window) + 1];
    private int[] _path = new int[Window];
    private int _searched;
    private bool _endsUnknown;
    private UnigramVocabulary _vocabulary = null!;
    private UnigramSettings _settings = null!;
    private double _unknownScore;

    /// <summary>Characters in the window.</summary>
    public int Count { get; private set; }

    /// <summary>Whether it outgrew its usual size and is better not kept.</summary>
    public bool IsLarge => _text.Length > 4 * Longest;

    /// <summary>Whether enough was pushed since the last search for another one.</summary>
    public bool IsReady => Count - _searched >= Window;

    /// <summary>Begins a text.</summary>
    public void Reset(UnigramVocabulary vocabulary, UnigramSettings settings)
    {
        _vocabulary = vocabulary;
        _settings = settings;
        _unknownScore = settings.UnknownScore ?? (vocabulary.MinimumScore - 10);
        _cells[0] = new Cell { Start = 0 };
        _searched = 0;
        _endsUnknown = false;
        Count = 0;
    }

    /// <summary>Appends a character of normalized text.</summary>
    /// <param name="character">The character.</param>
    /// <param name="from">Where what it was made from begins in the original text.</param>
    /// <param name="to">Where that ends.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Push(char character, int from, int to)
    {
        var index = Count;
        if (index == _text.Length)
        {
            Grow();
        }

        _text[index] = character;
        _codes[index] = _vocabulary.Trie.CodeOf(character);
        _from[index] = from;
        _to[index] = to;
        _cells[index + 1].Start = -1;
        Count = index + 1;
    }

    /// <summary>Searches on and adds the tokens that are certain.</summary>
    /// <param name="tokens">Where to.</param>
    /// <param name="isEnd">Whether the text is complete: then all of it leaves.</param>
    public void Advance(TokenBuffer tokens, bool isEnd)
    {
        var limit = Count;
        if (!isEnd)
        {
            limit -= _vocabulary.Trie.LongestKey + 1;
            if (limit > 0 && char.IsLowSurrogate(_text[limit]) && char.IsHighSurrogate(_text[limit - 1]))
            {
                limit--;
            }

            if (limit <= _searched)
            {
                return;
            }
        }

        Search(limit);
        var cut = isEnd ? Count : FindCut(limit);
        if (cut > 0)
        {
            Emit(cut, tokens);
            Shift(cut, limit);
        }
    }

    private void Search(int limit)
    {
        ref var units = ref MemoryMarshal.GetArrayDataReference(_vocabulary.Trie.Units);
        ref var codes = ref MemoryMarshal.GetArrayDataReference(_codes);
        ref var cells = ref MemoryMarshal.GetArrayDataReference(_cells);
        ref var scores = ref MemoryMarshal.GetArrayDataReference(_vocabulary.Scores);
        var count = Count;
        var shorterWins = _settings.ShorterWins;
        for (var start = _searched; start < limit; start++)
        {
            var width = 1;
            if (char.IsSurrogate(_text[start]))
            {
                if (char.IsLowSurrogate(_text[start]) && start > 0 && char.IsHighSurrogate(_text[start - 1]))
                {
                    continue;
                }

                width = char.IsHighSurrogate(_text[start]) && start + 1 < count && char.IsLowSurrogate(_text[start + 1]) ? 2 : 1;
            }

            var best = Unsafe.Add(ref cells, start).Score;
            var state = DoubleArrayTrie.Root;
            var origin = Unsafe.Add(ref units, state).Base;
            var hasSingle = false;
            for (var end = start; end < count;)
            {
                // Inside the array: it is as long as the largest base plus the largest code, see DoubleArrayTrie.
                var next = origin + Unsafe.Add(ref codes, end);
                ref var unit = ref Unsafe.Add(ref units, next);
                if (unit.Check != state || next == DoubleArrayTrie.Root)
                {
                    break;
                }

                end++;
                state = next;
                origin = unit.Base;
                if (unit.Value >= 0)
                {
                    hasSingle |= end - start == width;
                    var score = Unsafe.Add(ref scores, unit.Value) + best;
                    ref var cell = ref Unsafe.Add(ref cells, end);
                    if (cell.Start < 0 || score > cell.Score || (shorterWins && (score == cell.Score || cell.Score == 0)))
                    {
                        cell = new Cell { Score = score, Start = start, Id = unit.Value };
                    }
                }
            }

            if (!hasSingle)
            {
                var score = _unknownScore + best;
                ref var cell = ref Unsafe.Add(ref cells, start + width);
                if (cell.Start < 0 || score > cell.Score || (shorterWins && (score == cell.Score || cell.Score == 0)))
                {
                    cell = new Cell { Score = score, Start = start, Id = _settings.UnknownId };
                }
            }
        }

        _searched = limit;
    }

    /// <summary>The last position that the best cut goes through whatever follows; 0 when there is none yet.</summary>
    private int FindCut(int limit)
    {
        for (var position = limit; position > 0; position--)
        {
            if (!_vocabulary.IsInside(_codes[position]) && !char.IsLowSurrogate(_text[position]))
            {
                return position;
            }
        }

        // Every way on goes through one of the positions reached from before the limit: where their best cuts meet is certain.
        var most = _vocabulary.Trie.LongestKey + 2;
        Span<int> fronts = most <= 256 ? stackalloc int[most] : new int[most];
        var count = 0;
        for (var position = limit; position < Count && count < fronts.Length && position <= limit + _vocabulary.Trie.LongestKey; position++)
        {
            if (_cells[position].Start >= 0)
            {
                fronts[count++] = position;
            }
        }

        fronts = fronts[..count];
        while (true)
        {
            var last = 0;
            for (var i = 1; i < fronts.Length; i++)
            {
                last = fronts[i] > fronts[last] ? i : last;
            }

            if (fronts.IndexOfAnyExcept(fronts[last]) < 0)
            {
                return fronts[last] > 0 ? fronts[last] : ForcedCut(limit);
            }

            fronts[last] = _cells[fronts[last]].Start;
        }
    }

    /// <summary>
    /// A text without spaces may keep two best cuts apart for ever ("aaaa..." with pieces "a" and "aa"). Beyond <see cref="Longest"/> it is cut where the search
    /// stands: bounded memory is worth more than the one token that may come out otherwise.
    /// </summary>
    private static int ForcedCut(int limit) => limit > Longest ? limit : 0;

    private void Emit(int cut, TokenBuffer tokens)
    {
        var count = 0;
        for (var end = cut; end > 0; end = _cells[end].Start)
        {
            if (count == _path.Length)
            {
                Array.Resize(ref _path, 2 * count);
            }

            _path[count++] = end;
        }

        var start = 0;
        while (--count >= 0)
        {
            var end = _path[count];
            var id = _cells[end].Id;
            var isUnknown = id == _settings.UnknownId;
            if (isUnknown && _endsUnknown)
            {
                tokens.Set(tokens.Count - 1, id, tokens.Starts[^1], _to[end - 1]);
            }
            else
            {
                tokens.Add(id, _from[start], _to[end - 1]);
            }

            _endsUnknown = isUnknown && _settings.FuseUnknown;
            start = end;
        }
    }

    private void Shift(int cut, int limit)
    {
        var rest = Count - cut;
        Array.Copy(_text, cut, _text, 0, rest);
        Array.Copy(_codes, cut, _codes, 0, rest);
        Array.Copy(_from, cut, _from, 0, rest);
        Array.Copy(_to, cut, _to, 0, rest);
        Array.Copy(_cells, cut, _cells, 0, rest + 1);
        for (var i = 1; i <= rest; i++)
        {
            _cells[i].Start = Math.Max(_cells[i].Start - cut, -1);
        }

        _cells[0].Start = 0;
        _searched = limit - cut;
        Count = rest;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        var size = 2 * _text.Length;
        Array.Resize(ref _text, size);
        Array.Resize(ref _codes, size);
        Array.Resize(ref _from, size);
        Array.Resize(ref _to, size);
        Array.Resize(ref _cells, size + 1);
    }

    /// <summary>The best way to a position.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Cell
    {
        public double Score;

        /// <summary>Where its last piece begins; -1 when the position was not reached.</summary>
        public int Start;

        public int Id;
    }
}
