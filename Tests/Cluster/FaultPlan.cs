namespace Sluice.ClusterRuns;

/// <summary>Which faults a run has, in which order.</summary>
internal static class FaultPlan
{
    /// <summary>The kinds, with how often each comes in 200 faults.</summary>
    public static IReadOnlyList<(string Kind, int Share)> Kinds { get; } =
    [
        ("kill a parser", 28), ("kill an embedder", 30), ("kill an indexer", 24), ("kill the coordinator (singleton)", 20), ("kill the oldest parser (shard coordinator)", 16),
        ("stop 15 s, continue", 10), ("stop 3 s, continue", 8), ("divide 4 s, heal", 10), ("divide 15 s, heal", 12),
        ("restart PostgreSQL", 12), ("ledger refuses 5 s", 6), ("ledger silent 20 s", 5),
        ("database answers errors 60 s", 4), ("database refuses 60 s", 3), ("database silent 60 s", 4), ("kill all nodes", 8),
    ];

    /// <summary>Each kind in proportion to its share: first one of each, then the rest, both in random order.</summary>
    /// <param name="count">How many faults; fewer than there are kinds leave some out.</param>
    /// <param name="canDivide">Whether the network can be divided here.</param>
    /// <param name="random">Settles the order.</param>
    public static IReadOnlyList<string> Create(int count, bool canDivide, Random random)
    {
        var kinds = Kinds.Where(kind => canDivide || !kind.Kind.StartsWith("divide", StringComparison.Ordinal)).ToArray();
        var total = kinds.Sum(static kind => kind.Share);
        var plan = kinds.Select(static kind => kind.Kind).ToArray();
        random.Shuffle(plan);
        var rest = kinds.SelectMany(kind => Enumerable.Repeat(kind.Kind, Math.Max(0, (int)Math.Ceiling((double)kind.Share * count / total) - 1))).ToArray();
        random.Shuffle(rest);
        return [.. plan.Concat(rest).Take(count)];
    }
}
