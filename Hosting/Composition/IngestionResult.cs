using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Composition;

/// <summary>The accounting of a run over all its sources.</summary>
/// <param name="Accounting">Documents by outcome.</param>
internal sealed record IngestionResult(Accounting Accounting)
{
    /// <summary>Documents removed because they are gone from their source.</summary>
    public long Removed { get; init; }

    /// <summary>Chunks embedded.</summary>
    public long ChunksEmbedded { get; init; }

    /// <summary>Chunks that were in the database already and stayed.</summary>
    public long ChunksReused { get; init; }

    /// <summary>Chunks deleted.</summary>
    public long ChunksDeleted { get; init; }

    /// <summary>Tokens embedded, padding left out.</summary>
    public long Tokens { get; init; }

    /// <summary>Tokens embedded, padding included.</summary>
    public long PaddedTokens { get; init; }

    /// <summary>Time it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Whether it was stopped before its end.</summary>
    public bool Stopped { get; init; }

    /// <summary>Adds the accountings of two runs.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>Their sum.</returns>
    public static Accounting Add(Accounting left, Accounting right) => new(
        left.Discovered + right.Discovered,
        left.Indexed + right.Indexed,
        left.Unchanged + right.Unchanged,
        Add(left.Skipped, right.Skipped),
        Add(left.Dead, right.Dead),
        left.Pending + right.Pending);

    private static Dictionary<string, long> Add(IReadOnlyDictionary<string, long> left, IReadOnlyDictionary<string, long> right)
    {
        var sum = new Dictionary<string, long>(left, StringComparer.Ordinal);
        foreach (var (reason, count) in right)
        {
            sum[reason] = sum.GetValueOrDefault(reason) + count;
        }

        return sum;
    }
}
