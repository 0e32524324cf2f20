using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Milvus;

/// <summary>
/// A collection in Milvus, over its RESTful API v2: one entity a chunk, whose primary key is the chunk's id. Everything is upserted, never inserted, since an insert does not
/// replace; reads ask for strong consistency, so that they see what was written before. Safe for concurrent use, by several processes as well.
/// </summary>
internal sealed partial class MilvusSink : IVectorSink, IReportsTruncation
{
    private const int InitialWriters = 2;

    private static readonly SearchMode[] s_modes = [SearchMode.Vector, SearchMode.FullText, SearchMode.Hybrid];
    private static readonly EmbeddingKind[] s_kinds = [EmbeddingKind.Dense, EmbeddingKind.Sparse];

    private readonly MilvusAddress _address;
    private readonly MilvusOptions _options;
    private readonly SinkSecret _secret;
    private readonly SinkHttpClient _http;
    private readonly MilvusClient _client;
    private readonly TimeProvider _time;
    private readonly TruncationLog _cut = new();
    private readonly EntityWriter _writer;
    private volatile CollectionInfo? _collection;
    private int _disposed;

    /// <summary>Opens it; nothing is asked yet.</summary>
    public MilvusSink(MilvusAddress address, MilvusOptions options, SinkHttpOptions http, TimeProvider time)
    {
        (_address, _options, _time) = (address, options, time);
        _secret = new SinkSecret(address.Server, http, time, "MILVUS_TOKEN");
        var user = address.Server.User;
        _http = new SinkHttpClient(address.Server, http, time, new SinkHttpSettings
        {
            Secret = _secret,
            Authorize = (request, secret) => request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {(user is null ? secret : $"{user}:{secret}")}"),
            Classify = MilvusFailures.Classify,
            MaxConnections = options.Writers + 16,
        });
        _client = new MilvusClient(_http, address);
        _writer = new EntityWriter(_cut);
        Capabilities = new SinkCapabilities(options.MaxRecords, options.MaxBytes, options.Writers, s_kinds, s_modes) { InitialConcurrency = Math.Min(InitialWriters, options.Writers) };
    }

    public string Name => _address.Name;

    public SinkCapabilities Capabilities { get; }

    public IReadOnlyList<Truncation> Truncations => _cut.Items;

    private string Place => $"'{_address.Server.Collection}' of Milvus at {_address.Server.Server}{(_address.Database is { } database ? $", database {database}" : "")}";

    public long EncodedBytes(VectorRecord record) => EntityWriter.Estimate(record);

    public async Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _collection = await LoadInfoAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _http.Dispose();
            _secret.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The collection; remembered while this process neither drops it nor finds it gone.</summary>
    private async Task<CollectionInfo?> FindAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _collection ??= await LoadInfoAsync(cancellationToken).ConfigureAwait(false);
    }

    private StorageException Missing() => new($"There is no collection {Place}. Ingest into it first.") { IsMendable = true };

    /// <summary>Runs something on the collection, and once more after loading it where it was not loaded; gives <paramref name="missing"/> when it is not there.</summary>
    private async Task<T> RunAsync<T>(Func<CollectionInfo, Task<T>> run, T missing, CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is not { } collection)
        {
            return missing;
        }

        try
        {
            try
            {
                return await run(collection).ConfigureAwait(false);
            }
            catch (MilvusUnloadedException)
            {
                await LoadAsync(cancellationToken).ConfigureAwait(false);
                return await run(collection).ConfigureAwait(false);
            }
        }
        catch (MilvusMissingException)
        {
            _collection = null;
            return missing;
        }
        catch (MilvusUnloadedException exception)
        {
            throw _client.Failures.Busy($"has not loaded the collection: {exception.Message}", inner: exception);
        }
        catch (ObjectDisposedException exception) when (_disposed != 0)
        {
            throw new ObjectDisposedException(nameof(MilvusSink), exception);
        }
    }
}
