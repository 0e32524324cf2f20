namespace Sluice.TestKit.Simulators.Pinecone;

/// <summary>
/// A namespace of an index, eventually consistent: a write gets the next log sequence number and is seen only after some reads more. Writes are applied in their order.
/// </summary>
/// <param name="lag">Reads until a write is seen; its count lags one more read behind.</param>
internal sealed class PineconeNamespace(int lag)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, PineconeRecord> _records = new(StringComparer.Ordinal);
    private readonly Queue<(long Lsn, int Reads, Action<SortedDictionary<string, PineconeRecord>> Apply)> _log = new();
    private long _lsn;
    private int _reads;
    private int _count;

    /// <summary>The last write that is seen.</summary>
    public long Indexed { get; private set; }

    /// <summary>Records as they will be once all is applied, for tests.</summary>
    public int CountAtLast
    {
        get
        {
            lock (_lock)
            {
                var all = new SortedDictionary<string, PineconeRecord>(_records, StringComparer.Ordinal);
                foreach (var (_, _, apply) in _log)
                {
                    apply(all);
                }

                return all.Count;
            }
        }
    }

    /// <summary>Takes a write.</summary>
    /// <returns>Its log sequence number.</returns>
    public long Write(Action<SortedDictionary<string, PineconeRecord>> apply)
    {
        lock (_lock)
        {
            _log.Enqueue((++_lsn, _reads + lag, apply));
            return _lsn;
        }
    }

    /// <summary>Reads what is seen now.</summary>
    /// <returns>The records by id, the number that statistics say, and the last write that is seen.</returns>
    public (List<PineconeRecord> Records, int Count, long Indexed) Read()
    {
        lock (_lock)
        {
            _reads++;
            var count = _count;
            _count = _records.Count;
            while (_log.TryPeek(out var next) && next.Reads < _reads)
            {
                _log.Dequeue();
                next.Apply(_records);
                Indexed = next.Lsn;
            }

            return ([.. _records.Values], count, Indexed);
        }
    }
}
