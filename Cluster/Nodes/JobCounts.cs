using Sluice.Actors.Core;

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

    /// <summary>Reads them all; those that are 0 are left out.</summary>
    public static Dictionary<string, long> Read(IngestionMeters meters)
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
        };
        foreach (var (name, count) in counts)
        {
            if (count == 0)
            {
                counts.Remove(name);
            }
        }

        return counts;
    }
}
