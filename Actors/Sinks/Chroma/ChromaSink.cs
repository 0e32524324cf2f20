using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>A collection of Chroma, over its API of version 2. Safe for concurrent use, by several processes as well.</summary>
internal sealed partial class ChromaSink : IVectorSink, IReportsTruncation
{
    private const int CloudRecords = 300;
    private const int MaxDimension = 65_536;

    private static readonly SearchMode[] s_modes = [SearchMode.Vector];
    private static readonly EmbeddingKind[] s_kinds = [EmbeddingKind.Dense];

    private readonly ChromaAddress _address;
    private readonly ChromaOptions _options;
    private readonly TruncationLog _cut = new();
    private readonly ChromaCloudLimits? _limits;
    private readonly SinkSecret _secret;
    private readonly SinkHttpClient _client;
    private volatile ChromaServer? _server;
    private volatile ChromaCollection? _collection;
    private int _disposed;

    public ChromaSink(ChromaAddress address, ChromaOptions options, SinkHttpOptions http, TimeProvider time)
    {
        (_address, _options) = (address, options);
        _limits = address.IsCloud ? new ChromaCloudLimits(_cut) : null;
        _secret = new SinkSecret(address.Server, http, time, "CHROMA_API_KEY");
        _client = new SinkHttpClient(address.Server, http, time, new SinkHttpSettings
        {
            Secret = _secret,
            Authorize = static (request, secret) => request.Headers.TryAddWithoutValidation("x-chroma-token", secret),
            MaxConnections = options.Writers + 16,
            Classify = ChromaErrors.Classify,
        });
        var records = address.IsCloud ? Math.Min(CloudRecords, options.MaxRecords) : options.MaxRecords;
        Capabilities = new SinkCapabilities(records, options.MaxBytes, options.Writers, s_kinds, s_modes) { InitialConcurrency = Math.Min(2, options.Writers) };
    }

    public string Name => _address.Name;

    public SinkCapabilities Capabilities { get; }

    public IReadOnlyList<Truncation> Truncations => _cut.Items;

    private string Place => $"'{_address.Server.Collection}' of {_client.Failures.Where}";

    public async Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => (await LoadAsync(cancellationToken).ConfigureAwait(false))?.Info;

