namespace Sluice.Hosting.Composition;

/// <summary>A running ingestion at one moment. Counts rise from its beginning.</summary>
internal sealed record IngestionProgress
{
    /// <summary>The stages in the order of the data's way.</summary>
    public IReadOnlyList<StageProgress> Stages { get; init; } = [];

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

    /// <summary>Tokens embedded, padding left out.</summary>
    public long Tokens { get; init; }

    /// <summary>Tokens embedded, padding included.</summary>
    public long PaddedTokens { get; init; }

    /// <summary>What a person should know now: the database does not answer, retrying in 4 s. Null for nothing.</summary>
    public string? Notice { get; init; }

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
internal sealed record StageProgress(string Name, string Unit, long Items, long BufferFill, long BufferLimit, string BufferUnit);
