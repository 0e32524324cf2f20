using Sluice.Streams.Documents;

namespace Sluice.Actors.Core;

/// <summary>What to ingest.</summary>
/// <param name="Source">Where from.</param>
/// <param name="Configuration">Hash of what decides the chunks and their vectors (parser, chunker, model): documents indexed under another one are processed again.</param>
public sealed record IngestionRequest(IDocumentSource Source, string Configuration)
{
    /// <summary>Whether documents that are gone from the source are removed from the sink at the end of a complete walk. Default true.</summary>
    public bool Prune { get; init; } = true;

    /// <summary>Whether they are removed even when the walk found nothing at all, which is more often an unmounted disk than an emptied folder. Default false.</summary>
    public bool PruneEmpty { get; init; }
}
