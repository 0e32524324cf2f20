using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Actors.Core.Partitions;

/// <summary>
/// Chunks that were stored for documents in hand which had been processed before: should one prove broken, its earlier text stays and these go. Bounded: of a document with more of
/// them the rest is left to its next processing. Forgotten with the partition; then, too, they stay until the document's next processing ends well.
/// </summary>
internal sealed class FreshChunks
{
    /// <summary>Most chunks that are remembered of a document: a megabyte of ids.</summary>
    private const int Most = 65_536;

    private readonly Dictionary<DocumentId, List<ChunkId>> _fresh = [];

    /// <summary>Chunks were stored that the ledger did not know.</summary>
    public void Add(DocumentId document, long generation, IReadOnlyList<LedgerChunk> chunks)
    {
        if (generation <= 1 || chunks.Count == 0)
        {
            return; // There is no earlier text: all of it goes together.
        }

        if (!_fresh.TryGetValue(document, out var fresh))
        {
            _fresh.Add(document, fresh = []);
        }

        fresh.AddRange(chunks.Take(Most - fresh.Count).Select(static chunk => chunk.Id));
    }

    /// <summary>Gives what is remembered of a document, and forgets it.</summary>
    public IReadOnlyList<ChunkId> Take(DocumentId document) => _fresh.Remove(document, out var fresh) ? fresh : [];
}
