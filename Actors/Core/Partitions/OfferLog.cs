using Sluice.Streams.Chunks;

namespace Sluice.Actors.Core.Partitions;

/// <summary>Since when each group of a partition waits to be stored. Tells which to offer again when nothing at all is stored for too long. Not thread-safe.</summary>
internal sealed class OfferLog(TimeSpan patience, TimeProvider time)
{
    private readonly Dictionary<GroupId, long> _offered = [];
    private long _lastSettled = time.GetTimestamp();

    /// <summary>How many groups are not stored yet.</summary>
    public int Count => _offered.Count;

    /// <summary>Groups that are not stored yet.</summary>
    public IReadOnlyCollection<GroupId> Waiting => _offered.Keys;

    /// <summary>A group is offered.</summary>
    public void Offered(GroupId group) => _offered[group] = time.GetTimestamp();

    /// <summary>A group is stored.</summary>
    /// <returns>Whether it was waited for.</returns>
    public bool Settled(GroupId group)
    {
        if (!_offered.Remove(group))
        {
            return false;
        }

        _lastSettled = time.GetTimestamp();
        return true;
    }

    /// <summary>The silence until now has a known reason.</summary>
    public void Excuse() => _lastSettled = time.GetTimestamp();

    /// <summary>Groups to offer again: none while others are still being stored.</summary>
    public IReadOnlyList<GroupId> TakeSilent()
    {
        var now = time.GetTimestamp();
        if (time.GetElapsedTime(_lastSettled, now) <= patience)
        {
            return [];
        }

        var silent = new List<GroupId>();
        foreach (var (group, since) in _offered)
        {
            if (time.GetElapsedTime(since, now) > patience)
            {
                silent.Add(group);
            }
        }

        silent.ForEach(Offered);
        return silent;
    }
}
