using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Tests.Core;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>A sink that refuses some edits, by what is in them; all else goes to the real one.</summary>
internal sealed class TrippingSink(IVectorSink inner) : IVectorSink
{
    public Func<IReadOnlyList<Chunk>, Exception?> Relocate { get; init; } = static _ => null;

    public Func<Exception?> Fetch { get; init; } = static () => null;

    public string Name => inner.Name;

    public SinkCapabilities Capabilities => inner.Capabilities;

    public Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => inner.DescribeAsync(cancellationToken);

    public Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken) => inner.EnsureCollectionAsync(spec, cancellationToken);

    public Task DropCollectionAsync(CancellationToken cancellationToken) => inner.DropCollectionAsync(cancellationToken);

    public Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken) => inner.UpsertAsync(records, cancellationToken);

    public Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken) => Relocate(chunks) is { } exception ? throw exception : inner.RelocateAsync(chunks, cancellationToken);

    public Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => inner.DeleteAsync(ids, cancellationToken);

    public Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken) => inner.DeleteDocumentsAsync(documents, cancellationToken);

    public Task MakeVisibleAsync(CancellationToken cancellationToken) => inner.MakeVisibleAsync(cancellationToken);

    public Task<long> CountAsync(CancellationToken cancellationToken) => inner.CountAsync(cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, CancellationToken cancellationToken) => inner.ListIdsAsync(document, cancellationToken);

    public Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) =>
        Fetch() is { } exception ? throw exception : inner.FetchEmbeddingsAsync(ids, cancellationToken);

    public Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => inner.ReadRecordsAsync(ids, cancellationToken);

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken) => inner.SearchAsync(query, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
