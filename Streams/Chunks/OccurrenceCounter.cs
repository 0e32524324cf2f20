using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Sluice.Streams.Chunks;

/// <summary>
/// Counts how often a text has been seen in a document, in bounded memory: exactly for the first <see cref="ExactLimit"/> different texts, by a count-min
/// sketch (Cormode and Muthukrishnan, 2005) beyond. The sketch may count too high, never twice the same for one text, so ids made from it stay unique and
/// deterministic. Not safe for concurrent use.
/// </summary>
public sealed class OccurrenceCounter
{
    /// <summary>Different texts that are counted exactly.</summary>
    public const int ExactLimit = 65_536;

    private const int Rows = 4;
    private const int Columns = 1 << 18;

    private readonly Dictionary<ulong, int> _exact = [];
    private int[]? _sketch;

    /// <summary>Counts <paramref name="text"/> once more.</summary>
    /// <param name="text">The text.</param>
    /// <returns>How often it was seen before: 0 the first time.</returns>
    public int Next(ReadOnlySpan<char> text)
    {
        var hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text));
        if (_exact.Count < ExactLimit || _exact.ContainsKey(hash))
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_exact, hash, out _);
            return count++;
        }

        var sketch = _sketch ??= new int[Rows * Columns];
        var seen = int.MaxValue;
        var low = (uint)hash;
        var high = (uint)(hash >> 32) | 1;
        for (var row = 0; row < Rows; row++)
        {
            ref var cell = ref sketch[row * Columns + (int)((low + (uint)row * high) % Columns)];
            seen = Math.Min(seen, cell++);
        }

        return seen;
    }
}
