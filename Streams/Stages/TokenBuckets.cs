using Sluice.Streams.Vectors;

namespace Sluice.Streams.Stages;

/// <summary>Chunks that wait to be embedded, by length. Not safe for concurrent use.</summary>
/// <remarks>
/// A batch is built around an anchor, downward in length, then upward. The anchor is the longest chunk, so that batches are dense; every
/// <see cref="OldestEvery"/>th batch it is the oldest, so that none waits for ever.
/// </remarks>
internal sealed class TokenBuckets
{
    public const int OldestEvery = 8;

    private readonly PackingOptions _options;
    private readonly Queue<Entry>[] _byLength;
    private readonly Queue<Entry> _byAge = new();
    private int _batches;

    public TokenBuckets(PackingOptions options)
    {
        _options = options;
        _byLength = new Queue<Entry>[options.MaxTokens + 1];
        for (var length = 0; length < _byLength.Length; length++)
        {
            _byLength[length] = new Queue<Entry>();
        }
    }

    /// <summary>Tokens of the waiting chunks.</summary>
    public long Tokens { get; private set; }

    /// <summary>Number of waiting chunks.</summary>
    public int Count { get; private set; }

    public void Add(PackedItem item)
    {
        var length = item.Chunk.Tokens.Length;
        var entry = new Entry(item, Math.Min(length, _options.MaxTokens));
        _byLength[entry.Length].Enqueue(entry);
        _byAge.Enqueue(entry);
        Tokens += length;
        Count++;
    }

    /// <summary>Takes the next batch; only when <see cref="Count"/> is not 0.</summary>
    public PackedBatch Take()
    {
        var anchor = _batches++ % OldestEvery == OldestEvery - 1 ? Oldest() : Longest();
        var items = new List<PackedItem>();
        var longest = anchor;
        var tokens = 0;
        for (var length = anchor; length >= 0 && Fits(items.Count, longest); length--)
        {
            tokens += Drain(length, longest, items);
        }

        for (var length = anchor + 1; length < _byLength.Length && Fits(items.Count, length); length++)
        {
            if (_byLength[length].Count > 0)
            {
                longest = length;
                tokens += Drain(length, longest, items);
            }
        }

        Tokens -= tokens;
        Count -= items.Count;
        return new PackedBatch(items, tokens, items.Count * longest);
    }

    private bool Fits(int rows, int longest) =>
        rows == 0 || (rows < _options.MaxRows && (long)(rows + 1) * longest <= _options.PaddedTokenBudget);

    private int Drain(int length, int longest, List<PackedItem> items)
    {
        var tokens = 0;
        var bucket = _byLength[length];
        while (bucket.Count > 0 && Fits(items.Count, longest))
        {
            var entry = bucket.Dequeue();
            entry.Taken = true;
            items.Add(entry.Item);
            tokens += entry.Item.Chunk.Tokens.Length;
        }

        return tokens;
    }

    private int Longest()
    {
        var length = _byLength.Length - 1;
        while (_byLength[length].Count == 0)
        {
            length--;
        }

        // Aged entries that are gone are dropped here too, so that the age queue stays as short as what waits.
        DropTaken();
        return length;
    }

    private int Oldest()
    {
        DropTaken();
        return _byAge.Peek().Length;
    }

    private void DropTaken()
    {
        while (_byAge.TryPeek(out var entry) && entry.Taken)
        {
            _byAge.Dequeue();
        }
    }

    private sealed class Entry(PackedItem item, int length)
    {
        public PackedItem Item { get; } = item;

        public int Length { get; } = length;

        public bool Taken { get; set; }
    }
}
