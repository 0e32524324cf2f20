using Akka.Actor;
using Sluice.Actors.Core;

namespace Sluice.Cluster.Jobs;

/// <summary>The partitions of a job's walk: which are done, and where the others are asked to work. Not for concurrent use.</summary>
/// <param name="job">The job.</param>
/// <param name="region">Takes what is meant for a partition to wherever it is.</param>
/// <param name="progress">Told of troubles.</param>
/// <param name="notices">Told when no node can read.</param>
internal sealed class JobPartitions(long job, IActorRef region, JobProgress progress, NoticeBoard notices)
{
    private const string Topic = "places";

    private readonly HashSet<int> _done = [];
    private readonly PartitionPlaces _places = new();
    private long _walk;
    private int _count;

    /// <summary>Whether all are done.</summary>
    public bool AreDone => _done.Count >= _count;

    /// <summary>A walk begins, or goes on.</summary>
    public void Begin(long walk, int count)
    {
        (_walk, _count) = (walk, count);
        _done.Clear();
        _places.Clear();
        notices.Clear(Topic);
    }

    /// <summary>None is done any more: documents are pending again.</summary>
    public void BeginAgain() => _done.Clear();

    /// <summary>One is done; false when it was already.</summary>
    public bool End(int index)
    {
        progress.ClearTrouble(index);
        return _done.Add(index);
    }

    /// <summary>Asks every partition that is not done to work, wherever it is; one that was lost begins anew where the engine puts it.</summary>
    public void Run(bool listed)
    {
        for (var index = 0; index < _count; index++)
        {
            if (!_done.Contains(index))
            {
                Run(index, listed);
            }
        }
    }

    /// <summary>One has failed and goes on by itself, or its node cannot read its documents: then another place is asked.</summary>
    public void Fail(PartitionFailed failed, bool listed)
    {
        if (failed.UnableAt is not { } place)
        {
            progress.SetTrouble(failed.Index, failed.Reason);
        }
        else if (_places.Next(failed.Index, place))
        {
            Run(failed.Index, listed);
        }
        else if (_places.AreAllUnable)
        {
            notices.Post(Topic, $"no node that parses can read the documents; it waits until one can. {failed.Reason}");
        }
    }

    /// <summary>A round begins: every place may be tried once more.</summary>
    public void Rest()
    {
        if (!_places.AreAllUnable)
        {
            notices.Clear(Topic, "nodes can read the documents again");
        }

        _places.Rest();
    }

    private void Run(int index, bool listed) => region.Tell(new RunPartition(job, index, _walk, listed) { Place = _places.Of(index) });
}
