namespace Sluice.Actors.Embedding;

/// <summary>
/// Texts that wait to be embedded, by age and by length. A batch is made around the one that is first in line: an urgent one, else the oldest, who gets a turn also while
/// urgent ones keep coming; beside it go those nearest to it in length. So nobody waits for ever, little is padded, and what was taken is not held on to. Not safe for concurrent use.
/// </summary>
internal sealed class WaitingTexts
{
    /// <summary>What a call of the runtime costs beside its tokens, in tokens of a small model.</summary>
    private const int CallTokens = 64;

    /// <summary>Batches in a row that are made around urgent ones while others wait.</summary>
    private const int MostUrgent = 8;

    private readonly Queue<WaitingText> _byAge = new();
    private readonly Queue<WaitingText> _urgent = new();
    private readonly SortedList<int, Queue<WaitingText>> _documents = [];
    private readonly SortedList<int, Queue<WaitingText>> _queries = [];
    private int _urgentInARow;

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(WaitingText text)
    {
        var lengths = LengthsOf(text);
        if (!lengths.TryGetValue(text.Ids.Length, out var bucket))
        {
            bucket = new Queue<WaitingText>();
            lengths.Add(text.Ids.Length, bucket);
        }

        bucket.Enqueue(text);
        (text.IsUrgent ? _urgent : _byAge).Enqueue(text);
        Count++;
    }

    /// <summary>Forgets those for which nobody waits any more.</summary>
    /// <param name="forgotten">Told of each.</param>
    public void Sweep(Action<WaitingText> forgotten)
    {
        Sweep(_byAge, forgotten);
        Sweep(_urgent, forgotten);
    }

    /// <summary>Takes the next batch; only when <see cref="Count"/> is not 0.</summary>
    /// <param name="maxTokens">Most padded tokens of it, if it has more than one text.</param>
    public List<WaitingText> Take(int maxTokens)
    {
        var first = (_urgentInARow < MostUrgent ? First(_urgent) : null) ?? First(_byAge) ?? First(_urgent)!;
        _urgentInARow = first.IsUrgent ? _urgentInARow + 1 : 0;
        Mark(first);
        var batch = new Batch(first, maxTokens);
        var lengths = LengthsOf(first);
        var above = lengths.IndexOfKey(first.Ids.Length);
        var below = above - 1;
        while (!batch.IsFull && (above < lengths.Count || below >= 0))
        {
            // The nearer of the next longer and the next shorter.
            var up = above < lengths.Count && (below < 0 || lengths.GetKeyAtIndex(above) - first.Ids.Length <= first.Ids.Length - lengths.GetKeyAtIndex(below));
            Fill(batch, lengths.GetValueAtIndex(up ? above++ : below--));
        }

        for (var at = Math.Min(above, lengths.Count) - 1; at > below; at--)
        {
            if (lengths.GetValueAtIndex(at).Count == 0)
            {
                lengths.RemoveAt(at);
            }
        }

        return batch.Texts;
    }

    /// <summary>Takes all that wait.</summary>
    /// <param name="taken">Told of each.</param>
    public void TakeAll(Action<WaitingText> taken)
    {
        while ((First(_urgent) ?? First(_byAge)) is { } text)
        {
            Mark(text);
            taken(text);
        }

        _documents.Clear();
        _queries.Clear();
    }

    private static WaitingText? First(Queue<WaitingText> line)
    {
        while (line.TryPeek(out var text))
        {
            if (!text.IsTaken)
            {
                return text;
            }

            line.Dequeue();
        }

        return null;
    }

    private void Sweep(Queue<WaitingText> line, Action<WaitingText> forgotten)
    {
        foreach (var text in line)
        {
            if (!text.IsTaken && text.CancellationToken.IsCancellationRequested)
            {
                Mark(text);
                forgotten(text);
            }
        }
    }

    private SortedList<int, Queue<WaitingText>> LengthsOf(WaitingText text) => text.IsQuery ? _queries : _documents;

    private void Mark(WaitingText text)
    {
        text.IsTaken = true;
        Count--;
    }

    private void Fill(Batch batch, Queue<WaitingText> bucket)
    {
        while (First(bucket) is { } text && batch.TryAdd(text))
        {
            Mark(text);
        }
    }

    private sealed class Batch(WaitingText first, int maxTokens)
    {
        private int _longest = Math.Max(1, first.Ids.Length);

        public List<WaitingText> Texts { get; } = [first];

        public bool IsFull { get; private set; }

        public bool TryAdd(WaitingText text)
        {
            var longest = Math.Max(_longest, text.Ids.Length);
            var size = (Texts.Count + 1) * (long)longest;
            if (size > maxTokens || size - (Texts.Count * (long)_longest) > text.Weight + (text.Weight / 4) + CallTokens)
            {
                IsFull = true; // It fits no more, or would pad so much that a batch of its own costs less.
                return false;
            }

            _longest = longest;
            Texts.Add(text);
            return true;
        }
    }
}
