using Akka.Actor;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;

namespace Sluice.Streams.Vectors;

/// <summary>A chunk group after embedding.</summary>
/// <param name="Group">The group.</param>
/// <param name="Records">Its embedded chunks, in order; the failed ones are missing.</param>
/// <param name="Failures">The chunks that could not be embedded.</param>
public sealed record VectorGroup(ChunkGroup Group, IReadOnlyList<VectorRecord> Records, IReadOnlyList<ChunkFailure> Failures)
{
    /// <summary>Who else, beside the group's owner, waits to hear that it is stored: the node that holds it until then. Null on one machine.</summary>
    public IActorRef? Holder { get; init; }

    /// <summary>What it weighs in a buffer, in bytes.</summary>
    public long Weight { get; } = 256 + Records.Sum(static record => record.Weight);
}

/// <summary>A chunk that failed for good.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Rejection">Why.</param>
public sealed record ChunkFailure(Chunk Chunk, Rejection Rejection);
