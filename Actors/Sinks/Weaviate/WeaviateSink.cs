using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Weaviate;

/// <summary>
/// A collection in Weaviate: a class with one object a chunk, whose id is the chunk's. The class is made over REST; objects are written, read, deleted and searched over gRPC,
/// which takes vectors as bytes and is the only search that is not deprecated. Safe for concurrent use, by several processes as well.
/// </summary>
internal sealed partial class WeaviateSink : IVectorSink
{
    /// <summary>Most objects that the server gives, or deletes, at once (QUERY_MAXIMUM_RESULTS).</summary>
    private const int MaxResults = 10_000;

    private const int InitialWriters = 2;

    private static readonly SearchMode[] s_modes = [SearchMode.Vector, SearchMode.FullText, SearchMode.Hybrid];
    private static readonly EmbeddingKind[] s_kinds = [EmbeddingKind.Dense, EmbeddingKind.MultiVector];

    private readonly WeaviateAddress _address;
    private readonly SinkSecret _secret;
    private readonly SinkHttpClient _rest;
    private readonly WeaviateChannel _grpc;
    private readonly WeaviateFailures _failures;
    private readonly TimeProvider _time;
    private volatile CollectionInfo? _collection;
    private int _disposed;

    /// <summary>Opens it; nothing is asked yet.</summary>
    public WeaviateSink(WeaviateAddress address, WeaviateOptions options, SinkHttpOptions http, TimeProvider time)
    {
        (_address, _time) = (address, time);
        _secret = new SinkSecret(address.Server, http, time, "WEAVIATE_API_KEY");
        _rest = new SinkHttpClient(address.Server, http, time, new SinkHttpSettings
        {
            BaseAddress = address.Rest == address.Server.BaseAddress ? null : address.Rest,
            Secret = _secret,
            Classify = WeaviateFailures.Classify,
        });
        _grpc = new WeaviateChannel(address, http, _secret, time);
        _failures = new WeaviateFailures(_rest.Failures);
        Capabilities = new SinkCapabilities(options.MaxRecords, options.MaxBytes, options.Writers, s_kinds, s_modes) { InitialConcurrency = Math.Min(InitialWriters, options.Writers) };
    }

    public string Name => _address.Server.Name;

    public SinkCapabilities Capabilities { get; }

    private string Class => _address.Server.Collection;

    private string Place => $"'{Class}' of Weaviate at {_address.Server.Server}";

    public long EncodedBytes(VectorRecord record) => ObjectWriter.Estimate(record);

    public async Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _collection = await LoadAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _rest.Dispose();
            _grpc.Dispose();
            _secret.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The collection; remembered while this process neither drops it nor finds it gone.</summary>
    private async Task<CollectionInfo?> FindAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _collection ??= await LoadAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<CollectionInfo> RequireAsync(CancellationToken cancellationToken) => await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw Missing();

    private StorageException Missing() => new($"There is no collection {Place}. Ingest into it first.") { IsMendable = true };

    /// <summary>Runs something on the class; gives <paramref name="missing"/> when it is not there.</summary>
    private async Task<T> RunAsync<T>(Func<CollectionInfo, Task<T>> run, T missing, CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is not { } collection)
        {
            return missing;
        }

        try
        {
            return await run(collection).ConfigureAwait(false);
        }
        catch (SluiceException exception) when (WeaviateFailures.IsMissing(exception))
        {
            _collection = null;
            return missing;
        }
        catch (ObjectDisposedException exception) when (_disposed != 0)
        {
            throw new ObjectDisposedException(nameof(WeaviateSink), exception);
        }
    }
}
