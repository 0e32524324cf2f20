using Sluice.Actors.Core;
using Sluice.Streams.Monitoring;

namespace Sluice.Cluster.Nodes;

/// <summary>Names of what is counted, and how to read it off a job's meters.</summary>
internal static class JobCounts
{
    public const string Parsed = "chunks.parsed";
    public const string Kept = "chunks.kept";
    public const string Reused = "chunks.reused";
    public const string Embedded = "chunks.embedded";
    public const string Stored = "chunks.stored";
    public const string Deleted = "chunks.deleted";
    public const string Tokens = "tokens";
    public const string PaddedTokens = "tokens.padded";
    public const string Batches = "batches";
    public const string Indexed = "documents.indexed";
    public const string Unchanged = "documents.unchanged";
    public const string Skipped = "documents.skipped";
    public const string Dead = "documents.dead";
    public const string EmbedBusy = "embed.busy.ms";
    public const string EmbedStarved = "embed.starved.ms";
    public const string ParseBusy = "parse.busy.ms";
    public const string IndexBusy = "index.busy.ms";
    public const string ParseRoom = "parse.room.ms";
    public const string EmbedRoom = "embed.room.ms";

    /// <summary>Unit of the gauges that tell how many workers a stage has.</summary>
    public const string WorkersUnit = "workers";

    /// <summary>What the counts of durations begin with, before stage and bucket: <c>took.parse.12</c>.</summary>
    public const string Took = "took.";

    /// <summary>Reads them all; those that are 0 are left out.</summary>
    /// <param name="meters">The meters.</param>
    /// <param name="vectors">What vectors wait in for other nodes; null where this node indexes itself.</param>
    public static Dictionary<string, long> Read(IngestionMeters meters, BufferGauge? vectors = null)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal)
        {
            [Parsed] = meters.Parsed.Items,
            [Kept] = meters.Kept.Items,
            [Reused] = meters.Reused.Items,
            [Embedded] = meters.Embed.Embedded.Items,
            [Stored] = meters.Stored.Items,
            [Deleted] = meters.Deleted.Items,
            [Tokens] = meters.Embed.Embedded.Weight,
            [PaddedTokens] = meters.Embed.Padded.Weight,
            [Batches] = meters.Embed.Padded.Items,
            [Indexed] = meters.Indexed.Items,
            [Unchanged] = meters.Unchanged.Items,
            [Skipped] = meters.Skipped.Items,
            [Dead] = meters.Dead.Items,
            [EmbedBusy] = (long)meters.Inference.Busy.TotalMilliseconds,
            [EmbedStarved] = (long)meters.Embed.Starved.Busy.TotalMilliseconds,
            [ParseBusy] = (long)meters.Parsed.Busy.TotalMilliseconds,
            [IndexBusy] = (long)meters.Stored.Busy.TotalMilliseconds,
            [ParseRoom] = (long)meters.Parsed.RoomWait.TotalMilliseconds,
            [EmbedRoom] = (long)(vectors ?? meters.SinkBuffer).Full.TotalMilliseconds,
        };
        AddDurations(counts, "parse", meters.Parsed);
        AddDurations(counts, "embed", meters.Inference);
        AddDurations(counts, "index", meters.Stored);
        foreach (var (name, count) in counts)
        {
            if (count == 0)
            {
                counts.Remove(name);
            }
        }

        return counts;
    }

    /// <summary>The workers of the stages, as gauges.</summary>
    public static IEnumerable<GaugeReport> Workers(IngestionMeters meters)
    {
        (string Stage, int Count)[] stages = [("parse", meters.Parsed.Workers), ("embed", meters.Inference.Workers), ("index", meters.Stored.Workers)];
        return stages.Where(static stage => stage.Count > 0).Select(static stage => new GaugeReport($"{stage.Stage}.workers", stage.Count, stage.Count, WorkersUnit));
    }

    private static void AddDurations(Dictionary<string, long> counts, string stage, StageMeter meter)
    {
        var durations = meter.Durations.Read();
        for (var bucket = 0; bucket < durations.Length; bucket++)
        {
            if (durations[bucket] > 0)
            {
                counts[string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Took}{stage}.{bucket}")] = durations[bucket];
            }
        }
    }
}
