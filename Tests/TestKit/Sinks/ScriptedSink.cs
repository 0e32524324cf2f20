using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.TestKit.Sinks;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>A sink whose writes do what a test or a benchmark tells them; everything else passes on to a real one, if there is one.</summary>
public sealed class ScriptedSink(Func<IReadOnlyList<VectorRecord>, Task<IReadOnlyList<ChunkFailure>>> upsert, SinkCapabilities capabilities, IVectorSink? inner = null) : IVectorSink, IReportsTruncation
{
    public string Name => inner?.Name ?? "scripted:";

    public SinkCapabilities Capabilities => capabilities;

    private IVectorSink Inner => inner ?? throw new NotSupportedException("this test has no real sink behind");

    public Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken) => upsert(records);

    /// <summary>What describing the collection does in place of the real one.</summary>
    public Func<Task<CollectionInfo?>>? Describe { get; init; }

    public Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => Describe is { } describe ? describe() : Inner.DescribeAsync(cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<Truncation> Truncations { get; init; } = [];

    /// <summary>What making the collection does in place of the real one.</summary>
    public Func<CancellationToken, Task>? Ensure { get; init; }

    public Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken) => Ensure is { } ensure ? ensure(cancellationToken) : Inner.EnsureCollectionAsync(spec, cancellationToken);

    public Task DropCollectionAsync(CancellationToken cancellationToken) => Inner.DropCollectionAsync(cancellationToken);

    public Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken) => Inner.RelocateAsync(chunks, cancellationToken);

    public Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => Inner.DeleteAsync(ids, cancellationToken);

    public Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken) => Inner.DeleteDocumentsAsync(documents, cancellationToken);

    public Task<long> CountAsync(CancellationToken cancellationToken) => Inner.CountAsync(cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, CancellationToken cancellationToken) => Inner.ListIdsAsync(document, cancellationToken);

    public Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => Inner.FetchEmbeddingsAsync(ids, cancellationToken);

    public Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => Inner.ReadRecordsAsync(ids, cancellationToken);

    public Task MakeVisibleAsync(CancellationToken cancellationToken) => Inner.MakeVisibleAsync(cancellationToken);

    public long EncodedBytes(VectorRecord record) => inner?.EncodedBytes(record) ?? record.Weight;

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken) => Inner.SearchAsync(query, cancellationToken);

    public ValueTask DisposeAsync() => inner?.DisposeAsync() ?? ValueTask.CompletedTask;
}
