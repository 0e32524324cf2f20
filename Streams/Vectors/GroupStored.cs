using Sluice.Streams.Chunks;
using Sluice.Streams.Ledger;

namespace Sluice.Streams.Vectors;

/// <summary>The acknowledgement of a group: the sink has committed it, apart from the chunks that failed for good.</summary>
/// <param name="Group">Which.</param>
/// <param name="Stored">The chunks that are in the sink now.</param>
/// <param name="Failures">The others.</param>
public sealed record GroupStored(GroupId Group, IReadOnlyList<LedgerChunk> Stored, IReadOnlyList<ChunkFailure> Failures);
