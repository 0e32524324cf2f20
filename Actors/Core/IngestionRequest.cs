using Sluice.Streams.Documents;

namespace Sluice.Actors.Core;

/// <summary>What to ingest.</summary>
/// <param name="Source">Where from.</param>
/// <param name="Configuration">Hash of what decides the chunks and their vectors (parser, chunker, model): documents indexed under another one are processed again.</param>
public sealed record IngestionRequest(IDocumentSource Source, string Configuration)
{
    /// <summary>What becomes of documents that are gone from the source, at the end of a complete walk. Default <see cref="PruneMode.Ask"/>.</summary>
    public PruneMode Prune { get; init; }
}
