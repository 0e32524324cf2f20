namespace Sluice.Streams.Documents;

/// <summary>A page of a source's walk.</summary>
/// <param name="Documents">The documents on it.</param>
/// <param name="Cursor">Where the next page begins; null on the last page.</param>
/// <param name="Complete">False when something below the source could not be listed, so that documents missing from this walk must not be taken for removed.</param>
public sealed record ListingPage(IReadOnlyList<ListedDocument> Documents, string? Cursor, bool Complete = true);
