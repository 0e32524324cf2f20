namespace Sluice.Actors.Core.Partitions;

/// <summary>To a partition: the ledger has more pending documents.</summary>
/// <param name="Complete">Whether the listing is at its end.</param>
internal sealed record ListingAdvanced(bool Complete);

/// <summary>To a partition: read nothing more.</summary>
internal sealed record StopReading;

/// <summary>To a partition: nothing more will be acknowledged; answer with <see cref="PartitionStopped"/> when what was is recorded.</summary>
internal sealed record StopPartition;

/// <summary>From a partition: everything acknowledged is in the ledger.</summary>
internal sealed record PartitionStopped;

/// <summary>From a partition to its parent: every document is settled.</summary>
/// <param name="Partition">Its index.</param>
internal sealed record PartitionDone(int Partition);

/// <summary>From a partition to its parent: the run cannot go on.</summary>
/// <param name="Exception">Why.</param>
internal sealed record RunFailed(Exception Exception);
