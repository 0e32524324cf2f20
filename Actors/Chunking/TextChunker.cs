using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Chunking;

/// <summary>The chunker of a plan. Stateless; the work is done by its sessions.</summary>
internal sealed class TextChunker(ChunkingPlan plan) : IChunker
{
    public string Fingerprint => plan.Fingerprint;

    public IChunkSession Begin(DocumentId document) => new ChunkSession(plan, document);
}
