using System.Globalization;
using System.Text.Json;
using Sluice.Actors.Core;
using Sluice.Cluster.Nodes;
using Sluice.Streams.Ledger;
using Sluice.Streams.Monitoring;

namespace Sluice.Hosting.Composition;

/// <summary>Reads what a coordinator wrote about a job as the progress of an ingestion, so that both are looked at in the same way.</summary>
internal static class JobProgressView
{
    /// <summary>Reads it.</summary>
    /// <param name="record">The job.</param>
    /// <param name="trouble">What keeps the job store from answering, in words; null for nothing.</param>
    /// <returns>The progress.</returns>
    public static IngestionProgress Of(JobRecord record, string? trouble)
    {
        if (record.Progress is not { } json)
        {
            var waits = record.State == JobState.Queued ? "the job waits for a coordinator to take it up" : record.Reason;
            return new IngestionProgress { Notice = waits, Notices = waits is null ? [] : [waits] };
        }

        using var document = JsonDocument.Parse(json);
        var view = new JobView(document.RootElement);
        var documents = view.Documents;
        string[] notices = [.. view.Notices, .. new[] { trouble }.OfType<string>()];
        return new IngestionProgress
        {
            Stages =
            [
                Stage(view, "parse", JobCounts.Parsed, "in-flight", JobCounts.ParseBusy, JobCounts.ParseRoom),
                Stage(view, "embed", JobCounts.Embedded, "packing", JobCounts.EmbedBusy, JobCounts.EmbedRoom),
                Stage(view, "index", JobCounts.Stored, "sink", JobCounts.IndexBusy, null),
            ],
            Source = new StageProgress("source", "documents", documents.Discovered, 0, 0, "documents") { Workers = view.Listed || record.HasEnded ? 0 : 1 },
            SourceIndex = record.SourcesDone,
            Discovered = documents.Discovered,
            ListingComplete = record.HasEnded || (view.Listed && record.SourcesDone >= record.Submission.Sources.Count - 1),
            Indexed = documents.Indexed,
            Unchanged = documents.Unchanged,
            Skipped = documents.Skipped.Values.Sum(),
            Dead = documents.Dead.Values.Sum(),
            ChunksEmbedded = view.Count(JobCounts.Embedded),
            Chunks = new ChunkCounts(
                view.Count(JobCounts.Parsed), view.Count(JobCounts.Embedded), view.Count(JobCounts.Reused), view.Count(JobCounts.Kept), view.Count(JobCounts.Stored), view.Count(JobCounts.Deleted)),
            Tokens = view.Count(JobCounts.Tokens),
            PaddedTokens = view.Count(JobCounts.PaddedTokens),
            Notice = record.State == JobState.Paused ? "the job is paused" : notices.FirstOrDefault(),
            Notices = notices,
            Standing = record.State == JobState.Paused,
        };
    }

    private static StageProgress Stage(JobView view, string name, string count, string gauge, string busy, string? room)
    {
        var (fill, bound, unit) = view.Gauge(gauge);
        var durations = new long[DurationHistogram.Buckets];
        for (var bucket = 0; bucket < durations.Length; bucket++)
        {
            durations[bucket] = view.Count(string.Create(CultureInfo.InvariantCulture, $"{JobCounts.Took}{name}.{bucket}"));
        }

        return new StageProgress(name, "chunks", view.Count(count), fill, bound, unit)
        {
            Busy = TimeSpan.FromMilliseconds(view.Count(busy)),
            RoomWait = room is null ? TimeSpan.Zero : TimeSpan.FromMilliseconds(view.Count(room)),
            Workers = (int)view.Gauge($"{name}.workers").Fill,
            Durations = durations,
        };
    }
}
