namespace Sluice.ClusterRuns;

/// <summary>Which faults a run has, in which order.</summary>
internal static class FaultPlan
{
    /// <summary>The kinds, with how often each comes in about 230 faults.</summary>
    public static IReadOnlyList<(string Kind, int Share)> Kinds { get; } =
    [
        ("kill a parser", 28), ("kill an embedder", 30), ("kill an indexer", 24), ("kill the coordinator (singleton)", 20), ("kill the oldest parser (shard coordinator)", 16),
        ("stop 15 s, continue", 10), ("stop 3 s, continue", 8), ("divide 4 s, heal", 10), ("divide 15 s, heal", 12),
        ("restart PostgreSQL", 12), ("ledger refuses 5 s", 6), ("ledger silent 20 s", 5),
        ("database answers errors 60 s", 4), ("database refuses 60 s", 3), ("database silent 60 s", 4), ("kill all nodes", 8), ("kill all seed nodes", 4),
        ("mount gone on a parser 20 s", 8), ("root gone 20 s", 6), ("failover that takes commits back", 6), ("password changed 20 s", 6),
        ("ledger locked 70 s", 4), ("no such collection 60 s", 4),
    ];

    /// <summary>Kinds that need a network, and so a view of the files, of each node's own.</summary>
    private static bool NeedsNetwork(string kind) => kind.StartsWith("divide", StringComparison.Ordinal) || kind.StartsWith("mount", StringComparison.Ordinal);

    /// <summary>Each kind in proportion to its share: first one of each, then the rest, both in random order.</summary>
    /// <param name="count">How many faults; fewer than there are kinds leave some out.</param>
    /// <param name="canDivide">Whether the network can be divided here.</param>
    /// <param name="random">Settles the order.</param>
    public static IReadOnlyList<string> Create(int count, bool canDivide, Random random)
    {
        var kinds = Kinds.Where(kind => canDivide || !NeedsNetwork(kind.Kind)).ToArray();
        var total = kinds.Sum(static kind => kind.Share);
        var plan = kinds.Select(static kind => kind.Kind).ToArray();
        random.Shuffle(plan);
        var rest = kinds.SelectMany(kind => Enumerable.Repeat(kind.Kind, Math.Max(0, (int)Math.Ceiling((double)kind.Share * count / total) - 1))).ToArray();
        random.Shuffle(rest);
        return [.. plan.Concat(rest).Take(count)];
    }
}
