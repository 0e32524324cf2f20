namespace Sluice.Actors.Sinks.Milvus;

/// <summary>The collection is not there. Never leaves the sink.</summary>
internal sealed class MilvusMissingException(string message) : Exception(message);
