using System.Collections.Concurrent;
using Sluice.Actors.Core.Partitions;

namespace Sluice.Cluster.Nodes;

/// <summary>What the partitions of each job work with on this node, while the job runs here. Safe for concurrent use.</summary>
internal sealed class NodePartitions
{
    private readonly ConcurrentDictionary<(long Job, long Walk), Place> _places = new();
    private readonly ConcurrentDictionary<(long Job, long Walk), string> _unable = new();

    /// <summary>Lets partitions of a walk work here.</summary>
    public void Add(long job, long walk, Place place) => _places[(job, walk)] = place;

    /// <summary>They may not any more.</summary>
    public void Remove(long job, long walk, Place place) => _places.TryRemove(new KeyValuePair<(long, long), Place>((job, walk), place));

    /// <summary>Partitions of a walk cannot work here: its documents cannot be read on this node. Null: they can be, as far as is known.</summary>
    public void SetUnable(long job, long walk, string? words)
    {
        if (words is null)
        {
            _unable.TryRemove((job, walk), out _);
        }
        else
        {
            _unable[(job, walk)] = words;
        }
    }

    /// <summary>Why partitions of a walk cannot work here, in words; null when they can, or it is not known yet.</summary>
    public string? WhyUnable(long job, long walk) => _unable.GetValueOrDefault((job, walk));

    /// <summary>Why partitions of some walk cannot work here; null when all can.</summary>
    public string? Trouble => _unable.Values.FirstOrDefault();

    /// <summary>Finds where partitions of a walk work; null while the job does not run here (yet).</summary>
    public Place? Find(long job, long walk) => _places.GetValueOrDefault((job, walk));

    /// <summary>Where partitions work.</summary>
    /// <param name="Context">What they work with.</param>
    /// <param name="Stopped">Cancelled when the job stops here.</param>
    internal sealed record Place(PartitionContext Context, CancellationToken Stopped);
}
