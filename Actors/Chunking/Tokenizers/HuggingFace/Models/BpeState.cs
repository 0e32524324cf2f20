namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>The symbols of a piece while they are merged: a list linked both ways, and the merges that are possible, least rank first, leftmost first.</summary>
internal sealed class BpeState : ModelState
{
    private Symbol[] _symbols = new Symbol[64];
    private long[] _heap = new long[64];
    private int _heapCount;

    /// <summary>Number of symbols that were added.</summary>
    public int Count { get; private set; }

    /// <summary>The symbols.</summary>
    public Span<Symbol> Symbols => _symbols.AsSpan(0, Count);

    /// <summary>Begins a piece.</summary>
    public void Reset()
    {
        Count = 0;
        _heapCount = 0;
    }

    /// <summary>Appends a symbol.</summary>
    public void Add(int id, int start, int end)
    {
        if (Count == _symbols.Length)
        {
            Array.Resize(ref _symbols, 2 * Count);
        }

        _symbols[Count] = new Symbol { Id = id, Start = start, End = end, Previous = Count - 1, Next = Count + 1 };
        Count++;
    }

    /// <summary>Notes that a merge of a rank is possible at a symbol.</summary>
    public void Push(int rank, int index)
    {
        if (_heapCount == _heap.Length)
        {
            Array.Resize(ref _heap, 2 * _heapCount);
        }

        var value = ((long)rank << 32) | (uint)index;
        var place = _heapCount++;
        while (place > 0 && _heap[(place - 1) / 2] > value)
        {
            _heap[place] = _heap[(place - 1) / 2];
            place = (place - 1) / 2;
        }

        _heap[place] = value;
    }

    /// <summary>Takes the first merge.</summary>
    public bool TryPop(out int rank, out int index)
    {
        if (_heapCount == 0)
        {
            rank = 0;
            index = 0;
            return false;
        }

        var top = _heap[0];
        var value = _heap[--_heapCount];
        var place = 0;
        for (int child; (child = (2 * place) + 1) < _heapCount; place = child)
        {
            child += child + 1 < _heapCount && _heap[child + 1] < _heap[child] ? 1 : 0;
            if (_heap[child] >= value)
            {
                break;
            }

            _heap[place] = _heap[child];
        }

        _heap[place] = value;
        rank = (int)(top >> 32);
        index = (int)top;
        return true;
    }

    /// <summary>A symbol.</summary>
    internal struct Symbol
    {
        /// <summary>Its token; -1 when it was merged into the one before.</summary>
        public int Id;

        /// <summary>Its first character.</summary>
        public int Start;

        /// <summary>One past its last.</summary>
        public int End;

        /// <summary>The symbol before; -1 for none.</summary>
        public int Previous;

        /// <summary>The symbol after; the number of symbols for none.</summary>
        public int Next;

        /// <summary>Rank of the merge with the one after.</summary>
        public int Rank;

        /// <summary>What that merge makes.</summary>
        public int Merged;
    }
}
