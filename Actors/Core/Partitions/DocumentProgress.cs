using Sluice.Streams.Flows;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Partitions;

/// <summary>A document in flight: what was read of it, and what of that the ledger has.</summary>
internal sealed class DocumentProgress(long generation)
{
    /// <summary>Its processing.</summary>
    public long Generation { get; } = generation;

    /// <summary>Groups and kept batches that are in the ledger.</summary>
    public int Recorded { get; set; }

    /// <summary>Set when it has been read to its end.</summary>
    public DocumentRead? Read { get; set; }

    /// <summary>Whether somebody else has taken the document: nothing more is done about it.</summary>
    public bool Superseded { get; set; }

    /// <summary>Chunks that failed for good.</summary>
    public List<ChunkFailure> Failures { get; } = [];

    /// <summary>Stored chunks whose place could not be updated: they stay where they were.</summary>
    public List<ChunkFailure> Unmoved { get; } = [];

    /// <summary>Whether everything that was read is in the ledger.</summary>
    public bool IsComplete => Read is { } read && Recorded == read.Groups + read.Kept;
}
