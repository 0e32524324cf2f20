using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Chunking;

/// <summary>
/// Cuts a section into pieces: sentences, or lines of code; those that cannot fit a chunk into words, and words that cannot into characters. Tokenizes each
/// character once, in windows of at most <see cref="Section.MaxLength"/>. Not safe for concurrent use.
/// </summary>
internal sealed class SectionSplitter(ChunkingPlan plan)
{
    private readonly TokenBuffer _tokens = new();
    private readonly int _step = Math.Max(1, plan.UnitRoom / 16);
    private PieceSource _source = null!;
    private List<Piece> _pieces = null!;
    private CutLevel _level;
    private int _begin;
    private int _offset;
    private int _cursor;

    /// <summary>Appends the pieces of <paramref name="source"/>, which is not blank, to <paramref name="pieces"/>.</summary>
    /// <param name="source">The section.</param>
    /// <param name="level">What lies before it.</param>
    /// <param name="pieces">Where they go.</param>
    public void Split(PieceSource source, CutLevel level, List<Piece> pieces)
    {
        _source = source;
        _pieces = pieces;
        _level = level;
        _begin = 0;
        for (var start = 0; start < source.Text.Length;)
        {
            var end = WindowEnd(source.Text, start);
            SplitWindow(start, end);
            start = end;
        }

        Extend(source.Text.Length);
        _source = null!;
        _pieces = null!;
    }

    /// <summary>Tokens of a text on its own, without special tokens.</summary>
    public int Count(ReadOnlySpan<char> text)
    {
        plan.Tokenizer.Encode(text, _tokens, addSpecialTokens: false);
        return _tokens.Count;
    }

    /// <summary>Cuts a piece in two, near its middle; false where it is a single character.</summary>
    public bool TryHalve(in Piece piece, out Piece left, out Piece right)
    {
        var text = piece.Text;
        var first = SentenceBoundaries.SkipWhiteSpace(text, 0);
        var length = text.TrimEnd().Length;
        var middle = Middle(text, first, length);
        if (middle <= first || middle >= length)
        {
            left = right = default;
            return false;
        }

        var cut = piece.Start + middle;
        left = piece with { End = cut, Cost = Cost(text[..middle], Count(text[..middle])) };
        right = piece with { Start = cut, Cost = Cost(text[middle..], Count(text[middle..])), Level = Capped(TextCutting.LevelAt(text, middle)) };
        return true;
    }

    private static int Cost(ReadOnlySpan<char> text, int tokens) => Cost(text.Length, tokens);

    private static int Cost(int length, int tokens) =>
        Math.Max(tokens, (length + ChunkingPlan.CharactersPerToken - 1) / ChunkingPlan.CharactersPerToken);

    /// <summary>A word's or, failing that, a character's end near the middle of [first, end); the end itself where there is none.</summary>
    private static int Middle(ReadOnlySpan<char> text, int first, int end)
    {
        var half = first + (end - first) / 2;
        for (var at = half; at > first + (end - first) / 4; at--)
        {
            if (char.IsWhiteSpace(text[at - 1]) && !char.IsWhiteSpace(text[at]))
            {
                return at;
            }
        }

        var cut = first;
        while (cut < half)
        {
            var next = TextCutting.NextCharacter(text[..end], cut, end - cut);
            if (next >= end)
            {
                break;
            }

            cut = next;
        }

        // One character to the eye: between its code points, then.
        return cut > first ? cut : TextCutting.NextCharacter(text[..end], first, Math.Max(1, half - first));
    }

    private static int WindowEnd(string text, int start)
    {
        if (text.Length - start <= Section.MaxLength)
        {
            return text.Length;
        }

        var window = text.AsSpan(start, Section.MaxLength);
        var space = window.LastIndexOfAny(" \n\t");
        return space > Section.MaxLength / 2 ? start + space + 1
            : start + (char.IsHighSurrogate(window[^1]) ? Section.MaxLength - 1 : Section.MaxLength);
    }

