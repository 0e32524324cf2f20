using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Benchmarks;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>A sink whose writes take so much longer for each record.</summary>
internal sealed class SlowSink(IVectorSink inner, TimeSpan perRecord) : IVectorSink
{
    public string Name => inner.Name;

    public SinkCapabilities Capabilities => inner.Capabilities;

    public async Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        await Task.Delay(perRecord * records.Count, TimeProvider.System, cancellationToken);
        return await inner.UpsertAsync(records, cancellationToken);
    }

    public Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => inner.DescribeAsync(cancellationToken);

    public Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken) => inner.EnsureCollectionAsync(spec, cancellationToken);

    public Task DropCollectionAsync(CancellationToken cancellationToken) => inner.DropCollectionAsync(cancellationToken);

    public Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken) => inner.RelocateAsync(chunks, cancellationToken);

    public Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => inner.DeleteAsync(ids, cancellationToken);

    public Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken) => inner.DeleteDocumentsAsync(documents, cancellationToken);

    public Task<long> CountAsync(CancellationToken cancellationToken) => inner.CountAsync(cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, CancellationToken cancellationToken) => inner.ListIdsAsync(document, cancellationToken);

    public Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => inner.FetchEmbeddingsAsync(ids, cancellationToken);

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken) => inner.SearchAsync(query, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
