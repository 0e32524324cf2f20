namespace Sluice.Streams.Ledger;

/// <summary>
/// The jobs of a cluster, kept beside its ledger: what was asked for, what became of it. People write wishes; the one coordinator writes states. Safe for concurrent
/// use.
/// </summary>
public interface IJobStore : IAsyncDisposable
{
    /// <summary>What keeps its calls waiting, in words, while they wait for a server that does not answer; null otherwise.</summary>
    string? Trouble => null;

    /// <summary>Creates or migrates the schema.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is ready.</returns>
    /// <exception cref="Failures.StorageException">It cannot be reached or written, or was made by a newer Sluice.</exception>
    Task InitializeAsync(CancellationToken cancellationToken);

    /// <summary>Adds a job; the coordinator finds it.</summary>
    /// <param name="submission">What is asked for.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Its number, from 1.</returns>
    Task<long> SubmitAsync(JobSubmission submission, CancellationToken cancellationToken);

    /// <summary>Lists jobs, latest first.</summary>
    /// <param name="unendedOnly">Whether to leave out those that ended.</param>
    /// <param name="limit">Most to return.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The jobs.</returns>
    Task<IReadOnlyList<JobRecord>> ListAsync(bool unendedOnly, int limit, CancellationToken cancellationToken);

    /// <summary>Finds a job.</summary>
    /// <param name="job">Its number.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The job; null when there is none.</returns>
    Task<JobRecord?> FindAsync(long job, CancellationToken cancellationToken);

    /// <summary>Says what is wanted of a job that has not ended. One that failed, or runs and waits for something, may be wished to run: it is queued again, and goes on from where it stands.</summary>
    /// <param name="job">Its number.</param>
    /// <param name="wish">The wish; replaces an earlier one.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False when there is no such job or it has ended for good.</returns>
    Task<bool> WishAsync(long job, JobWish wish, CancellationToken cancellationToken);

    /// <summary>Adds settings to those of a job that has not ended, or failed; they are read when it is taken up the next time.</summary>
    /// <param name="job">Its number.</param>
    /// <param name="settings">HOCON, laid over what the job has.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False when there is no such job or it has ended for good.</returns>
    Task<bool> AmendAsync(long job, string settings, CancellationToken cancellationToken);

    /// <summary>Changes a job's weight while it has not ended.</summary>
    /// <param name="job">Its number.</param>
    /// <param name="weight">1 to 1,000.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False when there is no such job or it has ended.</returns>
    Task<bool> WeighAsync(long job, int weight, CancellationToken cancellationToken);

    /// <summary>Takes the office of the coordinator. Whoever had it is refused from here on, also one that stood still and goes on later.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The epoch, which rises each time: to be given with everything that the coordinator writes.</returns>
    Task<long> CoordinateAsync(CancellationToken cancellationToken);

    /// <summary>Whether a coordinator has its office still.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False when another one has taken over.</returns>
    Task<bool> IsCoordinatorAsync(long epoch, CancellationToken cancellationToken);

    /// <summary>Writes a job's state. The coordinator's call.</summary>
    /// <param name="epoch">The coordinator's epoch.</param>
    /// <param name="job">Its number.</param>
    /// <param name="state">Its state; an ended one also sets the time it ended.</param>
    /// <param name="sourcesDone">Sources that were walked and processed to their end.</param>
    /// <param name="reason">Why it failed or stands still, in words; null otherwise.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    /// <exception cref="Failures.SupersededException">Another coordinator has taken over; nothing is written.</exception>
    Task SaveAsync(long epoch, long job, JobState state, int sourcesDone, string? reason, CancellationToken cancellationToken);

    /// <summary>Writes how far a job is. The coordinator's call, about once a second.</summary>
    /// <param name="epoch">The coordinator's epoch.</param>
    /// <param name="job">Its number.</param>
    /// <param name="progress">JSON, at most some kilobytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is stored.</returns>
    /// <exception cref="Failures.SupersededException">Another coordinator has taken over; nothing is written.</exception>
    Task ReportAsync(long epoch, long job, string progress, CancellationToken cancellationToken);

    /// <summary>Waits until a job is submitted or wished something, or <paramref name="longest"/> has passed.</summary>
    /// <param name="longest">Longest wait.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When there may be news.</returns>
    Task WaitForNewsAsync(TimeSpan longest, CancellationToken cancellationToken);
}
