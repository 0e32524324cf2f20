using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Composition;

/// <summary>The accounting of a run over all its sources.</summary>
/// <param name="Accounting">Documents by outcome.</param>
internal sealed record IngestionResult(Accounting Accounting)
{
    /// <summary>Documents removed because they are gone from their source.</summary>
    public long Removed { get; init; }

    /// <summary>Documents that are gone and were kept, because they are more than may go without being asked about.</summary>
    public long Withheld { get; init; }

    /// <summary>Chunks embedded.</summary>
    public long ChunksEmbedded { get; init; }

    /// <summary>Chunks that were not embedded because their vectors were there: in place, or with an equal document (a renamed one).</summary>
    public long ChunksReused { get; init; }

    /// <summary>Those of <see cref="ChunksReused"/> that were copied from an equal document.</summary>
    public long ChunksCopied { get; init; }

    /// <summary>Chunks deleted.</summary>
    public long ChunksDeleted { get; init; }

    /// <summary>Tokens embedded, padding left out.</summary>
    public long Tokens { get; init; }

    /// <summary>Tokens embedded, padding included.</summary>
    public long PaddedTokens { get; init; }

    /// <summary>Most padded tokens of a batch in the last run, as given or as found; 0 where it is not one machine's.</summary>
    public int BatchTokens { get; init; }

    /// <summary>Time it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Whether it was stopped before its end.</summary>
    public bool Stopped { get; init; }

    /// <summary>Time the model ran, and time it waited because no chunks were ready.</summary>
    public (TimeSpan Busy, TimeSpan Starved) Model { get; init; }

    /// <summary>What a person should know: an incomplete walk, documents that were not removed.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Adds a run of the engine.</summary>
    /// <param name="report">Its report.</param>
    /// <returns>The sum.</returns>
    public IngestionResult Plus(Actors.Core.IngestionReport report) => new(Add(Accounting, report.Accounting))
    {
        Removed = Removed + report.Removed,
        Withheld = Withheld + report.Withheld,
        ChunksEmbedded = ChunksEmbedded + report.Chunks.Embedded,
        ChunksReused = ChunksReused + report.Chunks.Kept + report.Chunks.Reused,
        ChunksCopied = ChunksCopied + report.Chunks.Reused,
        ChunksDeleted = ChunksDeleted + report.Chunks.Deleted,
        Tokens = Tokens + report.Embedding.Tokens,
        PaddedTokens = PaddedTokens + report.Embedding.PaddedTokens,
        BatchTokens = report.Embedding.BatchTokens,
        Elapsed = Elapsed + report.Elapsed,
        Model = (Model.Busy + report.Embedding.Busy, Model.Starved + report.Embedding.Starved),
        Stopped = report.Interrupted,
        Warnings = [.. Warnings, .. report.Warnings],
    };

    /// <summary>Adds the accountings of two runs.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>Their sum.</returns>
    public static Accounting Add(Accounting left, Accounting right) => left.Plus(right);
}