    private CutLevel Capped(CutLevel level) => plan.Mode switch
    {
        ChunkingMode.Fixed when level > CutLevel.Word => CutLevel.Word,
        ChunkingMode.Sentence when level > CutLevel.Sentence => CutLevel.Sentence,
        _ => level,
    };

    private void SplitWindow(int start, int end)
    {
        var text = _source.Text.AsSpan(0, end);
        _offset = start;
        _cursor = 0;
        plan.Tokenizer.Encode(text[start..], _tokens, addSpecialTokens: false);
        if (plan.Mode == ChunkingMode.Fixed)
        {
            SplitWords(text, start, end);
        }
        else if (_source.Kind == SectionKind.TableRow && start == 0 && end == _source.Text.Length && Cost(end, _tokens.Count) <= plan.UnitRoom)
        {
            Append(text, end, CutLevel.Paragraph, _tokens.Count);
        }
        else
        {
            SplitUnits(text, start, end);
        }
    }

    private void SplitUnits(ReadOnlySpan<char> text, int start, int end)
    {
        var code = _source.Kind == SectionKind.Code;
        while (start < end)
        {
            var next = code ? TextCutting.NextLine(text, start) : SentenceBoundaries.Next(text, start);
            var cursor = _cursor;
            var tokens = TakeTokens(next);
            if (Cost(next - start, tokens) > plan.UnitRoom)
            {
                _cursor = cursor;
                SplitWords(text, start, next);
            }
            else
            {
                Append(text, next, code ? CutLevel.Line : CutLevel.Sentence, tokens);
            }

            start = next;
        }
    }

    private void SplitWords(ReadOnlySpan<char> text, int start, int end)
    {
        var limited = text[..end];
        while (start < end)
        {
            var next = TextCutting.NextWord(limited, start);
            var cursor = _cursor;
            var tokens = TakeTokens(next);
            if (Cost(next - start, tokens) > plan.UnitRoom)
            {
                _cursor = cursor;
                SplitCharacters(limited, start, next);
            }
            else
            {
                Append(text, next, CutLevel.Word, tokens);
            }

            start = next;
        }
    }

    private void SplitCharacters(ReadOnlySpan<char> text, int start, int end)
    {
        var limited = text[..end];
        var most = _step * ChunkingPlan.CharactersPerToken;
        var from = start;
        var taken = 0;
        while (start < end)
        {
            start = TextCutting.NextCharacter(limited, start, most);
            taken += TakeTokens(start);
            if (taken >= _step || start - from >= most || start == end)
            {
                Append(text, start, CutLevel.Character, taken);
                from = start;
                taken = 0;
            }
        }
    }

    /// <summary>Counts the tokens that begin before <paramref name="end"/> and are not counted yet.</summary>
    private int TakeTokens(int end)
    {
        var starts = _tokens.Starts;
        var from = _cursor;
        while (_cursor < starts.Length && starts[_cursor] + _offset < end)
        {
            _cursor++;
        }

        return _cursor - from;
    }

    /// <summary>Ends the piece that is being made at <paramref name="end"/>; one that is blank so far grows into the next.</summary>
    /// <param name="text">The text up to the window's end.</param>
    /// <param name="end">Its end.</param>
    /// <param name="least">The least a boundary here is worth.</param>
    /// <param name="tokens">Its tokens.</param>
    private void Append(ReadOnlySpan<char> text, int end, CutLevel least, int tokens)
    {
        if (text[_begin..end].IsWhiteSpace())
        {
            return;
        }

        _pieces.Add(new Piece(_source, _begin, end, Cost(end - _begin, tokens), Capped(_level)));
        _begin = end;
        var level = TextCutting.LevelAt(text, end);
        _level = level < least ? least : level;
    }

    /// <summary>Gives white space that is left at the end to the last piece.</summary>
    private void Extend(int end)
    {
        if (_begin < end && _pieces.Count > 0 && ReferenceEquals(_pieces[^1].Source, _source))
        {
            _pieces[^1] = _pieces[^1] with { End = end };
        }
    }
}
