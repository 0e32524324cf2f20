namespace Sluice.Actors.Core.Jobs;

/// <summary>What became of the documents that a walk did not find.</summary>
/// <param name="Removed">Documents removed.</param>
/// <param name="Withheld">Documents that are gone and were kept, because they are more than may go without being asked about.</param>
/// <param name="Message">Why documents that are gone were kept, in words; null where none were, or the user wished it.</param>
internal sealed record PruneOutcome(long Removed, long Withheld, string? Message)
{
    public static PruneOutcome Nothing { get; } = new(0, 0, null);
}
