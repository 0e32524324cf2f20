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

    public IngestionProgress Snapshot()
    {
        if (_record is not { Progress: { } json } record)
        {
            return new IngestionProgress { Notice = _record?.State == JobState.Queued ? "the job waits for a coordinator to take it up" : _record?.Reason };
        }

        using var document = JsonDocument.Parse(json);
        var view = new JobView(document.RootElement);
        return new IngestionProgress
        {
            Stages =
            [
                Stage(view, "parse", JobCounts.Parsed, "in-flight"),
                Stage(view, "embed", JobCounts.Embedded, "packing"),
                Stage(view, "index", JobCounts.Stored, "sink"),
            ],
            Discovered = view.Documents.Discovered,
            ListingComplete = false,
            Indexed = view.Documents.Indexed,
            Unchanged = view.Documents.Unchanged,
            Skipped = view.Documents.Skipped.Values.Sum(),
            Dead = view.Documents.Dead.Values.Sum(),
            ChunksEmbedded = view.Count(JobCounts.Embedded),
            Tokens = view.Count(JobCounts.Tokens),
            PaddedTokens = view.Count(JobCounts.PaddedTokens),
            Notice = record.State == JobState.Paused ? "the job is paused" : view.Notices.FirstOrDefault() ?? jobs.Trouble,
        };
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static StageProgress Stage(JobView view, string name, string count, string gauge)
    {
        var (fill, bound, unit) = view.Gauge(gauge);
        return new StageProgress(name, "chunks", view.Count(count), fill, bound, unit);
    }

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
