using Akka.Actor;
using Sluice.Cluster.Joining;
using Sluice.Cluster.Nodes;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Monitoring;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Http.Clusters;

/// <summary>What the ledger and the nodes know, as the API shows it.</summary>
internal sealed partial class ClusterRoom
{
    private static string StateOf(JobRecord record) => record switch
    {
        { HasEnded: true } or { State: JobState.Paused, Wish: not JobWish.Cancel } => record.State.ToString().ToLowerInvariant(),
        { Wish: JobWish.Cancel } => "stopping",
        { Wish: JobWish.Pause } => "pausing",
        _ => record.State.ToString().ToLowerInvariant(),
    };

    private static NodeView View(ClusterMember member) => new(
        member.Id,
        member.State,
        member.Roles,
        member.Device.Length > 0 ? member.Device : null,
        member.Program,
        (int)member.Protocol,
        member.Seen,
        member.Memory,
        Rate(member, JobCounts.Parsed),
        Rate(member, JobCounts.Embedded),
        Rate(member, JobCounts.Tokens),
        Rate(member, JobCounts.Stored),
        member.Jobs,
        [.. member.Queues.Select(static queue => new QueueView(queue.Name, queue.Unit, queue.Fill, queue.Bound))],
        CanDrain: member.State == "up");

    private static double Rate(ClusterMember member, string count) => Math.Round(member.Rates.GetValueOrDefault(count), 2);

    private ClusterNode Joined() => node() ?? throw new ApiException(503, "This node has not joined the cluster yet.");

    private async Task<IReadOnlyList<ClusterMember>> MembersAsync()
    {
        try
        {
            return await Joined().ListMembersAsync(s_wait).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is AskTimeoutException or TaskCanceledException)
        {
            throw new ApiException(503, "This node does not answer; it is starting or leaving.");
        }
    }

    private async Task<JobRecord> FindAsync(long job, CancellationToken cancellationToken) =>
        await _patience.AskAsync(given => jobs.FindAsync(job, given), cancellationToken).ConfigureAwait(false) ?? throw ApiException.NoJob(job);

    private async Task<JobRecord?> FindAsync(long? job, CancellationToken cancellationToken) =>
        job is { } number ? await FindAsync(number, cancellationToken).ConfigureAwait(false) : null;

    private async Task<JobRecord> LatestAsync(CancellationToken cancellationToken)
    {
        var own = databases.Of(null).Name;
        return (await _patience.AskAsync(given => jobs.ListAsync(unendedOnly: false, MostJobs, given), cancellationToken).ConfigureAwait(false)).FirstOrDefault(record => databases.Of(record).Name == own)
            ?? throw new ApiException(409, "No job has written to this node's own database; name the job whose letters are meant: ?job=NUMBER.");
    }

    private RunWatch Idle()
    {
        var watch = new RunWatch(new RunNames([], Secrets.Redact(databases.Of(null).Name), null), time);
        watch.StandStill("Nothing runs.");
        return watch;
    }

    /// <summary>The watch over a job, after a look at what the coordinator wrote.</summary>
    private RunWatch Look(JobRecord record, bool add = true)
    {
        var watch = _watches.GetOrAdd(record.Id, _ =>
            new RunWatch(new RunNames([.. record.Submission.Sources.Select(Secrets.Redact)], databases.Of(record).Name, null), time));
        if (!add)
        {
            return watch;
        }

        watch.StandStill(record.HasEnded ? "The job has ended." : record.State switch
        {
            JobState.Paused => "The job is paused.",
            JobState.Queued => "The job waits for a coordinator to take it up.",
            _ => null,
        });
        var progress = JobProgressView.Of(record, jobs.Trouble);
        watch.Add(progress);
        if (record.Progress is not null)
        {
            watch.Add(new Accounting(progress.Discovered, progress.Indexed, progress.Unchanged, Reasons(record, dead: false), Reasons(record, dead: true), Math.Max(0, progress.Discovered - progress.Settled)));
        }

        if (record.HasEnded && _watches.Count > MostJobs)
        {
            _watches.TryRemove(record.Id, out _);
        }

        return watch;
    }

    private static IReadOnlyDictionary<string, long> Reasons(JobRecord record, bool dead)
    {
        using var document = System.Text.Json.JsonDocument.Parse(record.Progress!);
        var documents = new JobView(document.RootElement).Documents;
        return dead ? documents.Dead : documents.Skipped;
    }

    /// <summary>How many documents the job would not remove unasked, as its coordinator wrote it.</summary>
    private static long WithheldOf(JobRecord record)
    {
        if (record.Progress is null)
        {
            return 0;
        }

        using var document = System.Text.Json.JsonDocument.Parse(record.Progress);
        return document.RootElement.TryGetProperty("withheld", out var withheld) ? withheld.GetInt64() : 0;
    }

    private JobSummary Summarize(JobRecord record)
    {
        var submission = record.Submission;
        return new JobSummary(
            record.Id,
            Secrets.Redact(submission.Name),
            submission.Name.StartsWith("replay of job ", StringComparison.Ordinal) ? "replay" : "ingest",
            StateOf(record),
            record.Wish.ToString().ToLowerInvariant(),
            submission.Weight,
            [.. submission.Sources.Select(Secrets.Redact)],
            record.Submitted,
            record.Began,
            record.Ended,
            Look(record, add: record.HasEnded).Read().Documents,
            record.Reason is { } reason ? Secrets.Redact(reason) : null,
            CanResume: record.State is JobState.Failed or JobState.Paused,
            record.State == JobState.Failed ? WithheldOf(record) : 0);
    }

    private async Task<long?> CountLettersAsync(JobRecord? shown, CancellationToken cancellationToken)
    {
        if (_letters is { } known && time.GetElapsedTime(known.At) < s_countPause + (100 * known.Took))
        {
            return known.Count;
        }

        var start = time.GetTimestamp();
        var count = await DeadLetterPages.CountAsync(ledger, databases.Of(shown).Name, cancellationToken).ConfigureAwait(false);
        _letters = (count, time.GetTimestamp(), time.GetElapsedTime(start));
        return count;
    }

    private ProcessView Process()
    {
        lock (_lock)
        {
            return _process.Read();
        }
    }

    private IReadOnlyList<GpuView> Gpus()
    {
        lock (_lock)
        {
            return _gpus.Read();
        }
    }
}
