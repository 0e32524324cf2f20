using Akka.Actor;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Partitions;

/// <content>The end of documents, and of the partition.</content>
internal sealed partial class PartitionActor
{
    private void FinishWhenComplete(DocumentId document, DocumentProgress progress)
    {
        if (!progress.IsComplete || _stopRequester is not null)
        {
            return;
        }

        var read = progress.Read!;
        var attempt = _attempts.GetValueOrDefault(document) + 1;
        var rejection = read.Rejection;
        if (read.Retry is { } retry)
        {
            if (attempt < _job.Options.Attempts)
            {
                _attempts[document] = attempt;
                _documents.Remove(document);
                var again = read.Pending with { Generation = read.Generation, Interrupted = true };
                Timers.StartSingleTimer(document, new ReadAgain(again), Backoff.Delay(_job.Options, attempt, retry.RetryAfter));
                return;
            }

            rejection = Rejection.Dead(retry.Reason, $"{retry.Message} ({attempt} tries)");
        }

        _finishing++;
        var (finisher, failures, fresh, token) = (_finisher, progress.Failures, _fresh.Take(document), _stopped.Token);
        Task.Run(() => finisher.FinishAsync(read, failures, rejection, attempt, fresh, token), token).PipeTo(Self, success: () => new Finished(document));
    }

    private void StopWhenIdle()
    {
        if (_recording || _toRecord.Count > 0 || _finishing > 0 || _relocating > 0)
        {
            return;
        }

        if (_stopRequester is { } requester)
        {
            requester.Tell(new PartitionStopped());
        }
        else if (_finishRequester is { } finisher)
        {
            if (_offers.Count == 0)
            {
                finisher.Tell(new PartitionStopped());
            }
        }
        else if (_read && _documents.Count == 0 && !_reading.IsCancellationRequested)
        {
            Context.Parent.Tell(new PartitionDone(_index));
        }
    }

    private sealed record Finished(DocumentId Document);

    private sealed record ReadAgain(PendingDocument Document);
}
