using System.Globalization;
using Sluice.Streams.Documents;

namespace Sluice.Streams.Chunks;

/// <summary>The stable identity of a chunk: a UUIDv5 of its document, the text that is embedded and its occurrence, so equal text keeps its id.</summary>
/// <param name="Value">The UUID.</param>
public readonly record struct ChunkId(Guid Value)
{
    /// <summary>Makes the id.</summary>
    /// <param name="document">The chunk's document.</param>
    /// <param name="embeddedText">The text that is embedded, context included.</param>
    /// <param name="occurrence">0 for the first chunk of the document with this text, 1 for the next, and so on.</param>
    /// <returns>The id.</returns>
    public static ChunkId Create(DocumentId document, ReadOnlySpan<char> embeddedText, int occurrence)
    {
        Span<char> suffix = stackalloc char[12];
        suffix[0] = '\u001f';
        occurrence.TryFormat(suffix[1..], out var written, provider: CultureInfo.InvariantCulture);
        return new(NameBasedGuid.Create(document.Value, embeddedText, suffix[..(written + 1)]));
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}
