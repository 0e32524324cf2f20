using Sluice.Cluster.Partitions;

namespace Sluice.Cluster.Jobs;

/// <summary>In which place each partition of a walk is asked for: the next one whenever a node says that it cannot read the documents. Not for concurrent use.</summary>
internal sealed class PartitionPlaces
{
    private readonly Dictionary<int, int> _places = [];
    private readonly Dictionary<int, int> _tries = [];

    /// <summary>Whether every place was tried for some partition since <see cref="Rest"/>: it looks as if no node could read.</summary>
    public bool AreAllUnable { get; private set; }

    /// <summary>Where a partition is asked for.</summary>
    public int Of(int index) => _places.GetValueOrDefault(index);

    /// <summary>A walk begins: all are where the engine puts them.</summary>
    public void Clear()
    {
        _places.Clear();
        _tries.Clear();
        AreAllUnable = false;
    }

    /// <summary>A node cannot read for a partition.</summary>
    /// <param name="index">The partition.</param>
    /// <param name="place">Where it was asked for; an answer from an earlier place says nothing new.</param>
    /// <returns>Whether to ask in the next place at once; otherwise the next round does.</returns>
    public bool Next(int index, int place)
    {
        if (place != Of(index))
        {
            return false;
        }

        _places[index] = (place + 1) % PartitionExtractor.Places;
        var tries = _tries[index] = _tries.GetValueOrDefault(index) + 1;
        AreAllUnable |= tries >= PartitionExtractor.Places;
        return tries < PartitionExtractor.Places;
    }

    /// <summary>A round begins: every place may be tried once more.</summary>
    public void Rest()
    {
        _tries.Clear();
        AreAllUnable = false;
    }
}
