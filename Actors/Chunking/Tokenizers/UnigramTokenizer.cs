using System.Buffers;
using System.Text;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Chunking.Tokenizers;

/// <summary>
/// A unigram (SentencePiece) tokenizer: normalizes, replaces spaces, and finds the cut into pieces of the highest total score. Offsets point into the text as it was
/// given, before any of that: a piece begins where the first character it was made from begins and ends where the last one ends, so pieces that share an original
/// character (the two letters of a ligature) overlap in it. Time is linear in the text and memory does not grow with it. A lone surrogate counts as one unknown
/// character. Safe for concurrent use.
/// </summary>
public sealed class UnigramTokenizer : ITokenizer
{
    private const int LongestCluster = 256;
    private const int LongestNormalCluster = LongestCluster * 18;

    [ThreadStatic]
    private static UnigramLattice? _spare;

    private readonly UnigramVocabulary _vocabulary;
    private readonly UnigramSettings _settings;

    internal UnigramTokenizer(UnigramVocabulary vocabulary, UnigramSettings settings, string fingerprint)
    {
        CompatibilityForm.Require();
        _vocabulary = vocabulary;
        _settings = settings;
        Fingerprint = fingerprint;
    }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public int SpecialTokenCount => _settings.Before.Length + _settings.After.Length;

    /// <summary>Number of ids.</summary>
    public int VocabularySize => _vocabulary.Count;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, TokenBuffer tokens, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        tokens.Clear();
        if (addSpecialTokens)
        {
            AddSpecial(_settings.Before, 0, tokens);
        }

        var lattice = _spare ?? new UnigramLattice();
        _spare = null;
        lattice.Reset(_vocabulary, _settings);
        new Feed(text, _settings, lattice, tokens).Run();
        if (!lattice.IsLarge)
        {
            _spare = lattice;
        }

        if (addSpecialTokens)
        {
            AddSpecial(_settings.After, text.Length, tokens);
        }
    }

    private static void AddSpecial(int[] ids, int position, TokenBuffer tokens)
    {
        foreach (var id in ids)
        {
            tokens.Add(id, position, position);
        }
    }

    /// <summary>Reads a text once from front to back and pushes its normal form into the lattice.</summary>
    private ref struct Feed(ReadOnlySpan<char> text, UnigramSettings settings, UnigramLattice lattice, TokenBuffer tokens)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private readonly bool _collapses = settings.CollapseWhiteSpace;
        private readonly char _space = settings.SpaceReplacement;
        private bool _hasStarted;
        private int _spaceFrom = -1;
        private int _spaceTo;

        public void Run()
        {
            var position = 0;
            while (position < _text.Length)
            {
                position = Next(position);
                if (lattice.IsReady)
                {
                    lattice.Advance(tokens, isEnd: false);
                }
            }

            lattice.Advance(tokens, isEnd: true);
        }

        /// <summary>Takes one character, or as many as must be normalized together.</summary>
        /// <returns>The position after them.</returns>
        private int Next(int position)
        {
            var character = _text[position];
            var after = position + 1;
            if (_collapses && IsSpace(character))
            {
                _spaceFrom = _spaceFrom < 0 ? position : _spaceFrom;
                _spaceTo = after;
                return after;
            }

            if (settings.StraightenApostrophes && character == '\u2019')
            {
                character = '\'';
            }

            if (!settings.Compose)
            {
                if (char.IsSurrogate(character))
                {
                    return PushSurrogate(position);
                }

                Push(character, position, after);
                return after;
            }

            if (after == _text.Length || _text[after] < 0x80 || CompatibilityForm.IsBoundary(_text, after))
            {
                if (character < 0x80 || (!char.IsSurrogate(character) && (CompatibilityForm.Of(character) & CompatibilityForm.Stable) != 0))
                {
                    Push(character, position, after);
                    return after;
                }
            }

            return PushCluster(position);
        }

        private static bool IsSpace(char character) => character < 0x80
            ? character is ' ' or (>= '\t' and <= '\r')
            : (CompatibilityForm.Of(character) & CompatibilityForm.Space) != 0;

        private void Push(char character, int from, int to)
        {
            if (!_hasStarted)
            {
                _hasStarted = true;
                if (settings.Prepend is { } prepend && !(settings.PrependOnce && (character == ' ' ? _space : character) == prepend))
                {
                    lattice.Push(prepend, from, from);
                }
            }
            else if (_spaceFrom >= 0)
            {
                lattice.Push(_space, _spaceFrom, _spaceTo);
            }

            _spaceFrom = -1;
            lattice.Push(character == ' ' ? _space : character, from, to);
        }

        /// <summary>A code point of two characters that stays as it is, or a lone surrogate, which becomes U+FFFD.</summary>
        private int PushSurrogate(int position)
        {
            if (Rune.DecodeFromUtf16(_text[position..], out _, out var length) != OperationStatus.Done)
            {
                Push('\uFFFD', position, position + 1);
                return position + 1;
            }

            Push(_text[position], position, position + length);
            Push(_text[position + 1], position, position + length);
            return position + length;
        }

        private int PushCluster(int position)
        {
            if (char.IsSurrogate(_text[position]) && Rune.DecodeFromUtf16(_text[position..], out _, out _) != OperationStatus.Done)
            {
                return PushSurrogate(position);
            }

            var end = position + (char.IsHighSurrogate(_text[position]) ? 2 : 1);
            while (end < _text.Length && end - position < LongestCluster - 1 && _text[end] >= 0x80 && !CompatibilityForm.IsBoundary(_text, end))
            {
                end += char.IsHighSurrogate(_text[end]) ? 2 : 1;
            }

            Span<char> source = stackalloc char[LongestCluster];
            Span<char> normal = stackalloc char[LongestNormalCluster];
            source = source[..(end - position)];
            _text[position..end].CopyTo(source);
            if (settings.StraightenApostrophes && source[0] == '\u2019')
            {
                source[0] = '\'';
            }

            source.Replace('\uFFFE', '\uFFFD'); // The runtime refuses this one; no vocabulary knows either.
            if (!source.TryNormalize(normal, out var length, NormalizationForm.FormKC))
            {
                throw new InvalidOperationException($"The normal form of {source.Length} characters is longer than {LongestNormalCluster}.");
            }

            normal = normal[..length];
            var isUnchanged = normal.SequenceEqual(source);
            for (var i = 0; i < length; i++)
            {
                if (!isUnchanged)
                {
                    Push(normal[i], position, end);
                    continue;
                }

                var isLow = i > 0 && char.IsLowSurrogate(normal[i]);
                var isHigh = char.IsHighSurrogate(normal[i]);
                Push(normal[i], position + i - (isLow ? 1 : 0), position + i + (isHigh ? 2 : 1));
            }

            return end;
        }
    }
}
