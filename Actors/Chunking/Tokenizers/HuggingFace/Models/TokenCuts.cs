using System.Runtime.CompilerServices;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>The tokens of one piece with their places in it. Not safe for concurrent use.</summary>
internal sealed class TokenCuts
{
    private Cut[] _cuts = new Cut[64];

    /// <summary>Number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens; valid until the next change.</summary>
    public Span<Cut> Items => _cuts.AsSpan(0, Count);

    /// <summary>Forgets all, keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>Appends a token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int id, int start, int end)
    {
        if (Count == _cuts.Length)
        {
            Array.Resize(ref _cuts, 2 * Count);
        }

        _cuts[Count++] = new Cut(id, start, end);
    }

    /// <summary>A token.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Start">Its first character.</param>
    /// <param name="End">One past its last.</param>
    internal readonly record struct Cut(int Id, int Start, int End);
}
