using Akka.Actor;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Partitions;

/// <content>The end of documents, and of the partition.</content>
internal sealed partial class PartitionActor
{
    /// <summary>Topic of the notice about a ledger whose memory went back.</summary>
    private const string ForgetfulLedger = "forgetful ledger";

    private void FinishWhenComplete(DocumentId document, DocumentProgress progress)
    {
        if (!progress.IsComplete || _stopRequester is not null)
        {
            return;
        }

        if (progress.Superseded)
        {
            Drop(document); // What it stored meanwhile is compared with the ledger at the end: the ledger has seen to that.
            StopWhenIdle();
            return;
        }

        var read = progress.Read!;
        var attempt = _attempts.GetValueOrDefault(document) + 1;
        var rejection = read.Rejection;
        if (read.Retry is { } retry)
        {
            if (retry.IsOfSource || attempt < _job.Options.Attempts)
            {
                _attempts[document] = retry.IsOfSource ? attempt - 1 : attempt;
                _documents.Remove(document);
                var again = read.Begun ? read.Pending with { Generation = read.Generation, Interrupted = true } : read.Pending;
                Timers.StartSingleTimer(document, new ReadAgain(again), Backoff.Delay(_job.Options, attempt, retry.RetryAfter));
                return;
            }

            rejection = Rejection.Dead(retry.Reason, $"{retry.Message} ({attempt} tries)");
        }

        _finishing++;
        var (finisher, fresh, token) = (_finisher, _fresh.Take(document), _stopped.Token);
        Task.Run(() => finisher.FinishAsync(progress, rejection, attempt, fresh, token), token)
            .PipeTo(Self, success: refusal => new Finished(document, read.Pending.Listed.Uri, attempt, refusal), failure: static exception => new FinishingFailed(exception));
    }

    private void OnFinished(Finished finished)
    {
        _finishing--;
        if (finished.Refusal != CompletionRefusal.Incomplete)
        {
            _job.Notices.Clear(ForgetfulLedger);
            Drop(finished.Document);
        }
        else if (finished.Attempt >= _job.Options.Attempts)
        {
            Context.Parent.Tell(new RunFailed(new StorageException(
                $"The ledger did not have all chunks of {finished.Uri} after {finished.Attempt} readings, although it had confirmed each. Its database loses what it commits. What is done stays done; mend the database, then run again.")));
        }
        else
        {
            _job.Notices.Post(ForgetfulLedger, $"the ledger has forgotten chunks of {finished.Uri} that it had confirmed: its database went back in time, after a failover perhaps; the document is read again");
            Drop(finished.Document);
            _attempts[finished.Document] = finished.Attempt;
        }

        StopWhenIdle();
    }

    /// <summary>Has nothing more to do with a document. If it is pending still, the ledger hands it out again.</summary>
    private void Drop(DocumentId document)
    {
        _documents.Remove(document);
        _attempts.Remove(document);
        _fresh.Take(document);
        _feed.Release(document);
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

    private sealed record Finished(DocumentId Document, string Uri, int Attempt, CompletionRefusal? Refusal);

    private sealed record ReadAgain(PendingDocument Document);
}
