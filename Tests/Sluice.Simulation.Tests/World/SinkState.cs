using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Simulation.Tests.World;

/// <summary>What the database holds. Every change can be looked at as a reader would.</summary>
internal sealed class SinkState
{
    private readonly Lock _lock = new();
    private Dictionary<ChunkId, VectorRecord> _records = [];

    /// <summary>Whether the collection is there.</summary>
    public CollectionInfo? Collection { get; set; }

    /// <summary>Told after each change.</summary>
    public Action Changed { get; set; } = static () => { };

    /// <summary>Changes made so far.</summary>
    public int Changes { get; private set; }

    public T Read<T>(Func<IReadOnlyDictionary<ChunkId, VectorRecord>, T> read)
    {
        lock (_lock)
        {
            return read(_records);
        }
    }

    public void Write(Action<Dictionary<ChunkId, VectorRecord>> write)
    {
        lock (_lock)
        {
            write(_records);
            Changes++;
        }

        Changed();
    }

    public Dictionary<ChunkId, VectorRecord> Copy() => Read(static records => new Dictionary<ChunkId, VectorRecord>(records));

    public void Restore(Dictionary<ChunkId, VectorRecord> copy)
    {
        lock (_lock)
        {
            _records = new Dictionary<ChunkId, VectorRecord>(copy);
        }
    }

    public Dictionary<DocumentId, HashSet<ChunkId>> ByDocument() => Read(static records =>
        records.Values.GroupBy(static record => record.Document).ToDictionary(static group => group.Key, static group => group.Select(static record => record.Chunk.Id).ToHashSet()));
}
