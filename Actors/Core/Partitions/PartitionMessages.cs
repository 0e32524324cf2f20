using Sluice.Streams.Chunks;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core.Partitions;

/// <summary>To a partition: the ledger has more pending documents.</summary>
/// <param name="Complete">Whether the listing is at its end.</param>
internal sealed record ListingAdvanced(bool Complete);

/// <summary>To a partition: read nothing more.</summary>
internal sealed record StopReading;

/// <summary>To a partition: read nothing more, wait for what is under way, record it, then answer with <see cref="PartitionStopped"/>.</summary>
internal sealed record FinishPartition;

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

/// <summary>To whoever waits for groups to be stored, from another node: they are. Answered with <see cref="GroupsStoredTaken"/>; sent again until it is.</summary>
/// <param name="Number">Number of this message, by its sender.</param>
/// <param name="Groups">The groups.</param>
internal sealed record GroupsStored(long Number, IReadOnlyList<GroupStored> Groups);

/// <summary>The answer to <see cref="GroupsStored"/>.</summary>
/// <param name="Number">Its number.</param>
internal sealed record GroupsStoredTaken(long Number);

/// <summary>To a partition: whoever took this group is lost.</summary>
/// <param name="Group">The group.</param>
internal sealed record OfferAgain(GroupId Group);
