using System.Text.Json;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Composition;

/// <summary>A job of a cluster, followed through the job store as if it ran here.</summary>
internal sealed class ClusterIngestion(IJobStore jobs, long job, TimeProvider time) : IIngestion
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(500);
    private volatile JobRecord? _record;

    /// <summary>The job as it was last read.</summary>
    public JobRecord? Record => _record;

    /// <summary>Follows the job until it ends, or <paramref name="stop"/> is cancelled: the job goes on then.</summary>
    /// <param name="stop">Stops following.</param>
    /// <returns>How it stands at that moment.</returns>
    /// <exception cref="StorageException">The job failed; the message says why.</exception>
    public async Task<IngestionResult> RunAsync(CancellationToken stop)
    {
        while (true)
        {
            _record = await jobs.FindAsync(job, CancellationToken.None).ConfigureAwait(false) ?? throw new ConfigurationException($"There is no job {job}; `sluice job list` shows them.");
            if (_record.HasEnded || stop.IsCancellationRequested)
            {
                return _record.State == JobState.Failed
                    ? throw new StorageException($"Job {job} failed: {_record.Reason}")
                    : Result(_record, time.GetUtcNow(), stopped: _record.State != JobState.Done);
            }

            await Task.Delay(s_period, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public IngestionProgress Snapshot() => _record is { } record ? JobProgressView.Of(record, jobs.Trouble) : new IngestionProgress();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static IngestionResult Result(JobRecord record, DateTimeOffset now, bool stopped)
    {
        var elapsed = (record.Ended ?? now) - (record.Began ?? record.Submitted);
        if (record.Progress is null)
        {
            return new IngestionResult(JobView.NoDocuments) { Stopped = stopped, Elapsed = elapsed };
        }

        using var document = JsonDocument.Parse(record.Progress);
        var view = new JobView(document.RootElement);
        return new IngestionResult(view.Documents)
        {
            ChunksEmbedded = view.Count(JobCounts.Embedded),
            ChunksReused = view.Count(JobCounts.Kept) + view.Count(JobCounts.Reused),
            ChunksCopied = view.Count(JobCounts.Reused),
            ChunksDeleted = view.Count(JobCounts.Deleted),
            Tokens = view.Count(JobCounts.Tokens),
            PaddedTokens = view.Count(JobCounts.PaddedTokens),
            Elapsed = elapsed,
            Stopped = stopped,
            Warnings = [.. view.Notices],
        };
    }
}
