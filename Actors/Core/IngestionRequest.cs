using Sluice.Streams.Documents;

namespace Sluice.Actors.Core;

/// <summary>What to ingest.</summary>
/// <param name="Source">Where from.</param>
public sealed record IngestionRequest(IDocumentSource Source)
{
    /// <summary>Whether documents that are gone from the source are removed from the sink at the end of a complete walk. Default true.</summary>
    public bool Prune { get; init; } = true;

    /// <summary>Whether they are removed even when the walk found nothing at all, which is more often an unmounted disk than an emptied folder. Default false.</summary>
    public bool PruneEmpty { get; init; }

    /// <summary>Whether a changed model, chunker or parser may embed again what is indexed. Default false.</summary>
    public bool AllowReembedding { get; init; }
}
