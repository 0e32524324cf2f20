namespace Sluice.Streams.Documents;

/// <summary>
/// The stable identity of a document: a UUIDv5 (RFC 9562, section 5.5) of its URI, so that the same URI is the same document in every run and on every node.
/// </summary>
/// <param name="Value">The UUID.</param>
public readonly record struct DocumentId(Guid Value)
{
    /// <summary>Number of slots documents are spread over; a partition owns a contiguous range of them.</summary>
    public const int SlotCount = 4096;

    /// <summary>The slot this document falls into, 0 to <see cref="SlotCount"/> - 1, spread evenly because a UUIDv5 is a hash.</summary>
    public int Slot
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            Value.TryWriteBytes(bytes, bigEndian: true, out _);
            return (bytes[0] << 4 | bytes[1] >> 4) & (SlotCount - 1);
        }
    }

    /// <summary>Makes the id of the document at <paramref name="uri"/>.</summary>
    /// <param name="uri">The document's URI, as its source lists it.</param>
    /// <returns>The id.</returns>
    public static DocumentId FromUri(string uri)
    {
        ArgumentException.ThrowIfNullOrEmpty(uri);
        return new(NameBasedGuid.Create(NameBasedGuid.UrlNamespace, uri));
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}
