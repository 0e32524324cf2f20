namespace Sluice.Streams.Documents;

/// <summary>What a source knows of a document before it is opened.</summary>
/// <param name="Uri">The document's absolute URI (<c>file:///…</c>, <c>https://…</c>, <c>s3://…</c>, <c>stdin:</c>).</param>
/// <param name="Length">Size in bytes, where the source knows it.</param>
/// <param name="Modified">Last modification, where the source knows it.</param>
/// <param name="Version">The source's own version mark (an ETag, say), where it has one; stands in for <paramref name="Modified"/>.</param>
/// <param name="MediaType">Media type told by the source; a hint, the content decides.</param>
/// <param name="Problem">Set when the source already knows that the document cannot be read (an unreadable folder, a device file): it is accounted for with this and never opened.</param>
public sealed record ListedDocument(
    string Uri,
    long? Length = null,
    DateTimeOffset? Modified = null,
    string? Version = null,
    string? MediaType = null,
    Failures.Rejection? Problem = null)
{
    /// <summary>The id made from <see cref="Uri"/>.</summary>
    public DocumentId Id { get; } = DocumentId.FromUri(Uri);
}
