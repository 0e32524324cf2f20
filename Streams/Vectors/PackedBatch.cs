using Sluice.Streams.Chunks;

namespace Sluice.Streams.Vectors;

/// <summary>Chunks of one or more groups that are embedded together because they are of similar length.</summary>
/// <param name="Items">The chunks: which group, which position in it.</param>
/// <param name="Tokens">Tokens of all of them.</param>
/// <param name="PaddedTokens">Items x tokens of the longest: what the model computes.</param>
public sealed record PackedBatch(IReadOnlyList<PackedItem> Items, int Tokens, int PaddedTokens)
{
    /// <summary>A group that needs no embedding and travels as an empty batch; null in every other batch.</summary>
    public GroupInProgress? Ready { get; init; }
}

/// <summary>A chunk in a batch.</summary>
/// <param name="Group">Where its result is collected.</param>
/// <param name="Index">Its position in the group.</param>
public readonly record struct PackedItem(GroupInProgress Group, int Index)
{
    /// <summary>The chunk.</summary>
    public Chunk Chunk => Group.Group.Chunks[Index];
}

/// <summary>A batch after embedding.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Results">One a chunk, in order: its embedding, or why there is none.</param>
public sealed record EmbeddedBatch(PackedBatch Batch, IReadOnlyList<EmbeddingResult> Results)
{
    /// <summary>What the model computed for it: null where that is the whole batch; less where other pipelines over the same documents had some of it embedded.</summary>
    public ComputedTokens? Computed { get; init; }

    /// <summary>How long the model took for it; zero where that is not known.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Whether it did not fit in memory as a whole.</summary>
    public bool WasHalved { get; init; }
}

/// <summary>What a model computed.</summary>
/// <param name="Chunks">Chunks.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="PaddedTokens">Tokens, padding included.</param>
public readonly record struct ComputedTokens(int Chunks, int Tokens, int PaddedTokens);

/// <summary>What became of a chunk: an embedding, or a rejection.</summary>
/// <param name="Embedding">Its embedding, or null.</param>
/// <param name="Rejection">Why there is none, or null.</param>
public readonly record struct EmbeddingResult(Embedding? Embedding, Failures.Rejection? Rejection);
