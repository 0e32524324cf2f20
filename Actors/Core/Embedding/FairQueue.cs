namespace Sluice.Actors.Core.Embedding;

/// <summary>
/// Queues of several shares, served in proportion to their weights and costs (start-time fair queueing): a share that was idle neither saves up nor owes. Not
/// thread-safe.
/// </summary>
/// <remarks>After Goyal, Vin and Cheng, "Start-time Fair Queueing", SIGCOMM 1996.</remarks>
internal sealed class FairQueue<T>
{
    private readonly Dictionary<long, Share> _shares = [];
    private double _virtualTime;

    /// <summary>Items in all queues.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an item.</summary>
    /// <param name="share">Whose it is.</param>
    /// <param name="weight">The share's weight, above 0.</param>
    /// <param name="cost">What serving it costs, in a unit common to all.</param>
    /// <param name="item">The item.</param>
    public void Enqueue(long share, int weight, long cost, T item)
    {
        if (!_shares.TryGetValue(share, out var queue))
        {
            queue = new Share();
            _shares.Add(share, queue);
        }

        var start = Math.Max(_virtualTime, queue.Finish);
        queue.Finish = start + ((double)Math.Max(cost, 1) / weight);
        queue.Items.Enqueue((start, item));
        Count++;
    }

    /// <summary>Takes the item whose turn it is.</summary>
    public bool TryDequeue(out T item)
    {
        Share? next = null;
        foreach (var share in _shares.Values)
        {
            if (share.Items.TryPeek(out var head) && (next is null || head.Start < next.Items.Peek().Start))
            {
                next = share;
            }
        }

        if (next is null)
        {
            item = default!;
            foreach (var (id, share) in _shares)
            {
                if (share.Finish <= _virtualTime)
                {
                    _shares.Remove(id); // It owes nothing: as good as new.
                }
            }

            return false;
        }

        (_virtualTime, item) = next.Items.Dequeue();
        Count--;
        return true;
    }

    private sealed class Share
    {
        public Queue<(double Start, T Item)> Items { get; } = new();

        public double Finish { get; set; }
    }
}
