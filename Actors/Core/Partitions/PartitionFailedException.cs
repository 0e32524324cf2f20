using Sluice.Streams.Failures;

namespace Sluice.Actors.Core.Partitions;

/// <summary>A partition's stream broke; its parent starts it anew.</summary>
internal sealed class PartitionFailedException(int partition, Exception cause)
    : SluiceException($"partition {partition} failed with {cause.GetType().Name}: {cause.Message}", cause);
