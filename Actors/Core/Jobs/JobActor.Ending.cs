using Akka.Actor;
using Sluice.Actors.Core.Partitions;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Core.Jobs;

/// <content>The end of a run: comparing what is in doubt, pruning, accounting, stopping.</content>
internal sealed partial class JobActor
{
    /// <summary>How often documents whose chunks the database lost are processed again in one run, before the database is given up.</summary>
    private const int MaxRepairs = 3;

    /// <summary>Compares what is in doubt once all is done. The pipeline stays open, since what turns out to be lost goes through it again.</summary>
    private void EndWhenDone()
    {
        if (!_listed || _done.Count < _options.Partitions || _settling || _ending || _stopped)
        {
            return;
        }

        _settling = true;
        var reconciler = new Reconciler(_parts.Ledger, _writer!, _walk, _meters.Deleted);
        var (ledger, walk, token) = (_parts.Ledger, _walk, _cancelled.Token);
        Task.Run(
            async () =>
            {
                var requeued = await reconciler.RunAsync(token);
                return new Reconciled(requeued, (await ledger.AccountAsync(walk, token)).Pending, reconciler.Refused);
            },
            token).PipeTo(Self);
    }

    private void OnReconciled(Reconciled reconciled)
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
                _warnings.Add(refused);
            }

            if (reconciled.Requeued > 0)
            {
                _warnings.Add($"the database had lost chunks of {reconciled.Requeued} documents of other sources; the next run over those embeds them again");
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
            _done.Clear();
            foreach (var (index, partition) in _partitions.ToArray())
            {
                Context.Unwatch(partition);
                Context.Stop(partition);
                StartPartition(index);
            }
        }
    }

    private void End()
    {
        _ending = true;
        _switch!.Shutdown();
        var pruner = new Pruner(_parts.Ledger, _indexer, _walk, _meters, _options);
        var token = _cancelled.Token;
        Task.Run(
            async () =>
            {
                var pruned = await pruner.RunAsync(_request.Prune, _listingComplete, token);
                if (pruned.Message is { } message)
                {
                    _warnings.Add(message);
                }

                if (pruned.Removed > 0)
                {
                    _notices.Tell($"removed {pruned.Removed} documents that are gone from {_walk.Spec.Scope.Uri}; `sluice status` tells which");
                }

                await _parts.Ledger.EndWalkAsync(_walk, token);
                return await AccountAsync(interrupted: false) with { Withheld = pruned.Withheld };
            },
            token).PipeTo(Self);
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
            Task.Run(() => AccountAsync(interrupted: true)).PipeTo(Self);
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
            Task.Run(() => AccountAsync(interrupted: true)).PipeTo(Self);
        }
    }

    /// <summary>What became of every document, by the ledger. A run that was stopped does not wait for a ledger that does not answer: it ends, and says so.</summary>
    private async Task<JobEnded> AccountAsync(bool interrupted)
    {
        using var limited = interrupted ? new CancellationTokenSource(_options.StopTimeout, _time) : new CancellationTokenSource();
        try
        {
            return new JobEnded(await _parts.Ledger.AccountAsync(_walk, limited.Token), interrupted, _meters.Removed.Items, [.. _warnings]);
        }
        catch (OperationCanceledException) when (limited.IsCancellationRequested)
        {
            throw new TransientException(
                $"The run was stopped, and the ledger could not be asked how far it is: {_parts.Ledger.Trouble ?? $"it did not answer within {_options.StopTimeout.TotalSeconds:0} s."} Run again; what is committed stays.");
        }
    }
}
