namespace Sluice.Actors.Sinks.Milvus;

/// <summary>The collection is not loaded into memory, so that it can neither be searched nor written to. Never leaves the sink.</summary>
internal sealed class MilvusUnloadedException(string message) : Exception(message);
