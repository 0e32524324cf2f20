using System.Collections.Concurrent;
using System.Globalization;
using Akka.Actor;
using Sluice.Cluster.Joining;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Monitoring;
using Sluice.Hosting.Telemetry;
using Sluice.Hosting.Text;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Http.Clusters;

/// <summary>
/// A cluster for the API, seen from one of its nodes: jobs from the job store, as the coordinator writes them once a second; nodes from the engine and the coordinator;
/// dead letters from the ledger.
/// </summary>
/// <param name="node">The node, once it has joined; null before.</param>
/// <param name="jobs">The job store.</param>
/// <param name="ledger">The ledger.</param>
/// <param name="databases">What jobs write to.</param>
/// <param name="sources">Where the node's own settings come from.</param>
/// <param name="allowed">What may be ingested, besides what the ledger knows.</param>
/// <param name="time">The clock.</param>
internal sealed partial class ClusterRoom(Func<ClusterNode?> node, IJobStore jobs, ILedger ledger, ClusterDatabases databases, ConfigurationSources sources, IReadOnlyList<SourceScope> allowed, TimeProvider time) : IControlRoom
{
    private const int MostJobs = 200;
    private const string PruneAlways = "sluice.prune = always";
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_countPause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<long, RunWatch> _watches = new();
    private readonly ProcessWatch _process = new(time);
    private readonly GpuWatch _gpus = GpuWatch.OfPath(time);
    private readonly Lock _lock = new();
    private readonly LedgerPatience _patience = new(() => jobs.Trouble ?? ledger.Trouble, time);
    private RoomFigures _figures = RoomFigures.None;
    private Overview? _last;
    private (long Count, long At, TimeSpan Took)? _letters;

    /// <inheritdoc/>
    public string Mode => "cluster";

    /// <inheritdoc/>
    public bool CanSubmit => true;

    /// <summary>What the metrics tell.</summary>
    /// <returns>The figures, as last found out.</returns>
    public RoomFigures Figures() => Volatile.Read(ref _figures);

