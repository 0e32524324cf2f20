namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

/// <summary>The pieces a text was cut into. Not safe for concurrent use.</summary>
internal sealed class PieceList
{
    /// <summary>The id of a piece that is still text.</summary>
    public const int None = -1;

    private Piece[] _pieces = new Piece[64];

    /// <summary>Number of pieces.</summary>
    public int Count { get; private set; }

    /// <summary>The pieces, in the order of the text; valid until the next change.</summary>
    public ReadOnlySpan<Piece> Items => _pieces.AsSpan(0, Count);

    /// <summary>Forgets all, keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>Appends a piece; an empty one that is no token is left out.</summary>
    public void Add(int start, int end, int id = None)
    {
        if (start == end && id == None)
        {
            return;
        }

        if (Count == _pieces.Length)
        {
            Array.Resize(ref _pieces, 2 * Count);
        }

        _pieces[Count++] = new Piece(start, end, id);
    }

    /// <summary>Moves the end of the last piece.</summary>
    public void Extend(int end) => _pieces[Count - 1] = _pieces[Count - 1] with { End = end };

    /// <summary>A piece.</summary>
    /// <param name="Start">Its first character.</param>
    /// <param name="End">One past its last.</param>
    /// <param name="Id">The token it is; <see cref="None"/> while it is text.</param>
    internal readonly record struct Piece(int Start, int End, int Id);
}
