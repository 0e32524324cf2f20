namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>
/// Unigram: the cut of the highest total score, the earlier found of equals. A character without a token costs ten more than the worst token; neighbours of that
/// kind are one unknown token, or the tokens of their bytes. Immutable, safe for concurrent use.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;

    private readonly Vocabulary _vocabulary;
    private readonly DoubleArrayTrie _trie;
    private readonly double[] _scores;
    private readonly int _unknownId;
    private readonly int[]? _byteIds;
    private readonly double _unknownScore;

    /// <summary>Builds it.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="scores">Their scores by id.</param>
    /// <param name="unknownId">Id of what has no token.</param>
    /// <param name="fallsBack">Whether what has no token becomes the tokens of its bytes.</param>
    public UnigramModel(Vocabulary vocabulary, double[] scores, int unknownId, bool fallsBack)
    {
        _vocabulary = vocabulary;
        _trie = DoubleArrayTrie.Build(vocabulary.Entries);
        _scores = scores;
        _unknownId = unknownId;
        _byteIds = fallsBack ? vocabulary.ByteIds() : null;
        _unknownScore = scores.Min() - UnknownPenalty;
    }

    /// <inheritdoc/>
    public override int Count => _vocabulary.Count;

    /// <inheritdoc/>
    public override int Find(string token) => _vocabulary.Find(token);

    /// <inheritdoc/>
    public override ModelState CreateState() => new UnigramState();

    /// <inheritdoc/>
    protected override void Cut(ReadOnlySpan<char> text, ModelState state)
    {
        var cells = ((UnigramState)state).Cells(text.Length + 1);
        Search(text, cells);
        for (var end = text.Length; end > 0; end = cells[end].Start)
        {
            cells[cells[end].Start].Next = end;
        }

        for (var start = 0; start < text.Length;)
        {
            var end = cells[start].Next;
            var id = cells[end].Id;
            if (id != _unknownId)
            {
                state.Cuts.Add(id, start, end);
                start = end;
                continue;
            }

            while (end < text.Length && cells[cells[end].Next].Id == _unknownId)
            {
                end = cells[end].Next;
            }

            AddUnknown(text, start, end, state.Cuts);
            start = end;
        }
    }

    private void AddUnknown(ReadOnlySpan<char> text, int start, int end, TokenCuts cuts)
    {
        var run = text[start..end];
        var id = _vocabulary.Find(run);
        if (id >= 0 || _byteIds is null || !Vocabulary.AddBytes(_byteIds, run, start, cuts))
        {
            cuts.Add(id >= 0 ? id : _unknownId, start, end);
        }
    }

    private void Search(ReadOnlySpan<char> text, Span<UnigramState.Cell> cells)
    {
        foreach (ref var cell in cells)
        {
            cell.Start = -1;
        }

        cells[0].Score = 0;
        var units = _trie.Units;
        for (var start = 0; start < text.Length;)
        {
            var width = char.IsHighSurrogate(text[start]) ? 2 : 1;
            var best = cells[start].Score;
            var state = DoubleArrayTrie.Root;
            var hasSingle = false;
            for (var end = start; end < text.Length;)
            {
                var next = units[state].Base + _trie.CodeOf(text[end]);
                if (next == DoubleArrayTrie.Root || units[next].Check != state)
                {
                    break;
                }

                state = next;
                end++;
                var id = units[state].Value;
                if (id >= 0)
                {
                    hasSingle |= end - start == width;
                    Offer(ref cells[end], best + _scores[id], start, id);
                }
            }

            if (!hasSingle)
            {
                Offer(ref cells[start + width], best + _unknownScore, start, _unknownId);
            }

            start += width;
        }
    }

    private static void Offer(ref UnigramState.Cell cell, double score, int start, int id)
    {
        if (cell.Start < 0 || score > cell.Score)
        {
            cell.Score = score;
            cell.Start = start;
            cell.Id = id;
        }
    }
}
