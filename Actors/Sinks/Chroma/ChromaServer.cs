namespace Sluice.Actors.Sinks.Chroma;

/// <summary>What a server takes.</summary>
/// <param name="Collections">Path of the collections of tenant and database.</param>
/// <param name="MaxRecords">Most records a request.</param>
/// <param name="TakesBase64">Whether vectors may be base64 of little-endian floats.</param>
internal sealed record ChromaServer(string Collections, int MaxRecords, bool TakesBase64);
