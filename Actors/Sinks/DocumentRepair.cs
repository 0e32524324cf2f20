namespace Sluice.Actors.Sinks;

/// <summary>What the comparison of one document with its sink led to.</summary>
/// <param name="Removed">Chunks that were deleted from the sink.</param>
/// <param name="Requeued">Whether the sink had lost chunks and the document is pending again.</param>
/// <param name="Doubt">The doubt that the comparison answers: the last one, unless somebody else doubted the document meanwhile.</param>
public readonly record struct DocumentRepair(long Removed, bool Requeued, long Doubt);
