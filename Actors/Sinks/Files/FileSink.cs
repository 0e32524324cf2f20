using Sluice.Actors.Sinks.Sqlite;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Files;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>
/// Files for those who load them elsewhere. What is written goes into a working copy, a SQLite database in <c>.sluice</c> below the folder, which is what the ledger is compared with,
/// searched and repaired; the files are made from it at the end of each run that changed something. Safe for concurrent use.
/// </summary>
internal sealed class FileSink : IVectorSink, IPublishing
{
    private readonly FileSinkAddress _address;
    private readonly SqliteSink _work;
    private readonly FilePublisher _publisher;
    private readonly string _changed;
    private volatile bool _marked;

    public FileSink(FileSinkAddress address, IRecordFileFormat format, SqliteOptions options)
    {
        _address = address;
        _work = new SqliteSink(FileSinks.WorkFile(address.Folder), SqliteAddress.DefaultCollection, ElementType.Float32, options);
        _publisher = new FilePublisher(address, format, _work);
        _changed = Path.Join(address.Folder, ".sluice", "changed");
    }

    public string Name => _address.Name;

    public SinkCapabilities Capabilities => _work.Capabilities;

    public Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => _work.DescribeAsync(cancellationToken);

    public Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken) => ChangeAsync(() => _work.EnsureCollectionAsync(spec, cancellationToken));

    public async Task DropCollectionAsync(CancellationToken cancellationToken)
    {
        if (await DescribeAsync(cancellationToken).ConfigureAwait(false) is not null)
        {
            await ChangeAsync(() => _work.DropCollectionAsync(cancellationToken)).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyList<ChunkFailure>> UpsertAsync(IReadOnlyList<VectorRecord> records, CancellationToken cancellationToken)
    {
        Mark();
        return await _work.UpsertAsync(records, cancellationToken).ConfigureAwait(false);
    }

    public Task RelocateAsync(IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken) => ChangeAsync(() => _work.RelocateAsync(chunks, cancellationToken));

    public long EncodedBytes(VectorRecord record) => ((IVectorSink)_work).EncodedBytes(record);

    public Task DeleteAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => ChangeAsync(() => _work.DeleteAsync(ids, cancellationToken));

    public Task DeleteDocumentsAsync(IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken) =>
        ChangeAsync(() => _work.DeleteDocumentsAsync(documents, cancellationToken));

    public Task<long> CountAsync(CancellationToken cancellationToken) => _work.CountAsync(cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<StoredChunkId>> ListIdsAsync(DocumentId? document, CancellationToken cancellationToken) => _work.ListIdsAsync(document, cancellationToken);

    public Task<IReadOnlyDictionary<ChunkId, Embedding>> FetchEmbeddingsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) =>
        _work.FetchEmbeddingsAsync(ids, cancellationToken);

    public Task<IReadOnlyList<VectorRecord>> ReadRecordsAsync(IReadOnlyCollection<ChunkId> ids, CancellationToken cancellationToken) => _work.ReadRecordsAsync(ids, cancellationToken);

    public Task<IReadOnlyList<SearchHit>> SearchAsync(SearchQuery query, CancellationToken cancellationToken) => _work.SearchAsync(query, cancellationToken);

    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        if (await _work.DescribeAsync(cancellationToken).ConfigureAwait(false) is not { } collection || (!File.Exists(_changed) && Manifest.Read(_address.Folder) is not null))
        {
            return;
        }

        await _publisher.PublishAsync(collection, cancellationToken).ConfigureAwait(false);
        _marked = false;
        File.Delete(_changed);
    }

    public ValueTask DisposeAsync() => _work.DisposeAsync();

    private Task ChangeAsync(Func<Task> change)
    {
        Mark();
        return change();
    }

    /// <summary>Notes, before the first change, that the files will have to be made anew: a crash leaves the note.</summary>
    private void Mark()
    {
        if (_marked)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_changed)!);
            File.WriteAllBytes(_changed, []);
            _marked = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The folder {_address.Folder} cannot be written: {exception.Message}", exception);
        }
    }
}
