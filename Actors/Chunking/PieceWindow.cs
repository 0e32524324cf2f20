using Sluice.Streams.Documents;

namespace Sluice.Actors.Chunking;

/// <summary>
/// The pieces that wait for their chunk, in order: first those repeated from the chunk before (<see cref="Overlap"/>), then the new ones. Decides where to cut.
/// Not safe for concurrent use.
/// </summary>
internal sealed class PieceWindow(ChunkingPlan plan)
{
    private readonly List<Piece> _pieces = [];
    private int _head;

    /// <summary>Where new pieces are appended; call <see cref="Appended"/> afterwards.</summary>
    public List<Piece> Pieces => _pieces;

    /// <summary>Number of leading pieces that the chunk before holds already.</summary>
    public int Overlap { get; private set; }

    public int Count => _pieces.Count - _head;

    public bool HasNew => Count > Overlap;

    /// <summary>Cost of all pieces, repeated table headers not counted.</summary>
    public int Cost { get; private set; }

    /// <summary>Whether nothing but headings waits.</summary>
    public bool OnlyHeadings { get; private set; } = true;

    public Piece this[int index] => _pieces[_head + index];

    /// <summary>Takes notice of the pieces from <paramref name="first"/> on in <see cref="Pieces"/>.</summary>
    public void Appended(int first)
    {
        for (var index = first; index < _pieces.Count; index++)
        {
            Cost += _pieces[index].Cost;
            OnlyHeadings &= _pieces[index].Kind == SectionKind.Heading;
        }
    }

    public void Clear()
    {
        _pieces.Clear();
        _head = 0;
        Overlap = 0;
        Cost = 0;
        OnlyHeadings = true;
    }

    /// <summary>Gives up what would be repeated.</summary>
    public void DropOverlap()
    {
        Drop(Overlap);
        Overlap = 0;
    }

    /// <summary>Puts two pieces in the place of one.</summary>
    public void Replace(int index, in Piece left, in Piece right)
    {
        Cost += left.Cost + right.Cost - this[index].Cost;
        _pieces[_head + index] = left;
        _pieces.Insert(_head + index + 1, right);
    }

    /// <summary>Removes a chunk's pieces, keeps what the next chunk repeats of them.</summary>
    /// <param name="cut">Number of pieces in the chunk.</param>
    public void Take(int cut)
    {
        var repeated = cut == Count ? 0 : RepeatedAt(cut);
        Drop(cut - repeated);
        Overlap = repeated;
        if (Count == 0)
        {
            Clear();
        }
        else if (_head > 4096 && _head > _pieces.Count / 2)
        {
            _pieces.RemoveRange(0, _head);
            _head = 0;
        }
    }

    /// <summary>Chooses how many pieces the next chunk gets: at least one that is new.</summary>
    /// <param name="room">Cost of a full chunk.</param>
    /// <param name="limit">Most cost this time, at most <paramref name="room"/>; less when the last choice proved too long.</param>
    /// <param name="last">Whether nothing will follow, so that the rest must not be tiny.</param>
    public int ChooseCut(int room, int limit, bool last)
    {
        if (last)
        {
            var total = CostFrom(0, Count, limit + plan.Minimum);
            if (total > limit && total < limit + plan.Minimum)
            {
                limit = Math.Max(1, Math.Max(total - plan.Minimum, total / 2));
            }
        }

        while (true)
        {
            var fitting = Fitting(limit, out var block, out var blockCost);
            if (fitting == Count || (this[fitting].Level == CutLevel.Paragraph && fitting > Overlap))
            {
                return fitting;
            }

            // The piece at `fitting` is too much: it belongs to a paragraph, row or code block that begins at `block`.
            if (block > Overlap)
            {
                var fits = FitsAlone(block, room);
                var whole = this[block].Kind is SectionKind.Code or SectionKind.TableRow;
                if (fits ? whole || blockCost >= plan.Minimum : blockCost >= limit / 2)
                {
                    return block;
                }
            }
            else if (Overlap > 0 && this[Overlap].Level == CutLevel.Paragraph && FitsAlone(Overlap, room))
            {
                DropOverlap();
                continue;
            }

            return CutInside(Math.Max(block, Overlap) + 1, fitting, limit);
        }
    }

