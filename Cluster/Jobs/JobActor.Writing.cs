using Akka.Actor;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Jobs;

/// <content>What it writes into the job store.</content>
internal sealed partial class JobActor
{
    private bool _reporting;
    private Task _report = Task.CompletedTask;
    private (JobState State, string? Reason) _end;

    private void End(JobState state, string? reason)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        Timers.CancelAll();
        JobLog.StateChanged(_logger, _ticket.Id, _ticket.Name, reason is null ? state.ToString() : $"{state}: {reason}");
        _end = (state, reason);
        SaveEnd();
    }

    private void SaveEnd()
    {
        var (state, reason) = _end;
        var (jobs, epoch, id, done, progress, earlier, token) = (_services.Jobs, _epoch, _ticket.Id, _ticket.Source, _progress.Write(_notices.Current), _report, _stopped.Token);
        Task.Run(
            async () =>
            {
                await earlier.ContinueWith(static _ => { }, TaskScheduler.Default); // Its failure went to the actor. It must not be written over what is last.
                await jobs.ReportAsync(epoch, id, progress, token);
                await jobs.SaveAsync(epoch, id, state, done, reason, token);
                return new EndWritten();
            },
            token).PipeTo(Self);
    }

    private void Save(JobState state, string? reason)
    {
        var (jobs, epoch, id, done, token) = (_services.Jobs, _epoch, _ticket.Id, _ticket.Source, _stopped.Token);
        Task.Run(() => jobs.SaveAsync(epoch, id, state, done, reason, token), token).PipeTo(Self, success: static () => new Reported());
    }

    private void WriteProgress()
    {
        if (_reporting || _ended)
        {
            return;
        }

        _reporting = true;
        var (jobs, epoch, id, walk, progress, notices, token, time) = (_services.Jobs, _epoch, _ticket.Id, _walk, _progress, _notices, _stopped.Token, _services.Time);
        var report = Task.Run(
            async () =>
            {
                if (walk is not null)
                {
                    await progress.CountAsync(walk.Walk.Id, walk.AccountAsync, time, token);
                }

                await jobs.ReportAsync(epoch, id, progress.Write(notices.Current), token);
                return new Reported();
            },
            token);
        _report = report;
        report.PipeTo(Self);
    }

    private sealed record Reported;

    private sealed record WriteEnd;

    private sealed record EndWritten;
}
