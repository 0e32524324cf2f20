using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Streams.Vectors;

/// <summary>A collection of a vector database that is written to and searched. Safe for concurrent use up to its <see cref="SinkCapabilities.MaxConcurrency"/>.</summary>
/// <remarks>
/// Every write is idempotent: repeating it changes nothing. Every call may throw <see cref="TransientException"/> (try again later) or
/// <see cref="StorageException"/> (it will not get better by itself); an upsert also <see cref="PartlyWrittenException"/> (some of it was written),
/// <see cref="RequestTooLargeException"/> (half of it may fit) and <see cref="RequestRefusedException"/> (something in it is refused, it is not said which).
/// </remarks>
public interface IVectorSink : IAsyncDisposable
{
    /// <summary>Where it is, without secrets; its identity in the ledger.</summary>
    string Name { get; }

    /// <summary>What it can take.</summary>
    SinkCapabilities Capabilities { get; }

    /// <summary>What the collection holds, or null when there is none yet.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The collection's description.</returns>
    Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Creates the collection, or checks that the one there fits.</summary>
    /// <param name="spec">What must fit in.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is ready.</returns>
    /// <exception cref="CollectionMismatchException">It exists and differs.</exception>
    Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken);

    /// <summary>Deletes the collection with all it holds, if it exists.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is gone.</returns>
    Task DropCollectionAsync(CancellationToken cancellationToken);

    /// <summary>Inserts or replaces records. When it returns, they are committed: they survive a crash of this process.</summary>
    /// <param name="records">The records, within <see cref="Capabilities"/>; where an id comes twice, the last counts.</param>
    /// <param name="cancellationToken">Cancels; what was committed stays.</param>
    /// <returns>The records that the database refused, each with its reason; empty when all are in.</returns>
    Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken);

    /// <summary>Updates place, heading path, title and metadata of stored chunks whose text did not change. Unknown ids are ignored.</summary>
    /// <param name="chunks">The chunks as they are now.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is committed.</returns>
    Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken);

    /// <summary>
    /// Bytes that a record takes in a request, as the sink encodes it: an estimate, rather too high than too low, that costs no encoding. Requests are cut by it.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <returns>Bytes.</returns>
    long EncodedBytes(VectorRecord record) => record.Weight;

    /// <summary>Deletes chunks. Unknown ids are ignored.</summary>
    /// <param name="ids">Their ids.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is committed.</returns>
    Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken);

    /// <summary>Deletes all chunks of documents.</summary>
    /// <param name="documents">The documents.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is committed.</returns>
    Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken);

    /// <summary>
    /// Waits until everything that was written through this sink is seen by counting, listing, reading and searching, where the database shows it late. Called once before
    /// a collection is verified, not after each write.
    /// </summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is seen.</returns>
    Task MakeVisibleAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Counts the chunks, exactly.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The count.</returns>
    Task<long> CountAsync(CancellationToken cancellationToken);

    /// <summary>Lists the ids of stored chunks in pages.</summary>
    /// <param name="document">Of this document only; null for all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Pages of ids with their documents; bounded, in no particular order, each id once.</returns>
    IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, CancellationToken cancellationToken);

    /// <summary>Reads the embeddings of stored chunks.</summary>
    /// <param name="ids">Their ids, at most 1,000.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Those found.</returns>
    Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken);

    /// <summary>Reads whole records: text, place, headings, title, metadata, document and embedding as they were written. The chunks' tokens are not stored and are empty.</summary>
    /// <param name="ids">Their ids, at most 1,000; each once.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Those found, in no particular order.</returns>
    Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken);

    /// <summary>Searches.</summary>
    /// <param name="query">The query.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The best hits, best first.</returns>
    Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken);
}

/// <summary>A stored chunk's id with its document's.</summary>
/// <param name="Document">The document.</param>
/// <param name="Chunk">The chunk.</param>
public readonly record struct StoredChunkId(DocumentId Document, ChunkId Chunk);
