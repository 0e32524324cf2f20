using System.Runtime.CompilerServices;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Tests.Cli;

/// <summary>A collection in memory that is searched by cosine.</summary>
internal sealed class TestSink : IVectorSink
{
    private readonly Dictionary<ChunkId, VectorRecord> _records = [];

    public CollectionInfo? Collection { get; set; }

    public SearchQuery? LastQuery { get; private set; }

    public bool Dropped { get; private set; }

    public string Name => "sqlite:test";

    public SinkCapabilities Capabilities => new(100, 1 << 20, 1, [EmbeddingKind.Dense], [SearchMode.Vector]);

    public void Add(string uri, string text, Place place, string? title, params float[] vector)
    {
        var document = DocumentId.FromUri(uri);
        var chunk = new Chunk(ChunkId.Create(document, text, 0), text, ReadOnlyMemory<int>.Empty, place) { Title = title, HeadingPath = ["Memory", "Flat"], Metadata = new Dictionary<string, string> { ["author"] = "Ada" } };
        _records[chunk.Id] = new(document, uri, chunk, new DenseEmbedding(vector));
    }

    /// <summary>What its server answers the first call with, where it refuses.</summary>
    public Exception? Refusal { get; init; }

    public Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => Refusal is null ? Task.FromResult(Collection) : Task.FromException<CollectionInfo?>(Refusal);

    public Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DropCollectionAsync(CancellationToken cancellationToken)
    {
        Dropped = true;
        _records.Clear();
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<long> CountAsync(CancellationToken cancellationToken) => Task.FromResult((long)_records.Count);

    public async IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield return [.. _records.Values.Select(static record => new StoredChunkId(record.Document, record.Chunk.Id))];
    }

    public Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<VectorRecord>>([.. ids.Where(_records.ContainsKey).Select(id => _records[id])]);

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        LastQuery = query;
        var wanted = (query.Embedding as DenseEmbedding)?.Values.ToArray();
        IReadOnlyList<SearchHit> hits =
        [
            .. _records.Values
                .Where(record => query.Metadata.All(filter => record.Chunk.Metadata!.TryGetValue(filter.Key, out var value) && value == filter.Value))
                .Select(record => new SearchHit(record.Chunk.Id, record.Uri, record.Chunk.Text, record.Chunk.Place, Score(record))
                {
                    Title = record.Chunk.Title,
                    HeadingPath = record.Chunk.HeadingPath,
                    Metadata = record.Chunk.Metadata,
                })
                .OrderByDescending(static hit => hit.Score).Take(query.Limit),
        ];
        return Task.FromResult(hits);

        double Score(VectorRecord record) => wanted is null ? 1 : ((DenseEmbedding)record.Embedding).Values.ToArray().Zip(wanted, static (x, y) => (double)x * y).Sum();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
