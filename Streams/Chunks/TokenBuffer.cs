namespace Sluice.Streams.Chunks;

/// <summary>A growing, reusable list of token ids with the character range each was made from. Not safe for concurrent use.</summary>
public sealed class TokenBuffer
{
    private int[] _ids = new int[256];
    private int[] _starts = new int[256];
    private int[] _ends = new int[256];

    /// <summary>Number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>The ids; valid until the next change.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>First character of each token in the original text; valid until the next change. Rises, never falls.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Count);

    /// <summary>One past the last character of each token; valid until the next change.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Count);

    /// <summary>Forgets all tokens, keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>Appends a token.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="start">First character.</param>
    /// <param name="end">One past the last character.</param>
    public void Add(int id, int start, int end)
    {
        if (Count == _ids.Length)
        {
            Grow(Count + 1);
        }

        _ids[Count] = id;
        _starts[Count] = start;
        _ends[Count] = end;
        Count++;
    }

    /// <summary>Makes room for <paramref name="count"/> tokens, all of unset value, to be filled through <see cref="Set"/>.</summary>
    /// <param name="count">The new count.</param>
    public void Resize(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > _ids.Length)
        {
            Grow(count);
        }

        Count = count;
    }

    /// <summary>Sets the token at <paramref name="index"/>.</summary>
    /// <param name="index">Which, below <see cref="Count"/>.</param>
    /// <param name="id">Its id.</param>
    /// <param name="start">First character.</param>
    /// <param name="end">One past the last character.</param>
    public void Set(int index, int id, int start, int end)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        _ids[index] = id;
        _starts[index] = start;
        _ends[index] = end;
    }

    private void Grow(int needed)
    {
        var size = Math.Max(needed, _ids.Length * 2);
        Array.Resize(ref _ids, size);
        Array.Resize(ref _starts, size);
        Array.Resize(ref _ends, size);
    }
}
