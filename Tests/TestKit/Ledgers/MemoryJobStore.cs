using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.TestKit.Ledgers;

/// <summary>Jobs in memory, shared by the nodes of one process.</summary>
public sealed class MemoryJobStore(TimeProvider time) : IJobStore
{
    private readonly SortedDictionary<long, JobRecord> _jobs = [];
    private readonly Lock _lock = new();
    private long _epoch;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task InitializeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<long> SubmitAsync(JobSubmission submission, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var id = _jobs.Count + 1L;
            _jobs[id] = new JobRecord(id, submission, JobState.Queued, JobWish.Run, 0, time.GetUtcNow());
            Tell_NeedsLock();
            return Task.FromResult(id);
        }
    }

    public Task<IReadOnlyList<JobRecord>> ListAsync(bool unendedOnly, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<JobRecord>>([.. _jobs.Values.Where(job => !unendedOnly || !job.HasEnded).Reverse().Take(limit)]);
        }
    }

    public Task<JobRecord?> FindAsync(long job, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_jobs.GetValueOrDefault(job));
        }
    }

    public Task<bool> WishAsync(long job, JobWish wish, CancellationToken cancellationToken) => ChangeAsync(
        job, record => record with { Wish = wish, State = wish == JobWish.Run && record.State is JobState.Failed or JobState.Running ? JobState.Queued : record.State, Ended = null, Reason = null }, fromFailed: wish == JobWish.Run);

    public Task<bool> AmendAsync(long job, string settings, CancellationToken cancellationToken) => ChangeAsync(
        job, record => record with { Submission = record.Submission with { Settings = record.Submission.Settings.EndsWith(settings, StringComparison.Ordinal) ? record.Submission.Settings : record.Submission.Settings + "\n" + settings } }, fromFailed: true);

    public Task<bool> WeighAsync(long job, int weight, CancellationToken cancellationToken) =>
        ChangeAsync(job, record => record with { Submission = record.Submission with { Weight = weight } });

    public Task<long> CoordinateAsync(CancellationToken cancellationToken) => Task.FromResult(Interlocked.Increment(ref _epoch));

    public Task<bool> IsCoordinatorAsync(long epoch, CancellationToken cancellationToken) => Task.FromResult(Interlocked.Read(ref _epoch) == epoch);

    public Task SaveAsync(long epoch, long job, JobState state, int sourcesDone, string? reason, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Require(epoch);
            var record = _jobs[job];
            _jobs[job] = record with
            {
                State = state,
                SourcesDone = sourcesDone,
                Reason = reason,
                Began = record.Began ?? time.GetUtcNow(),
                Ended = state >= JobState.Done ? time.GetUtcNow() : null,
            };
        }

        return Task.CompletedTask;
    }

    public Task ReportAsync(long epoch, long job, string progress, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Require(epoch);
            _jobs[job] = _jobs[job] with { Progress = progress, Reported = time.GetUtcNow() };
        }

        return Task.CompletedTask;
    }

    public async Task WaitForNewsAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        Task news;
        lock (_lock)
        {
            news = _news.Task;
        }

        await Task.WhenAny(news, Task.Delay(longest, time, cancellationToken));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Require(long epoch)
    {
        if (Interlocked.Read(ref _epoch) != epoch)
        {
            throw new SupersededException("Another coordinator has taken over the jobs.");
        }
    }

    private Task<bool> ChangeAsync(long job, Func<JobRecord, JobRecord> change, bool fromFailed = false)
    {
        lock (_lock)
        {
            if (!_jobs.TryGetValue(job, out var record) || (record.HasEnded && !(fromFailed && record.State == JobState.Failed)))
            {
                return Task.FromResult(false);
            }

            _jobs[job] = change(record);
            Tell_NeedsLock();
            return Task.FromResult(true);
        }
    }

    private void Tell_NeedsLock()
    {
        _news.TrySetResult();
        _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
