using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Streams.Vectors;

/// <summary>How a collection is searched.</summary>
public enum SearchMode
{
    /// <summary>Nearest vectors.</summary>
    Vector,

    /// <summary>Full text.</summary>
    FullText,

    /// <summary>Both, joined by reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009; k = 60).</summary>
    Hybrid,
}

/// <summary>A search.</summary>
/// <param name="Text">The question as typed.</param>
/// <param name="Embedding">Its embedding; null for <see cref="SearchMode.FullText"/>.</param>
/// <param name="Mode">How to search.</param>
/// <param name="Limit">Most hits, 1 to 1,000.</param>
public sealed record SearchQuery(string Text, Embedding? Embedding, SearchMode Mode, int Limit)
{
    /// <summary>Only documents whose URI matches this glob (<c>*</c> within a segment, <c>**</c> across, <c>?</c> one character); null for all.</summary>
    public string? UriGlob { get; init; }

    /// <summary>Only chunks whose metadata has each of these values.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>A chunk that answers a search.</summary>
/// <param name="Id">The chunk.</param>
/// <param name="Uri">Its document's URI.</param>
/// <param name="Text">Its text.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Score">Higher is better: cosine similarity for <see cref="SearchMode.Vector"/>, negated BM25 for <see cref="SearchMode.FullText"/>, the fused score for <see cref="SearchMode.Hybrid"/>.</param>
public sealed record SearchHit(ChunkId Id, string Uri, string Text, Place Place, double Score)
{
    /// <summary>Headings above it.</summary>
    public IReadOnlyList<string> HeadingPath { get; init; } = [];

    /// <summary>Its document's title.</summary>
    public string? Title { get; init; }

    /// <summary>Its metadata.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
