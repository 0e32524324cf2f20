using Sluice.Hosting.Http.Contract;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Http;

/// <summary>What the API stands on: one machine, or a cluster. Safe for concurrent use.</summary>
internal interface IControlRoom
{
    /// <summary>machine or cluster.</summary>
    string Mode { get; }

    /// <summary>Whether jobs can be submitted here.</summary>
    bool CanSubmit { get; }

    /// <summary>All at a glance. Sequence and time are filled in by whoever asks.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The overview.</returns>
    Task<Overview> OverviewAsync(CancellationToken cancellationToken);

    /// <summary>Lists jobs, latest first.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The jobs.</returns>
    Task<JobList> ListJobsAsync(CancellationToken cancellationToken);

    /// <summary>Shows a job.</summary>
    /// <param name="job">Its number.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The job.</returns>
    /// <exception cref="ApiException">There is none.</exception>
    Task<JobDetail> FindJobAsync(long job, CancellationToken cancellationToken);

    /// <summary>Begins a job.</summary>
    /// <param name="request">What is asked for; checked here.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The job.</returns>
    /// <exception cref="ApiException">It is not allowed, or not a job.</exception>
    Task<JobSummary> SubmitAsync(JobRequest request, CancellationToken cancellationToken);

    /// <summary>Says what is wanted of a job.</summary>
    /// <param name="job">Its number.</param>
    /// <param name="wish">The wish.</param>
    /// <param name="prune">Whether the job may remove what is gone, however much that is; only where it is to run.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The job as it stands.</returns>
    /// <exception cref="ApiException">There is none, or it has ended.</exception>
    Task<JobSummary> WishAsync(long job, JobWish wish, bool prune, CancellationToken cancellationToken);

    /// <summary>Lists nodes.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The nodes.</returns>
    Task<NodeList> ListNodesAsync(CancellationToken cancellationToken);

    /// <summary>Lets a node finish and leave.</summary>
    /// <param name="node">Its id.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The node.</returns>
    /// <exception cref="ApiException">There is none, or it cannot be drained.</exception>
    Task<NodeView> DrainAsync(string node, CancellationToken cancellationToken);

    /// <summary>Lists dead letters.</summary>
    /// <param name="job">Those of the database this job writes to; null for the configured one.</param>
    /// <param name="after">Number of the last letter of the page before.</param>
    /// <param name="limit">Most to return.</param>
    /// <param name="reason">Only those of this reason; null for all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The page.</returns>
    Task<DeadLetterPage> ListDeadLettersAsync(long? job, long after, int limit, string? reason, CancellationToken cancellationToken);

    /// <summary>Tries dead letters again.</summary>
    /// <param name="job">Those of the database this job writes to; null for the configured one.</param>
    /// <param name="request">Which; checked by the caller.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it led to.</returns>
    Task<ReplayAnswer> ReplayAsync(long? job, ReplayRequest request, CancellationToken cancellationToken);

    /// <summary>Searches.</summary>
    /// <param name="job">In the database this job writes to; null for the configured one.</param>
    /// <param name="question">The question.</param>
    /// <param name="mode">How; null for the configured way.</param>
    /// <param name="limit">Most hits.</param>
    /// <param name="uriGlob">Only documents that match; null for all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The hits.</returns>
    Task<SearchAnswer> SearchAsync(long? job, string question, SearchMode? mode, int limit, string? uriGlob, CancellationToken cancellationToken);

    /// <summary>Whether it can do its work.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>True when ready, and how it is in words.</returns>
    Task<(bool Ready, string State)> CheckAsync(CancellationToken cancellationToken);
}
