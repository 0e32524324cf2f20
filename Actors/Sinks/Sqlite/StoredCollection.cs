using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Sqlite;

/// <summary>A collection as the file describes it.</summary>
/// <param name="Info">What it holds.</param>
/// <param name="Elements">How the components of its vectors are kept.</param>
internal sealed record StoredCollection(CollectionInfo Info, ElementType Elements);