    public async Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken)
    {
        var wanted = CollectionFit.Wanted(spec);
        CollectionFit.RequireStorable(wanted, Capabilities, "Chroma", MaxDimension);
        var collection = await LoadAsync(cancellationToken).ConfigureAwait(false);
        if (collection is null)
        {
            var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
            using var body = ChromaBodies.Write(json => ChromaCollection.Write(json, _address.Server.Collection, wanted, _options, _address.IsCloud));
            await _client.SendOnlyAsync(new SinkRequest(HttpMethod.Post, server.Collections) { Body = body, Retry = true }, cancellationToken).ConfigureAwait(false);

            // The server keeps what another process made meanwhile and says nothing: what is there is read and compared.
            collection = await LoadAsync(cancellationToken).ConfigureAwait(false) ?? throw _client.Failures.Busy("made a collection that is not there yet");
        }

        CollectionFit.RequireSame(collection.Info, wanted, Place);
        if (collection.Space != ChromaCollection.SpaceOf(wanted.Distance) || (collection.WrittenDimension is { } written && written != wanted.Dimension))
        {
            throw new CollectionMismatchException(
                $"The collection {Place} does not fit: its vectors have {collection.WrittenDimension?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "any number of"} dimensions and are compared by '{collection.Space}', the model's have {wanted.Dimension} and are compared by {wanted.Distance}. Name another collection, or drop it and ingest again.");
        }
    }

    public async Task DropCollectionAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
        await _client.SendOnlyAsync(new SinkRequest(HttpMethod.Delete, $"{server.Collections}/{CollectionName}") { Retry = true, Accept = [404] }, cancellationToken).ConfigureAwait(false);
        _collection = null;
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _client.Dispose();
            _secret.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private string CollectionName => Uri.EscapeDataString(_address.Server.Collection);

    /// <summary>Asks the server what it takes, once.</summary>
    private async Task<ChromaServer> ServerAsync(CancellationToken cancellationToken)
    {
        if (_server is { } known)
        {
            return known;
        }

        var (tenant, database) = (_address.Tenant, _address.Database);
        if (tenant is null || database is null)
        {
            using var identity = await _client.SendAsync(new SinkRequest(HttpMethod.Get, "api/v2/auth/identity") { Retry = true }, cancellationToken).ConfigureAwait(false);
            (tenant, database) = Parse(identity, body => ReadIdentity(body, tenant, database));
        }

        using var answer = await _client.SendAsync(new SinkRequest(HttpMethod.Get, "api/v2/pre-flight-checks") { Retry = true, Accept = [404] }, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            throw _client.Failures.Fatal("does not know the API of version 2: Chroma 1.0 or later is needed, or something else listens there.");
        }

        var (most, base64) = Parse(answer, static body => (body.GetProperty("max_batch_size").GetInt32(), body.TryGetProperty("supports_base64_encoding", out var takes) && takes.GetBoolean()));
        return _server = new ChromaServer($"api/v2/tenants/{Uri.EscapeDataString(tenant)}/databases/{Uri.EscapeDataString(database)}/collections", Math.Max(1, most), base64);
    }

    private (string Tenant, string Database) ReadIdentity(JsonElement body, string? tenant, string? database)
    {
        var databases = body.GetProperty("databases").EnumerateArray().Select(static name => name.GetString()!).ToList();
        return (
            tenant ?? body.GetProperty("tenant").GetString()!,
            database ?? (databases is [var only] ? only : throw new ConfigurationException(
                $"The key for {_client.Failures.Where} opens {databases.Count} databases; say which one with database=NAME in the address{(databases.Count > 0 ? ": " + string.Join(", ", databases.Take(10)) : "")}.")));
    }

    /// <summary>Reads what the collection is, past what is remembered; null when there is none.</summary>
    private async Task<ChromaCollection?> LoadAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
        using var answer = await _client.SendAsync(new SinkRequest(HttpMethod.Get, $"{server.Collections}/{CollectionName}") { Retry = true, Accept = [404] }, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            SinkAbsence.Require(answer, _client.Failures, "NotFoundError", "does not exist");
            return _collection = null;
        }

        return _collection = Parse(answer, ChromaCollection.Read) ?? throw new CollectionMismatchException($"The collection {Place} was not made by Sluice. Name another one, or delete this one.");
    }

    private async Task<ChromaCollection?> FindAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _collection ?? await LoadAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<ChromaCollection> RequireAsync(CancellationToken cancellationToken) => await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw Missing();

    private StorageException Missing() => new($"There is no collection {Place}. Ingest into it first.") { IsMendable = true };

    /// <summary>
    /// Does something to the records of the collection. They are addressed by the collection's id: where that is not known any more, the collection was made anew, and its new
    /// id is looked up.
    /// </summary>
    /// <returns>What was read; <paramref name="missing"/> where there is no such collection.</returns>
    private async Task<T> CallAsync<T>(ChromaCall call, Func<JsonElement, T> read, T missing, CancellationToken cancellationToken)
    {
        var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
        using var body = call.Write is null ? null : ChromaBodies.Write(call.Write);
        var first = await FindAsync(cancellationToken).ConfigureAwait(false);
        var collection = first;
        for (var attempt = 1; collection is not null; attempt++)
        {
            var request = new SinkRequest(call.Method, $"{server.Collections}/{collection.Id:D}/{call.Verb}") { Body = call.Body ?? body, Retry = call.Retry, Accept = [404], Timeout = call.Timeout };
            using var answer = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (answer.Status != 404)
            {
                return Parse(answer, read);
            }

            if (attempt > 1)
            {
                throw _client.Failures.Busy($"does not know the collection '{_address.Server.Collection}' that it names itself");
            }

            collection = await LoadAsync(cancellationToken).ConfigureAwait(false);
            if (collection is not null && collection.Info != first!.Info)
            {
                throw new StorageException($"The collection {Place} was replaced by another one during the run. Run again.");
            }
        }

        return missing;
    }

    private T Parse<T>(SinkResponse answer, Func<JsonElement, T> read)
    {
        try
        {
            using var body = JsonDocument.Parse(answer.Body);
            return read(body.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw _client.Failures.Fatal($"gave an answer that cannot be understood: {exception.Message} It was: {answer.Text(200)}", exception);
        }
    }
}