    /// <summary>Keeps the figures of the metrics new, whether somebody looks at the page or not.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>When it has ended.</returns>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5), time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await OverviewAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SluiceException or ApiException)
            {
                // The ledger's own log says what is wrong; the figures stay as they were.
            }
        }
    }

    /// <inheritdoc/>
    public async Task<Overview> OverviewAsync(CancellationToken cancellationToken)
    {
        try
        {
            var overview = await _patience.AskAsync(ReadOverviewAsync, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _last, overview);
            return overview;
        }
        catch (ApiException away) when (away.Status == 503 && Volatile.Read(ref _last) is { } last)
        {
            return last with { At = time.GetUtcNow(), Notices = [away.Message] }; // As it was last, and why nothing moves.
        }
    }

    private async Task<Overview> ReadOverviewAsync(CancellationToken cancellationToken)
    {
        var open = await jobs.ListAsync(unendedOnly: true, MostJobs, cancellationToken).ConfigureAwait(false);
        var members = await MembersAsync().ConfigureAwait(false);
        foreach (var record in open)
        {
            Look(record);
        }

        var shown = open.Where(static record => record.State == JobState.Running).MinBy(static record => record.Id)
            ?? open.MinBy(static record => record.Id)
            ?? (await jobs.ListAsync(unendedOnly: false, 1, cancellationToken).ConfigureAwait(false) is [var last, ..] ? last : null);
        var view = (shown is null ? Idle() : Look(shown)).Read();
        var letters = await CountLettersAsync(shown, cancellationToken).ConfigureAwait(false);
        var states = members.GroupBy(static member => member.State, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Count(), StringComparer.Ordinal);
        Volatile.Write(ref _figures, new RoomFigures(
            open.GroupBy(static record => StateOf(record), StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Count(), StringComparer.Ordinal),
            open.Sum(record => Look(record, add: false).Read().Documents.Pending),
            letters ?? 0,
            states));
        return new Overview(
            0,
            time.GetUtcNow(),
            Mode,
            shown is null ? "idle" : StateOf(shown),
            shown is null ? null : Summarize(shown),
            view.Pipeline,
            view.Throughput,
            view.Padding,
            view.Documents,
            view.Chunks,
            view.Estimate,
            Process(),
            Gpus(),
            new NodeCounts(members.Count, states.GetValueOrDefault("lost"), states.GetValueOrDefault("draining")),
            letters,
            view.Notices);
    }

    /// <inheritdoc/>
    public async Task<JobList> ListJobsAsync(CancellationToken cancellationToken) =>
        new([.. (await _patience.AskAsync(given => jobs.ListAsync(unendedOnly: false, MostJobs, given), cancellationToken).ConfigureAwait(false)).Select(Summarize)]);

    /// <inheritdoc/>
    public async Task<JobDetail> FindJobAsync(long job, CancellationToken cancellationToken)
    {
        var record = await FindAsync(job, cancellationToken).ConfigureAwait(false);
        var view = Look(record).Read();
        var members = await MembersAsync().ConfigureAwait(false);
        return new JobDetail(
            Summarize(record),
            view.Pipeline,
            view.Throughput,
            view.Padding,
            view.Chunks,
            view.Estimate,
            [.. members.Where(member => member.Jobs.Contains(job)).Select(View)],
            view.Notices,
            []);
    }

    /// <inheritdoc/>
    public async Task<JobSummary> SubmitAsync(JobRequest request, CancellationToken cancellationToken)
    {
        var known = (await _patience.AskAsync(given => ledger.SummarizeAsync(databases.Of(null).Name, given), cancellationToken).ConfigureAwait(false)).Select(static scope => scope.Scope);
        var admitted = JobRules.Check(request, [.. known, .. allowed]);
        JobSubmission submission;
        try
        {
            submission = JobText.OfCommandLine(admitted.Locations, sources with { Overrides = [.. JobRules.Settings(request.Settings), .. admitted.Bounds] }, request.Weight ?? 10) with { Name = JobRules.NameOf(request.Name, admitted.Texts) };
        }
        catch (ConfigurationException exception)
        {
            throw new ApiException(400, Secrets.Redact(exception.Message));
        }

        var job = await _patience.WriteAsync(given => jobs.SubmitAsync(submission, given), "the job was posted", "GET /api/v1/jobs", cancellationToken).ConfigureAwait(false);
        return Summarize(new JobRecord(job, submission, JobState.Queued, JobWish.Run, 0, time.GetUtcNow())); // As it was written: it is posted, whether the ledger can be read now or not.
    }

    /// <inheritdoc/>
    public async Task<JobSummary> WishAsync(long job, JobWish wish, bool prune, CancellationToken cancellationToken)
    {
        var record = await FindAsync(job, cancellationToken).ConfigureAwait(false);
        async Task<bool> WriteAsync(CancellationToken given) =>
            (!prune || await jobs.AmendAsync(job, PruneAlways, given).ConfigureAwait(false)) && await jobs.WishAsync(job, wish, given).ConfigureAwait(false);

        return await _patience.WriteAsync(WriteAsync, "the job was asked for it", $"GET /api/v1/jobs/{job}", cancellationToken).ConfigureAwait(false)
            ? Summarize(await FindAsync(job, cancellationToken).ConfigureAwait(false))
            : throw new ApiException(409, string.Create(CultureInfo.InvariantCulture, $"Job {job} has ended ({StateOf(record)}){(record.State == JobState.Failed ? ", and can only be resumed" : "")}. Submit it again, or replay its dead letters."));
    }

    /// <inheritdoc/>
    public async Task<NodeList> ListNodesAsync(CancellationToken cancellationToken) => new([.. (await MembersAsync().ConfigureAwait(false)).Select(View)]);

    /// <inheritdoc/>
    public async Task<NodeView> DrainAsync(string node, CancellationToken cancellationToken)
    {
        var member = (await MembersAsync().ConfigureAwait(false)).FirstOrDefault(known => known.Id == node) ?? throw ApiException.NoNode(node);
        if (member.State != "up")
        {
            throw new ApiException(409, $"The node {node} is {member.State}; only one that is up can be drained.");
        }

        Joined().Drain(member);
        return View(member) with { State = "draining", CanDrain = false };
    }

    /// <inheritdoc/>
    public async Task<DeadLetterPage> ListDeadLettersAsync(long? job, long after, int limit, string? reason, CancellationToken cancellationToken)
    {
        var sink = databases.Of(await FindAsync(job, cancellationToken).ConfigureAwait(false)).Name;
        return await _patience.AskAsync(given => DeadLetterPages.ReadAsync(ledger, sink, after, limit, reason, given), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<ReplayAnswer> ReplayAsync(long? job, ReplayRequest request, CancellationToken cancellationToken)
    {
        var record = await FindAsync(job, cancellationToken).ConfigureAwait(false) ?? await LatestAsync(cancellationToken).ConfigureAwait(false);
        var sink = databases.Of(record).Name;
        var letters = await _patience.AskAsync(given => DeadLetterPages.ChooseAsync(ledger, sink, request, given), cancellationToken).ConfigureAwait(false);
        if (letters.Count == 0)
        {
            return new ReplayAnswer(0, [], "There are no such dead letters.");
        }

        // All that can fail is read first. In a cluster a job owns its walk: the documents are pending from their replay on, and jobs over their sources take them up.
        var others = (await _patience.AskAsync(given => jobs.ListAsync(unendedOnly: false, MostJobs, given), cancellationToken).ConfigureAwait(false)).Where(other => databases.Of(other).Name == sink);
        var documents = await _patience.WriteAsync(
            given => ledger.ReplayAsync(sink, [.. letters.Select(static letter => letter.Id)], given), "the letters are tried again", "GET /api/v1/dead-letters", cancellationToken).ConfigureAwait(false);
        if (documents.Count == 0)
        {
            return new ReplayAnswer(0, [], "There are no such dead letters any more."); // Somebody else replayed them meanwhile.
        }

        var numbers = new List<long>();
        foreach (var submission in ReplayPlan.Of(record, [.. others], [.. documents.Select(static document => document.Listed.Uri)]))
        {
            numbers.Add(await _patience.WriteAsync(
                given => jobs.SubmitAsync(submission, given),
                $"a job tries the {documents.Count} documents again, which wait for one from now on (whichever job reads {string.Join(", ", submission.Sources.Select(Secrets.Redact))} next)",
                "GET /api/v1/jobs",
                cancellationToken).ConfigureAwait(false));
        }

        return new ReplayAnswer(documents.Count, numbers, string.Create(
            CultureInfo.InvariantCulture,
            $"{CountText.Documents(documents.Count, " is", " are")} tried again in {(numbers.Count == 1 ? "job" : "jobs")} {string.Join(", ", numbers)}."));
    }

    /// <inheritdoc/>
    public async Task<SearchAnswer> SearchAsync(long? job, string question, SearchMode? mode, int limit, string? uriGlob, CancellationToken cancellationToken)
    {
        var record = await FindAsync(job, cancellationToken).ConfigureAwait(false);
        return await databases.Search(record).AskAsync(question, mode, limit, uriGlob, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<(bool Ready, string State)> CheckAsync(CancellationToken cancellationToken)
    {
        if (node() is not { } joined)
        {
            return (false, "joining");
        }

        try
        {
            return await joined.CheckAsync(s_wait).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is AskTimeoutException or TaskCanceledException)
        {
            return (false, "does not answer");
        }
    }
}
