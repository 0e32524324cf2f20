using System.Globalization;
using Sluice.Streams.Chunks;

namespace Sluice.Streams.Vectors;

/// <summary>A sink whose database cannot hold every title, heading or metadata value whole, and that says what it cut. Text and vector are never cut.</summary>
public interface IReportsTruncation
{
    /// <summary>What was cut since the sink was opened, one entry a kind of thing; a copy.</summary>
    IReadOnlyList<Truncation> Truncations { get; }
}

/// <summary>Something that records lost because their database cannot hold it.</summary>
/// <param name="What">What was cut and why, for a person: <c>metadata beyond 40 KB a record</c>.</param>
/// <param name="Records">How many times.</param>
/// <param name="FirstChunk">The first chunk that it happened to.</param>
/// <param name="FirstUri">Its document.</param>
public sealed record Truncation(string What, long Records, ChunkId FirstChunk, string FirstUri)
{
    /// <summary>Says it to a person.</summary>
    /// <returns>A sentence or two.</returns>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"the database cannot hold everything of {Records:N0} chunks, and it was cut: {What}; the first of them is {FirstChunk} of {FirstUri}. Text and vectors are whole.");
}
