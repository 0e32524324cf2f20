using Sluice.Actors.Core;

namespace Sluice.Hosting.Composition;

/// <summary>A running ingestion at one moment. Counts rise from its beginning.</summary>
internal sealed record IngestionProgress
{
    /// <summary>The stages parse, embed and index, in the order of the data's way.</summary>
    public IReadOnlyList<StageProgress> Stages { get; init; } = [];

    /// <summary>The walk of the sources.</summary>
    public StageProgress Source { get; init; } = new("source", "documents", 0, 0, 0, "documents");

    /// <summary>Which source is being walked, from 0.</summary>
    public int SourceIndex { get; init; }

    /// <summary>Documents listed.</summary>
    public long Discovered { get; init; }

    /// <summary>Whether all sources are listed to their end, so that <see cref="Discovered"/> is final.</summary>
    public bool ListingComplete { get; init; }

    /// <summary>Documents indexed.</summary>
    public long Indexed { get; init; }

    /// <summary>Documents found unchanged.</summary>
    public long Unchanged { get; init; }

    /// <summary>Documents skipped.</summary>
    public long Skipped { get; init; }

    /// <summary>Dead documents.</summary>
    public long Dead { get; init; }

    /// <summary>Chunks embedded.</summary>
    public long ChunksEmbedded { get; init; }

    /// <summary>What became of the chunks.</summary>
    public ChunkCounts Chunks { get; init; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>Tokens embedded, padding left out.</summary>
    public long Tokens { get; init; }

    /// <summary>Tokens embedded, padding included.</summary>
    public long PaddedTokens { get; init; }

    /// <summary>What a person should know now: the database does not answer, retrying in 4 s. Null for nothing.</summary>
    public string? Notice { get; init; }

    /// <summary>All that a person should know now.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>Whether it was paused and nothing is under way any more.</summary>
    public bool Standing { get; init; }

    /// <summary>Documents that are settled.</summary>
    public long Settled => Indexed + Unchanged + Skipped + Dead;
}

/// <summary>A stage at one moment.</summary>
/// <param name="Name">Its name: <c>parse</c>.</param>
/// <param name="Unit">What it counts: <c>documents</c>.</param>
/// <param name="Items">How many it has done.</param>
/// <param name="BufferFill">What its buffer holds.</param>
/// <param name="BufferLimit">What the buffer holds at most; 0 where there is none.</param>
/// <param name="BufferUnit">Of both: <c>bytes</c> or <c>tokens</c>.</param>
internal sealed record StageProgress(string Name, string Unit, long Items, long BufferFill, long BufferLimit, string BufferUnit)
{
    /// <summary>Time its workers worked, summed over them.</summary>
    public TimeSpan Busy { get; init; }

    /// <summary>Time its workers waited for room further on, summed over them.</summary>
    public TimeSpan RoomWait { get; init; }

    /// <summary>How many work at once.</summary>
    public int Workers { get; init; }

    /// <summary>How long pieces of work took: one count a bucket of <see cref="Streams.Monitoring.DurationHistogram"/>; empty where that is not known.</summary>
    public IReadOnlyList<long> Durations { get; init; } = [];

    /// <summary>Adds what the same stage did before.</summary>
    /// <param name="before">The stage of earlier sources; null for none.</param>
    /// <returns>The sum; buffer and workers are those of now.</returns>
    public StageProgress After(StageProgress? before) => before is null ? this : this with
    {
        Items = Items + before.Items,
        Busy = Busy + before.Busy,
        RoomWait = RoomWait + before.RoomWait,
        Durations = before.Durations.Count == 0 ? Durations : Durations.Count == 0 ? before.Durations : [.. Durations.Zip(before.Durations, static (one, other) => one + other)],
    };
}
