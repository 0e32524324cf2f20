namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>The best ways to the places of a piece.</summary>
internal sealed class UnigramState : ModelState
{
    private Cell[] _cells = new Cell[256];

    /// <summary>As many cells as are asked for, with unset values.</summary>
    public Span<Cell> Cells(int count)
    {
        if (count > _cells.Length)
        {
            _cells = new Cell[Math.Max(count, 2 * _cells.Length)];
        }

        return _cells.AsSpan(0, count);
    }

    /// <summary>The best way to a place.</summary>
    internal struct Cell
    {
        /// <summary>Its score.</summary>
        public double Score;

        /// <summary>Where its last piece begins; -1 when the place was not reached.</summary>
        public int Start;

        /// <summary>The id of its last piece.</summary>
        public int Id;

        /// <summary>Where the piece that begins here ends, on the best way to the end.</summary>
        public int Next;
    }
}
