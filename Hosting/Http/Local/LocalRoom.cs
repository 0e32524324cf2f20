using System.Globalization;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Monitoring;
using Sluice.Hosting.Telemetry;
using Sluice.Hosting.Text;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Http.Local;

/// <summary>One machine for the API: its jobs, its database, itself as the only node.</summary>
/// <param name="jobs">The jobs.</param>
/// <param name="examine">Sees to it that a job could run; says what it needs consent for.</param>
/// <param name="search">Searches the database; not owned.</param>
/// <param name="ledger">The ledger; not owned.</param>
/// <param name="names">What is shown while there is no job.</param>
/// <param name="allowed">What may be ingested, besides what the ledger knows.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalRoom(LocalJobs jobs, Func<LocalJob, CancellationToken, Task<string?>> examine, CollectionSearch search, ILedger ledger, RunNames names, IReadOnlyList<SourceScope> allowed, TimeProvider time) : IControlRoom
{
    private static readonly TimeSpan s_countPause = TimeSpan.FromSeconds(5);

    private readonly ProcessWatch _process = new(time);
    private readonly GpuWatch _gpus = GpuWatch.OfPath(time);
    private readonly RunWatch _idle = Idle(names, time);
    private readonly Lock _lock = new();
    private readonly LedgerPatience _patience = new(() => ledger.Trouble, time);
    private (long Count, long At, TimeSpan Took)? _letters;

    /// <inheritdoc/>
    public string Mode => "machine";

    /// <inheritdoc/>
    public bool CanSubmit => true;

    /// <summary>What the metrics tell.</summary>
    /// <returns>The figures, as last found out.</returns>
    public RoomFigures Figures()
    {
        var open = jobs.All.Where(static job => !job.HasEnded).ToList();
        return new RoomFigures(
            open.GroupBy(static job => job.State, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Count(), StringComparer.Ordinal),
            open.Sum(static job => job.Watch.Read().Documents.Pending),
            _letters?.Count ?? 0,
            new Dictionary<string, int>(StringComparer.Ordinal) { ["up"] = 1 });
    }

    /// <inheritdoc/>
    public async Task<Overview> OverviewAsync(CancellationToken cancellationToken)
    {
        var job = jobs.Shown;
        var view = (job?.Watch ?? _idle).Read();
        var letters = await CountLettersAsync(cancellationToken).ConfigureAwait(false);
        return new Overview(
            0,
            time.GetUtcNow(),
            Mode,
            job?.State ?? "idle",
            job?.Summarize(),
            view.Pipeline,
            view.Throughput,
            view.Padding,
            view.Documents,
            view.Chunks,
            view.Estimate,
            Process(),
            Gpus(),
            new NodeCounts(1, 0, 0),
            letters,
            view.Notices);
    }

    /// <inheritdoc/>
    public Task<JobList> ListJobsAsync(CancellationToken cancellationToken) => Task.FromResult(new JobList([.. jobs.All.Select(static job => job.Summarize())]));

    /// <inheritdoc/>
    public Task<JobDetail> FindJobAsync(long job, CancellationToken cancellationToken)
    {
        var found = Find(job);
        var view = found.Watch.Read();
        return Task.FromResult(new JobDetail(
            found.Summarize(), view.Pipeline, view.Throughput, view.Padding, view.Chunks, view.Estimate, found.HasEnded ? [] : [Node()], view.Notices, found.Warnings));
    }

    /// <inheritdoc/>
    public async Task<JobSummary> SubmitAsync(JobRequest request, CancellationToken cancellationToken)
    {
        var known = (await _patience.AskAsync(given => ledger.SummarizeAsync(names.Sink, given), cancellationToken).ConfigureAwait(false)).Select(static scope => scope.Scope);
        var sources = JobRules.Check(request, [.. known, .. allowed]);
        using (var draft = Make(0))
        {
            if (await examine(draft, cancellationToken).ConfigureAwait(false) is { } consequence)
            {
                throw new ApiException(409, $"{consequence} Post it again with \"confirm\": true if that is what you want.");
            }
        }

        return jobs.Enqueue(Make).Summarize();

        LocalJob Make(long number) => new(number, JobRules.NameOf(request.Name, sources.Texts), "ingest", names with { Sources = [.. sources.Texts.Select(Secrets.Redact)] }, time)
        {
            Locations = sources.Locations,
            Bounds = sources.Bounds,
            Confirmed = request.Confirm,
            Settings = request.Settings ?? new Dictionary<string, string>(StringComparer.Ordinal),
        };
    }

    /// <inheritdoc/>
    public Task<JobSummary> WishAsync(long job, JobWish wish, bool prune, CancellationToken cancellationToken)
    {
        var found = Find(job);
        if (prune)
        {
            throw new ApiException(400, "prune is for jobs of a cluster. On one machine post the job again with \"confirm\": true.");
        }

        return found.Wish(wish) ? Task.FromResult(found.Summarize()) : throw new ApiException(409, string.Create(CultureInfo.InvariantCulture, $"Job {job} has ended or is being ended ({found.State}). Submit it again, or replay its dead letters."));
    }

    /// <inheritdoc/>
    public Task<NodeList> ListNodesAsync(CancellationToken cancellationToken) => Task.FromResult(new NodeList([Node()]));

    /// <inheritdoc/>
    public Task<NodeView> DrainAsync(string node, CancellationToken cancellationToken) =>
        throw (node == "local" ? new ApiException(409, "One machine cannot be drained: stop the program, or pause its job.") : ApiException.NoNode(node));

    /// <inheritdoc/>
    public Task<DeadLetterPage> ListDeadLettersAsync(long? job, long after, int limit, string? reason, CancellationToken cancellationToken) =>
        _patience.AskAsync(given => DeadLetterPages.ReadAsync(ledger, names.Sink, after, limit, reason, given), cancellationToken);

    /// <inheritdoc/>
    public async Task<ReplayAnswer> ReplayAsync(long? job, ReplayRequest request, CancellationToken cancellationToken)
    {
        if (job is { } number)
        {
            Find(number);
        }

        var letters = await _patience.AskAsync(given => DeadLetterPages.ChooseAsync(ledger, names.Sink, request, given), cancellationToken).ConfigureAwait(false);
        var documents = letters.Select(static letter => letter.Document).Distinct().Count();
        if (documents == 0)
        {
            return new ReplayAnswer(0, [], "There are no such dead letters.");
        }

        var replay = jobs.Enqueue(id => new LocalJob(id, string.Create(CultureInfo.InvariantCulture, $"replay of {documents:N0} documents"), "replay", names, time) { Letters = [.. letters.Select(static letter => letter.Id)] });
        var waits = replay.State == "queued" && jobs.Shown is { } first && first != replay ? string.Create(CultureInfo.InvariantCulture, $", after job {first.Id}") : "";
        return new ReplayAnswer(documents, [replay.Id], string.Create(CultureInfo.InvariantCulture, $"{CountText.Documents(documents, " is", " are")} tried again in job {replay.Id}{waits}."));
    }

    /// <inheritdoc/>
    public Task<SearchAnswer> SearchAsync(long? job, string question, SearchMode? mode, int limit, string? uriGlob, CancellationToken cancellationToken) =>
        search.AskAsync(question, mode, limit, uriGlob, cancellationToken);

    /// <inheritdoc/>
    public Task<(bool Ready, string State)> CheckAsync(CancellationToken cancellationToken) => Task.FromResult((true, "up"));

    private static RunWatch Idle(RunNames names, TimeProvider time)
    {
        var watch = new RunWatch(names, time);
        watch.StandStill("Nothing runs.");
        return watch;
    }

    private LocalJob Find(long job) => jobs.All.FirstOrDefault(known => known.Id == job) ?? throw ApiException.NoJob(job);

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

    private async Task<long?> CountLettersAsync(CancellationToken cancellationToken)
    {
        if (_letters is { } known && time.GetElapsedTime(known.At) < s_countPause + (100 * known.Took))
        {
            return known.Count;
        }

        var start = time.GetTimestamp();
        try
        {
            var count = await DeadLetterPages.CountAsync(ledger, names.Sink, cancellationToken).ConfigureAwait(false);
            _letters = (count, time.GetTimestamp(), time.GetElapsedTime(start));
            return count;
        }
        catch (TransientException)
        {
            return _letters?.Count; // Not known for now; the job's own notices say why.
        }
    }

    private NodeView Node()
    {
        var job = jobs.Shown;
        var view = (job is { HasEnded: false } ? job.Watch : _idle).Read();
        var rates = view.Throughput;
        return new NodeView(
            "local",
            "up",
            ["coordinate", "parse", "embed", "index", "api"],
            view.Pipeline.Model?.Device ?? "cpu",
            ApiRoutes.Program,
            0,
            time.GetUtcNow(),
            ProcessMemory.Resident,
            view.Pipeline.Stages[1].Rate,
            rates.ChunksPerSecond,
            rates.TokensPerSecond,
            rates.VectorsPerSecond,
            job is { HasEnded: false } ? [job.Id] : [],
            [.. view.Pipeline.Links.Where(static link => link.Bound is not null).Select(static link => new QueueView(link.Name, link.Unit, link.Fill, link.Bound!.Value))],
            CanDrain: false);
    }
}
