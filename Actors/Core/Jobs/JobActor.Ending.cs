using Akka.Actor;
using Sluice.Actors.Core.Partitions;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Core.Jobs;

/// <content>The end of a run: comparing what is in doubt, pruning, accounting, stopping.</content>
internal sealed partial class JobActor
{
    /// <summary>How often documents whose chunks the database lost are processed again in one run, before the database is given up.</summary>
    private const int MaxRepairs = 3;

    /// <summary>How often the end of a listing that the ledger lost is listed again in one run, before the ledger is given up.</summary>
    private const int MaxRelistings = 3;

    /// <summary>Compares what is in doubt once all is done. The pipeline stays open, since what turns out to be lost goes through it again.</summary>
    private void EndWhenDone()
    {
        if (!_listed || _done.Count < _options.Partitions || _settling || _ending || _stopped)
        {
            return;
        }

        _settling = true;
        var (end, writer, token) = (_end, _writer!, _cancelled.Token);
        Task.Run(() => end.ReconcileAsync(writer, token), token).PipeTo(Self);
    }

    private void OnReconciled(RunEnd.Reconciled reconciled)
    {
        _settling = false;
        if (_ending || _stopped)
        {
            return;
        }

        if (reconciled.Pending == 0)
        {
            if (reconciled.Refused is { } refused)
            {
                _end.Warn(refused);
            }

            if (reconciled.Requeued > 0)
            {
                _end.Warn($"the database had lost chunks of {reconciled.Requeued} documents of other sources; the next run over those embeds them again");
            }

            End();
        }
        else if (++_repairs > MaxRepairs)
        {
            Fail(new StorageException(
                $"{_walk.Spec.Sink} has lost chunks of {reconciled.Pending} documents {_repairs} times although it confirmed them. What else is done stays done. See whether something else deletes there, then run again"));
        }
        else
        {
            BeginPartitionsAgain();
        }
    }

    private void BeginPartitionsAgain()
    {
        _done.Clear();
        foreach (var (index, partition) in _partitions.ToArray())
        {
            Context.Unwatch(partition);
            Context.Stop(partition);
            StartPartition(index);
        }
    }

    /// <summary>The ledger turned out to lack the end of the listing, which only the end of the walk asks it for: a page that is lost before is noticed by the one that follows it.</summary>
    private void ListAgain(ListingLostException lost)
    {
        if (_stopped || ++_relistings > MaxRelistings)
        {
            Fail(lost);
            return;
        }

        _notices.Tell("the ledger has lost the last pages of the listing, its database went back to an earlier state; they are listed again");
        (_ending, _listed, _meters.ListingEnded) = (false, false, false);
        BeginPartitionsAgain();
        List(_walk with { Cursor = lost.Cursor, Complete = _listingComplete });
    }

    private void End()
    {
        _ending = true; // The pipeline stays open until the walk has ended: it may turn out that a page has to be listed again.
        var (end, indexer, prune, complete, token) = (_end, _indexer, _request.Prune, _listingComplete, _cancelled.Token);
        Task.Run(() => end.EndAsync(indexer, prune, complete, token), token).PipeTo(Self);
    }

    private void Stop()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        _cancelled.Cancel();
        if (_ending)
        {
            Task.Run(() => _end.AccountAsync(interrupted: true)).PipeTo(Self);
            return;
        }

        Broadcast(new StopReading());
        _discard.Cancel();
        _switch!.Shutdown();
        Timers.StartSingleTimer("stop", new StopTimedOut(), _options.StopTimeout);
    }

    private void AccountWhenStopped()
    {
        if (_stopped && !_ending && _stopping.Count == 0)
        {
            _ending = true;
            Timers.Cancel("stop");
            Task.Run(() => _end.AccountAsync(interrupted: true)).PipeTo(Self);
        }
    }
}