    /// <summary>Cost of the first <paramref name="count"/> pieces, repeated table headers included.</summary>
    public int CostOf(int count) => CostFrom(0, count, int.MaxValue);

    /// <summary>Number of pieces that fit, and the last paragraph boundary among them.</summary>
    private int Fitting(int limit, out int block, out int blockCost)
    {
        var cost = 0;
        string? header = null;
        block = 0;
        blockCost = 0;
        for (var index = 0; index < Count; index++)
        {
            var piece = this[index];
            var added = Added(piece, ref header);
            if (index > Overlap && cost + added > limit)
            {
                return index;
            }

            if (index > Overlap && piece.Level == CutLevel.Paragraph)
            {
                block = index;
                blockCost = cost;
            }

            cost += added;
        }

        // Even one new piece may be too long with what is repeated.
        return Count;
    }

    private bool FitsAlone(int first, int room)
    {
        var end = first + 1;
        while (end < Count && this[end].Level != CutLevel.Paragraph && end - first <= room)
        {
            end++;
        }

        return CostFrom(first, end, room) <= room;
    }

    /// <summary>The best boundary in [lowest, highest].</summary>
    private int CutInside(int lowest, int highest, int limit)
    {
        var (block, line, clause, word, character) = (0, 0, 0, 0, 0);
        var cost = CostOf(highest);
        for (var index = highest; index >= lowest; index--)
        {
            switch (this[index].Level)
            {
                case CutLevel.Paragraph or CutLevel.Block when block == 0 && cost >= limit / 2:
                    block = index;
                    break;
                case >= CutLevel.Line when line == 0 && cost >= limit / 4:
                    line = index;
                    break;
                case CutLevel.Clause when clause == 0 && cost >= limit / 2:
                    clause = index;
                    break;
                case CutLevel.Word when word == 0 && cost >= limit / 2:
                    word = index;
                    break;
                case > CutLevel.Glue when character == 0:
                    character = index;
                    break;
            }

            cost -= this[index - 1].Cost;
        }

        return block > 0 ? block : line > 0 ? line : clause > 0 ? clause : word > 0 ? word : character > 0 ? character : highest;
    }

    /// <summary>How many pieces before <paramref name="cut"/> the next chunk repeats: whole sentences or lines, words only where a sentence was torn.</summary>
    private int RepeatedAt(int cut)
    {
        var level = this[cut].Level;
        var least = level is CutLevel.Glue or >= CutLevel.Line ? CutLevel.Line : level;
        var cost = 0;
        var best = cut;
        for (var index = cut - 1; index > Overlap; index--)
        {
            var piece = this[index];
            cost += piece.Cost;
            if (cost > plan.Overlap || piece.Kind == SectionKind.Heading)
            {
                break;
            }

            if (piece.Kind == SectionKind.TableRow && plan.Mode == ChunkingMode.Structure && this[index + 1].Level == CutLevel.Paragraph)
            {
                break; // The row before is whole; repeating it would only double it.
            }

            if (piece.Level >= least)
            {
                best = index;
            }
        }

        return cut - best;
    }

    private int CostFrom(int first, int end, int enough)
    {
        var cost = 0;
        string? header = null;
        for (var index = first; index < end && cost <= enough; index++)
        {
            cost += Added(this[index], ref header);
        }

        return cost;
    }

    private static int Added(in Piece piece, ref string? header)
    {
        var added = piece.Cost;
        if (piece.Source.Header is { } own && !string.Equals(own, header, StringComparison.Ordinal))
        {
            added += piece.Source.HeaderCost;
        }

        header = piece.Source.Header ?? header;
        return added;
    }

    private void Drop(int count)
    {
        for (var index = 0; index < count; index++)
        {
            Cost -= this[index].Cost;
        }

        _head += count;
        OnlyHeadings = false;
    }
}
