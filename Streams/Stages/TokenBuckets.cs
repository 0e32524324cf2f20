using Sluice.Streams.Vectors;

namespace Sluice.Streams.Stages;

/// <summary>Chunks that wait to be embedded, by length. Not safe for concurrent use.</summary>
/// <remarks>
/// A batch takes the chunks of one length and of the lengths below it, until the budget is spent. Of all batches that could be made so, the one with the least
/// padding is taken; room left in it counts as half as bad. A chunk that has seen half as many batches go as the window holds is in the next one, so that the groups
/// of a window are complete, and can be stored, before long.
/// </remarks>
internal sealed class TokenBuckets
{
    private readonly PackingOptions _options;
    private readonly SortedList<int, Queue<Entry>> _byLength = [];
    private readonly Queue<Entry> _byAge = new();
    private long _batches;

    public TokenBuckets(PackingOptions options) => _options = options;

    /// <summary>Batches that a chunk lets go before it is in the next one.</summary>
    public int Patience => Math.Max(2, _options.Window / _options.Budget.Tokens / 2);

    /// <summary>Tokens of the waiting chunks.</summary>
    public long Tokens { get; private set; }

    /// <summary>Bytes of the images among them.</summary>
    public long ImageBytes { get; private set; }

    /// <summary>Number of waiting chunks.</summary>
    public int Count { get; private set; }

    public void Add(PackedItem item)
    {
        var length = item.Chunk.Positions;
        var entry = new Entry(item, _batches);
        if (!_byLength.TryGetValue(length, out var bucket))
        {
            bucket = new Queue<Entry>();
            _byLength.Add(length, bucket);
        }

        bucket.Enqueue(entry);
        _byAge.Enqueue(entry);
        Tokens += length;
        ImageBytes += item.Chunk.Image?.Weight ?? 0;
        Count++;
    }

    /// <summary>Takes the next batch; only when <see cref="Count"/> is not 0.</summary>
    public PackedBatch Take()
    {
        while (_byAge.Peek().Taken)
        {
            _byAge.Dequeue();
        }

        var oldest = _byAge.Peek();
        var longest = Best(_batches - oldest.Since >= Patience ? oldest.Item.Chunk.Positions : null);
        _batches++;
        return Drain(longest);
    }

    private int Capacity(int length) => length == 0 ? _options.Rows : Math.Clamp(_options.Budget.Tokens / length, 1, _options.Rows);

    /// <summary>The position of the length whose batch is best, among those whose batch contains <paramref name="required"/>.</summary>
    private int Best(int? required)
    {
        var lengths = _byLength.Keys;
        var best = -1;
        var bestScore = double.MaxValue;
        for (var top = lengths.Count - 1; top >= 0; top--)
        {
            var capacity = Capacity(lengths[top]);
            var rows = 0;
            long tokens = 0;
            var lowest = lengths[top];
            for (var at = top; at >= 0 && rows < capacity; at--)
            {
                var take = Math.Min(_byLength.GetValueAtIndex(at).Count, capacity - rows);
                rows += take;
                tokens += (long)take * lengths[at];
                lowest = lengths[at];
            }

            if (required is { } length && (lengths[top] < length || lowest > length))
            {
                continue;
            }

            var padding = lengths[top] == 0 ? 0 : 1 - ((double)tokens / ((long)rows * lengths[top]));
            var score = padding + ((1 - ((double)rows / capacity)) / 2);
            if (score < bestScore)
            {
                bestScore = score;
                best = top;
            }
        }

        return best;
    }

    private PackedBatch Drain(int top)
    {
        var longest = _byLength.GetKeyAtIndex(top);
        var capacity = Capacity(longest);
        var items = new List<PackedItem>(capacity);
        var tokens = 0;
        for (var at = top; at >= 0 && items.Count < capacity; at--)
        {
            var bucket = _byLength.GetValueAtIndex(at);
            while (bucket.Count > 0 && items.Count < capacity)
            {
                var entry = bucket.Dequeue();
                entry.Taken = true;
                items.Add(entry.Item);
                tokens += entry.Item.Chunk.Positions;
                ImageBytes -= entry.Item.Chunk.Image?.Weight ?? 0;
            }

            if (bucket.Count == 0)
            {
                _byLength.RemoveAt(at);
            }
        }

        Tokens -= tokens;
        Count -= items.Count;
        return new PackedBatch(items, tokens, items.Count * longest);
    }

    private sealed class Entry(PackedItem item, long since)
    {
        public PackedItem Item { get; } = item;

        /// <summary>Batches that had gone when it came.</summary>
        public long Since { get; } = since;

        public bool Taken { get; set; }
    }
}
