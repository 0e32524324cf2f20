namespace Sluice.Hosting.Http.Contract;

/// <summary>A job in a list, and the data of the event <c>job</c>.</summary>
/// <param name="Id">Its number: of the cluster, or, on one machine, of this process.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Kind">ingest, or replay (of dead letters).</param>
/// <param name="State">queued, running, pausing, paused, stopping, done, cancelled or failed.</param>
/// <param name="Wish">run, pause or cancel: what was asked for last.</param>
/// <param name="Weight">Its share against other jobs; 1 to 1,000. Always 10 on one machine, where jobs run one after the other.</param>
/// <param name="Sources">Its sources, without secrets.</param>
/// <param name="Submitted">When it was submitted, UTC.</param>
/// <param name="Began">When it began; null before.</param>
/// <param name="Ended">When it ended; null before.</param>
/// <param name="Documents">Where its documents are.</param>
/// <param name="Reason">Why it failed or stands still, in words; null otherwise.</param>
/// <param name="CanResume">Whether it is paused, or failed and can go on.</param>
/// <param name="Withheld">Documents that are gone from its source and that it does not remove unasked; resumed with <c>prune=true</c> it does. 0 for none.</param>
internal sealed record JobSummary(
    long Id,
    string Name,
    string Kind,
    string State,
    string Wish,
    int Weight,
    IReadOnlyList<string> Sources,
    DateTimeOffset Submitted,
    DateTimeOffset? Began,
    DateTimeOffset? Ended,
    DocumentsView Documents,
    string? Reason,
    bool CanResume = false,
    long Withheld = 0);

/// <summary>The answer of <c>GET /api/v1/jobs</c>.</summary>
/// <param name="Items">Jobs, latest first; at most 200.</param>
internal sealed record JobList(IReadOnlyList<JobSummary> Items);

/// <summary>The answer of <c>GET /api/v1/jobs/{id}</c>.</summary>
/// <param name="Job">The job.</param>
/// <param name="Pipeline">Its stages.</param>
/// <param name="Throughput">How fast it is.</param>
/// <param name="Padding">Tokens computed.</param>
/// <param name="Chunks">What became of its chunks.</param>
/// <param name="Estimate">When it will be done.</param>
/// <param name="Nodes">Nodes that work on it.</param>
/// <param name="Notices">What keeps it waiting, in words.</param>
/// <param name="Warnings">What a person should know of how it ended.</param>
internal sealed record JobDetail(
    JobSummary Job,
    PipelineView Pipeline,
    ThroughputView Throughput,
    PaddingView Padding,
    ChunksView Chunks,
    EstimateView Estimate,
    IReadOnlyList<NodeView> Nodes,
    IReadOnlyList<string> Notices,
    IReadOnlyList<string> Warnings);

/// <summary>The body of <c>POST /api/v1/jobs</c>.</summary>
/// <param name="Sources">Locations, absolute: paths, http(s):// or s3:// URIs; 1 to 100. Only those that the server allows.</param>
/// <param name="Name">What people call it; null for the sources' names.</param>
/// <param name="Weight">Its share against other jobs, 1 to 1,000; null for 10.</param>
/// <param name="Settings">Settings of it alone; keys of <c>akka.hocon</c> below <c>sluice</c>, of a short list: source.include, source.exclude, source.hidden, chunking.size, chunking.overlap, parsing.ocr.mode, prune. Null for none.</param>
/// <param name="Confirm">Agrees to embed documents again whose chunking or parsing changed, and to remove all of a source that holds no documents any more. False: the former is refused with 409, the latter not done.</param>
internal sealed record JobRequest(IReadOnlyList<string>? Sources, string? Name = null, int? Weight = null, IReadOnlyDictionary<string, string>? Settings = null, bool Confirm = false);
