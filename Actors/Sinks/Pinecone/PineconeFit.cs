namespace Sluice.Actors.Sinks.Pinecone;

/// <summary>What of a chunk fits into a record's metadata.</summary>
/// <param name="Bytes">Bytes it takes, rather too many than too few.</param>
/// <param name="Title">Whether the title does.</param>
/// <param name="Headings">Whether the headings do.</param>
/// <param name="Pairs">How many of the user's pairs do, by their keys' order.</param>
internal readonly record struct PineconeFit(int Bytes, bool Title, bool Headings, int Pairs)
{
    /// <summary>Whether text and URI alone are too large: nothing is stored then.</summary>
    public bool IsTooLarge { get; init; }
}
