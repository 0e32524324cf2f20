using Akka.Actor;
using Sluice.Actors.Core;
using Sluice.Streams.Ledger;

namespace Sluice.Cluster.Jobs;

/// <summary>Writes into the job store how a job is: its state, and how far it is. Tells its owner what is written. Not for concurrent use.</summary>
/// <param name="jobs">The store.</param>
/// <param name="epoch">The coordinator's epoch: the store refuses what an earlier one writes.</param>
/// <param name="job">The job's number.</param>
/// <param name="progress">How far it is.</param>
/// <param name="notices">What keeps it waiting.</param>
/// <param name="time">The clock.</param>
/// <param name="owner">Told.</param>
internal sealed class JobWriter(IJobStore jobs, long epoch, long job, JobProgress progress, NoticeBoard notices, TimeProvider time, IActorRef owner)
{
    private readonly CancellationTokenSource _stopped = new();
    private bool _reporting;
    private Task _report = Task.CompletedTask;

    /// <summary>Nothing more is written.</summary>
    public void Stop() => _stopped.Cancel();

    /// <summary>A <see cref="Reported"/> has come, or a failure.</summary>
    public void Over() => _reporting = false;

    /// <summary>Writes a state.</summary>
    public void Save(JobState state, int done, string? reason)
    {
        var token = _stopped.Token;
        Task.Run(() => jobs.SaveAsync(epoch, job, state, done, reason, token), token).PipeTo(owner, success: static () => new Saved());
    }

    /// <summary>Writes the last progress and the last state, in this order, after whatever is being written.</summary>
    public void SaveEnd(JobState state, int done, string? reason)
    {
        var (written, earlier, token) = (progress.Write(notices.Current), _report, _stopped.Token);
        Task.Run(
            async () =>
            {
                await earlier.ContinueWith(static _ => { }, TaskScheduler.Default); // Its failure went to the owner. It must not be written over what is last.
                await jobs.ReportAsync(epoch, job, written, token);
                await jobs.SaveAsync(epoch, job, state, done, reason, token);
                return new EndWritten();
            },
            token).PipeTo(owner);
    }

    /// <summary>Counts what the ledger says and writes how far the job is, unless that is under way.</summary>
    /// <param name="walk">The walk; null between two.</param>
    public void Report(JobWalk? walk)
    {
        if (_reporting)
        {
            return;
        }

        _reporting = true;
        var token = _stopped.Token;
        var report = Task.Run(
            async () =>
            {
                if (walk is not null)
                {
                    await progress.CountAsync(walk.Walk.Id, walk.AccountAsync, time, token);
                }

                await jobs.ReportAsync(epoch, job, progress.Write(notices.Current), token);
                return new Reported();
            },
            token);
        _report = report;
        report.PipeTo(owner);
    }

    /// <summary>To the owner: the state is written.</summary>
    internal sealed record Saved;

    /// <summary>To the owner: how far it is is written.</summary>
    internal sealed record Reported;

    /// <summary>To the owner: the end is written.</summary>
    internal sealed record EndWritten;
}
