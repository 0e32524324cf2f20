using System.Collections.Concurrent;
using Npgsql;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pgvector;

/// <summary>
/// A collection in PostgreSQL with pgvector: chunks with their words in one table, vectors in another, documents in a third. Records are written by binary COPY.
/// Safe for concurrent use, by several processes as well.
/// </summary>
internal sealed partial class PgvectorSink : IVectorSink
{
    private static readonly SearchMode[] s_modes = [SearchMode.Vector, SearchMode.FullText, SearchMode.Hybrid];
    private static readonly EmbeddingKind[] s_kinds = [EmbeddingKind.Dense];

    private readonly PgvectorAddress _address;
    private readonly PgvectorOptions _options;
    private readonly CollectionTables _tables;
    private readonly NpgsqlDataSource _source;
    private readonly ConcurrentBag<WriteSession> _sessions = [];
    private readonly SemaphoreSlim _writers;
    private volatile PgvectorCollection? _collection;
    private volatile int _generation;
    private int _disposed;

    public PgvectorSink(PgvectorAddress address, PgvectorOptions options)
    {
        _address = address;
        _options = options;
        _tables = new CollectionTables(address.Server.Schema, address.Collection);
        _source = address.Server.CreateDataSource();
        _writers = new SemaphoreSlim(options.Writers);
        Capabilities = new SinkCapabilities(options.MaxRecords, options.MaxBytes, options.Writers, s_kinds, s_modes);
    }

    public string Name => _address.Name;

    public SinkCapabilities Capabilities { get; }

    public async Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => (await RunAsync(LoadAsync, cancellationToken).ConfigureAwait(false))?.Info;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await CloseSessionsAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Reads what the collection is, past what is remembered.</summary>
    private async Task<PgvectorCollection?> LoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            _collection = await PgvectorCollection.ReadAsync(connection, _tables, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (PgvectorErrors.IsMissing(exception))
        {
            _collection = null;
        }

        return _collection;
    }

    /// <summary>The collection; remembered while this process neither drops it nor finds it gone.</summary>
    private async Task<PgvectorCollection?> FindAsync(CancellationToken cancellationToken) => _collection ?? await RunAsync(LoadAsync, cancellationToken).ConfigureAwait(false);

    private async Task<PgvectorCollection> RequireAsync(CancellationToken cancellationToken) => await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw Missing();

    private StorageException Missing() =>
        new($"There is no collection '{_tables.Name}' in the schema {_tables.Schema} of PostgreSQL at {_address.Server.Display}. Ingest into it first.") { IsMendable = true };

    private Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> run, CancellationToken cancellationToken) => GuardAsync(
        async () =>
        {
            var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await run(connection, cancellationToken).ConfigureAwait(false);
            }
        },
        cancellationToken);

    /// <summary>Runs something on the tables; what <paramref name="missing"/> says when they are not there.</summary>
    private async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> run, T missing, CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            return missing;
        }

        return await RunAsync(
            async (connection, token) =>
            {
                try
                {
                    return await run(connection, token).ConfigureAwait(false);
                }
                catch (PostgresException exception) when (PgvectorErrors.IsMissing(exception))
                {
                    _collection = null;
                    return missing;
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> run, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or SluiceException))
        {
            // A server that goes away in the middle is reported in many forms, some of them because of the cancellation.
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            throw PgvectorErrors.Translate(exception, _address.Server);
        }
    }

    private async Task CloseSessionsAsync()
    {
        Interlocked.Increment(ref _generation);
        while (_sessions.TryTake(out var session))
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }
}
