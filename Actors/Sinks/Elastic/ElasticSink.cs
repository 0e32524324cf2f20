using System.Globalization;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>
/// An index of Elasticsearch or OpenSearch: one document a chunk, its vector in a field of it, written by the bulk API. Safe for concurrent use, by several processes as well.
/// </summary>
internal sealed partial class ElasticSink : IVectorSink, IBulkLoading
{
    private static readonly SearchMode[] s_modes = [SearchMode.Vector, SearchMode.FullText, SearchMode.Hybrid];
    private static readonly EmbeddingKind[] s_kinds = [EmbeddingKind.Dense, EmbeddingKind.MultiVector, EmbeddingKind.Sparse];
    private static readonly JsonWriterOptions s_json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ElasticAddress _address;
    private readonly ElasticDialect _dialect;
    private readonly ElasticOptions _options;
    private readonly SinkSecret _secret;
    private readonly SinkHttpClient _client;
    private readonly string _index;
    private volatile ElasticServer? _server;
    private volatile ElasticIndex? _known;
    private volatile bool _unseen;
    private int _disposed;

    public ElasticSink(ElasticAddress address, ElasticDialect dialect, ElasticOptions options, SinkHttpOptions http, TimeProvider time)
    {
        (_address, _dialect, _options) = (address, dialect, options);
        _index = Uri.EscapeDataString(address.Server.Collection);
        _secret = new SinkSecret(address.Server, http, time, address.Server.User is null ? dialect.KeyVariables : dialect.PasswordVariables);
        _client = new SinkHttpClient(address.Server, http, time, new SinkHttpSettings
        {
            Secret = _secret,
            Authorize = (request, secret) => request.Headers.TryAddWithoutValidation("Authorization", Authorization(secret)),
            Headers = [KeyValuePair.Create("Accept", "application/json")],
            MaxConnections = options.Writers + 16,
            Classify = ElasticErrors.Classify,
        });
        Capabilities = new SinkCapabilities(options.MaxRecords, options.MaxBytes, options.Writers, s_kinds, s_modes) { InitialConcurrency = Math.Min(2, options.Writers) };
    }

    public string Name => _address.Server.Name;

    public SinkCapabilities Capabilities { get; }

    private string Place => $"'{_address.Server.Collection}' of {_client.Failures.Where}";

    public async Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken) => (await LoadAsync(cancellationToken).ConfigureAwait(false))?.Info;

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _client.Dispose();
            _secret.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>An API key as it is shown (id:key) must be encoded; one that is encoded already is sent as it is.</summary>
    private string Authorization(string secret) =>
        _address.Server.User is { } user ? $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}"))}"
        : _address.Bearer || _dialect is OpenSearchDialect ? $"Bearer {secret}"
        : $"ApiKey {(secret.Contains(':', StringComparison.Ordinal) ? Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)) : secret)}";

    /// <summary>Asks the server what it is, once.</summary>
    private async Task<ElasticServer> ServerAsync(CancellationToken cancellationToken)
    {
        if (_server is { } known)
        {
            return known;
        }

        using var answer = await _client.SendAsync(new SinkRequest(HttpMethod.Get, "") { Retry = true }, cancellationToken).ConfigureAwait(false);
        var server = Parse(answer, ElasticServer.Read) ?? throw _client.Failures.Fatal($"did not say which version it is: something else than {_dialect.Database} may be listening there.");
        _dialect.RequireUsable(server, null, _client.Failures.Where);
        return _server = server;
    }

    /// <summary>Reads what the index is, past what is remembered; null when there is none.</summary>
    private async Task<ElasticIndex?> LoadAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        await ServerAsync(cancellationToken).ConfigureAwait(false);
        using var answer = await _client.SendAsync(new SinkRequest(HttpMethod.Get, _index) { Retry = true, Accept = [404] }, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            SinkAbsence.Require(answer, _client.Failures, ElasticErrors.IndexNotFound);
            return _known = null;
        }

        return _known = Parse(answer, body => ElasticIndex.Read(body, _dialect))
            ?? throw new CollectionMismatchException($"The index {Place} was not made by Sluice. Name another index, or delete this one.");
    }

    private async Task<ElasticIndex?> FindAsync(CancellationToken cancellationToken) => _known ?? await LoadAsync(cancellationToken).ConfigureAwait(false);

    private async Task<ElasticIndex> RequireAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw Missing();
    }

    private StorageException Missing() => new($"There is no index {Place}. Ingest into it first.") { IsMendable = true };

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

    private static PooledBody Write(Action<Utf8JsonWriter> write)
    {
        var body = new PooledBody();
        using var json = new Utf8JsonWriter(body, s_json);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        json.Flush();
        return body;
    }

    /// <summary>Sends a request with a JSON body and reads the answer.</summary>
    /// <returns>What was read; <paramref name="missing"/> where there is no such index.</returns>
    private async Task<T> AskAsync<T>(HttpMethod method, string path, Action<Utf8JsonWriter>? write, Func<JsonElement, T> read, T missing, CancellationToken cancellationToken, TimeSpan? timeout = null)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        using var body = write is null ? null : Write(write);
        using var answer = await _client.SendAsync(new SinkRequest(method, path) { Body = body, Retry = true, Accept = [404], Timeout = timeout }, cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            if (ElasticErrors.Read(answer)?.Type == ElasticErrors.IndexNotFound)
            {
                _known = null;
                return missing;
            }

            throw _client.Failures.FromStatus(answer);
        }

        return Parse(answer, body =>
        {
            RequireWhole(body);
            return read(body);
        });
    }

    /// <summary>A search, a count, a listing or a deletion answers 200 also where some shards failed or the time was over: what it says is then not all there is.</summary>
    /// <exception cref="TransientException">The answer is only a part.</exception>
    private void RequireWhole(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (answer.TryGetProperty("_shards", out var shards) && shards.ValueKind == JsonValueKind.Object && Count(shards, "failed") is > 0 and var failed)
        {
            throw _client.Failures.Busy(string.Create(CultureInfo.InvariantCulture, $"answered only in part: {failed} of {Count(shards, "total")} shards failed"));
        }

        if (answer.TryGetProperty("timed_out", out var late) && late.ValueKind == JsonValueKind.True)
        {
            throw _client.Failures.Busy("answered only in part: it ran out of time");
        }
    }
}
