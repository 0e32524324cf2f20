using System.Numerics;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Models;

/// <summary>The merges of a byte-pair model: rank and result by the pair of tokens. Immutable after it is filled, safe for concurrent use.</summary>
internal sealed class PairTable
{
    private const ulong Empty = ulong.MaxValue;

    private readonly ulong[] _keys;
    private readonly (int Rank, int Id)[] _values;
    private readonly int _shift;

    /// <summary>Makes an empty table.</summary>
    /// <param name="count">How many pairs it is to hold.</param>
    public PairTable(int count)
    {
        var size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, count * 2));
        _keys = new ulong[size];
        _values = new (int, int)[size];
        _shift = 64 - BitOperations.Log2(size);
        Array.Fill(_keys, Empty);
    }

    /// <summary>Adds a pair, or changes it.</summary>
    public void Set(int left, int right, int rank, int id)
    {
        var key = Key(left, right);
        var slot = Slot(key);
        _keys[slot] = key;
        _values[slot] = (rank, id);
    }

    /// <summary>Looks a pair up.</summary>
    /// <param name="left">The first token.</param>
    /// <param name="right">The second.</param>
    /// <param name="id">The token they make.</param>
    /// <returns>The rank, lower is earlier; <see cref="int.MaxValue"/> when they make none.</returns>
    public int Find(int left, int right, out int id)
    {
        var key = Key(left, right);
        var slot = Slot(key);
        if (_keys[slot] != key)
        {
            id = -1;
            return int.MaxValue;
        }

        (var rank, id) = _values[slot];
        return rank;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Slot(ulong key)
    {
        var slot = (int)((key * 0x9E3779B97F4A7C15) >> _shift);
        while (_keys[slot] != key && _keys[slot] != Empty)
        {
            slot = (slot + 1) & (_keys.Length - 1);
        }

        return slot;
    }
}
