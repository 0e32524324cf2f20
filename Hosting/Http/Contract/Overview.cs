namespace Sluice.Hosting.Http.Contract;

/// <summary>What one sees at a glance: the answer of <c>GET /api/v1/overview</c>, and the data of the event <c>overview</c>.</summary>
/// <param name="Sequence">Rises with each snapshot of this process.</param>
/// <param name="At">When it was taken, UTC.</param>
/// <param name="Mode">machine or cluster.</param>
/// <param name="State">idle, running, pausing, paused, stopping, done, cancelled or failed: that of the job shown.</param>
/// <param name="Job">The job that the pipeline, the documents and the estimate are of: the one that runs, else the last one; null when there was none.</param>
/// <param name="Pipeline">Stages and what joins them.</param>
/// <param name="Throughput">How fast, over the last 10 seconds.</param>
/// <param name="Padding">What the model computes for nothing.</param>
/// <param name="Documents">Where every document is.</param>
/// <param name="Chunks">What became of the chunks.</param>
/// <param name="Estimate">When it will be done.</param>
/// <param name="Process">Memory and processor of this process.</param>
/// <param name="Gpus">GPUs that this machine has; empty for none.</param>
/// <param name="Nodes">How many nodes there are.</param>
/// <param name="DeadLetters">Dead letters of the database; null when that is not known.</param>
/// <param name="Notices">What holds the work up right now, in words.</param>
internal sealed record Overview(
    long Sequence,
    DateTimeOffset At,
    string Mode,
    string State,
    JobSummary? Job,
    PipelineView Pipeline,
    ThroughputView Throughput,
    PaddingView Padding,
    DocumentsView Documents,
    ChunksView Chunks,
    EstimateView Estimate,
    ProcessView Process,
    IReadOnlyList<GpuView> Gpus,
    NodeCounts Nodes,
    long? DeadLetters,
    IReadOnlyList<string> Notices);

/// <summary>How fast work goes. All of them a second, over the last 10 seconds.</summary>
/// <param name="DocumentsPerSecond">Documents settled.</param>
/// <param name="ChunksPerSecond">Chunks embedded.</param>
/// <param name="TokensPerSecond">Tokens embedded, padding left out.</param>
/// <param name="VectorsPerSecond">Vectors the database committed.</param>
internal sealed record ThroughputView(double DocumentsPerSecond, double ChunksPerSecond, double TokensPerSecond, double VectorsPerSecond);

/// <summary>Tokens the model computed, over the whole job.</summary>
/// <param name="Tokens">Without padding.</param>
/// <param name="PaddedTokens">With padding.</param>
/// <param name="Waste">Share of the computed tokens that was padding, 0 to 1.</param>
internal sealed record PaddingView(long Tokens, long PaddedTokens, double Waste);

/// <summary>The accounting: discovered = indexed + unchanged + skipped + dead + pending.</summary>
/// <param name="Discovered">Documents listed so far.</param>
/// <param name="ListingComplete">Whether that is all of them.</param>
/// <param name="Indexed">Processed in this job, all chunks in the database.</param>
/// <param name="Unchanged">Indexed before, and the same as then.</param>
/// <param name="Skipped">Left out with a reason.</param>
/// <param name="Dead">Failed for good.</param>
/// <param name="Pending">Not settled yet.</param>
/// <param name="Balances">Whether the equation holds.</param>
/// <param name="SkippedByReason">Skipped ones by reason; empty where the reasons are not known while the job runs.</param>
/// <param name="DeadByReason">Dead ones by reason; empty where the reasons are not known while the job runs.</param>
internal sealed record DocumentsView(
    long Discovered,
    bool ListingComplete,
    long Indexed,
    long Unchanged,
    long Skipped,
    long Dead,
    long Pending,
    bool Balances,
    IReadOnlyDictionary<string, long> SkippedByReason,
    IReadOnlyDictionary<string, long> DeadByReason);

/// <summary>What became of the chunks.</summary>
/// <param name="Parsed">Cut from documents.</param>
/// <param name="Embedded">Run through the model.</param>
/// <param name="Reused">Given the vectors of an equal document.</param>
/// <param name="Kept">In the database already.</param>
/// <param name="Stored">Committed by the database in this job.</param>
/// <param name="Deleted">Deleted because their text, or their document, is gone.</param>
internal sealed record ChunksView(long Parsed, long Embedded, long Reused, long Kept, long Stored, long Deleted);

/// <summary>When the job will be done.</summary>
/// <param name="SecondsLeft">Seconds; null while that cannot be said.</param>
/// <param name="EndsAt">When that is, UTC; null with it.</param>
/// <param name="Basis">What the estimate rests on, or why there is none, in words.</param>
internal sealed record EstimateView(double? SecondsLeft, DateTimeOffset? EndsAt, string Basis);

/// <summary>The process that answers.</summary>
/// <param name="UptimeSeconds">Seconds since it started.</param>
/// <param name="ResidentBytes">Resident memory now.</param>
/// <param name="PeakResidentBytes">The most it ever was.</param>
/// <param name="ManagedBytes">Of it, the managed heap.</param>
/// <param name="LimitBytes">What it may use: the container's limit, else the machine's memory.</param>
/// <param name="CpuShare">Share of all processors it used over the last seconds, 0 to 1.</param>
/// <param name="Processors">Processors it may use.</param>
internal sealed record ProcessView(double UptimeSeconds, long ResidentBytes, long PeakResidentBytes, long ManagedBytes, long LimitBytes, double CpuShare, int Processors);

/// <summary>A GPU as nvidia-smi tells it.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Utilization">Share of time in which it computed, 0 to 1.</param>
/// <param name="MemoryUsedBytes">Memory in use.</param>
/// <param name="MemoryTotalBytes">All its memory.</param>
internal sealed record GpuView(int Index, string Name, double Utilization, long MemoryUsedBytes, long MemoryTotalBytes);

/// <summary>How many nodes there are.</summary>
/// <param name="Total">All that are known, lost ones included.</param>
/// <param name="Lost">Lost ones.</param>
/// <param name="Draining">Leaving ones.</param>
internal sealed record NodeCounts(int Total, int Lost, int Draining);
