using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Qdrant;

/// <summary>
/// A collection in Qdrant, over its REST API: a point a chunk, with its embedding and its words as vectors and all else as payload. Safe for concurrent use, by several
/// processes as well. Every write waits until it is applied, so that what is read next has it.
/// </summary>
internal sealed partial class QdrantSink : IVectorSink, IBulkLoading
{
    private const string Database = "Qdrant";
    private const int MaxDimension = 65_536;
    private const string KeyHeader = "api-key";

    private static readonly EmbeddingKind[] s_kinds = [EmbeddingKind.Dense, EmbeddingKind.MultiVector, EmbeddingKind.Sparse];
    private static readonly SearchMode[] s_allModes = [SearchMode.Vector, SearchMode.FullText, SearchMode.Hybrid];
    private static readonly SearchMode[] s_vectorOnly = [SearchMode.Vector];

    private readonly QdrantAddress _address;
    private readonly QdrantOptions _options;
    private readonly SinkSecret _secret;
    private readonly SinkHttpClient _http;
    private readonly string _path;
    private volatile QdrantCollection? _collection;
    private int _disposed;

    public QdrantSink(QdrantAddress address, QdrantOptions options, SinkHttpOptions http, TimeProvider time)
    {
        _address = address;
        _options = options;
        _secret = new SinkSecret(address.Server, http, time, "QDRANT_API_KEY");
        _path = $"collections/{Uri.EscapeDataString(address.Server.Collection)}";
        _http = new SinkHttpClient(address.Server, http, time, new SinkHttpSettings
        {
            Secret = _secret,
            Authorize = static (request, secret) => request.Headers.TryAddWithoutValidation(KeyHeader, secret),
            MaxConnections = options.Writers + 16,
            Classify = Classify,
        });
        Capabilities = new SinkCapabilities(options.MaxRecords, options.MaxBytes, options.Writers, s_kinds, address.FullText ? s_allModes : s_vectorOnly)
        {
            InitialConcurrency = Math.Min(2, options.Writers),
            ReturnsExactVectors = address.Storage is not "float16",
        };
    }

    public string Name => _address.Server.Name;

    public SinkCapabilities Capabilities { get; }

    /// <summary>The collection and where it is, for messages.</summary>
    private string Place => $"'{_address.Server.Collection}' in {_http.Failures.Where}";

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _http.Dispose();
            _secret.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>What Qdrant says in its own way: the reason lies in <c>status.error</c>, a body that is too large is a 400.</summary>
    private static Exception? Classify(SinkResponse response, SinkFailures failures)
    {
        var said = Reason(response);
        return response.Status switch
        {
            400 when said.Contains("larger than allowed", StringComparison.Ordinal) => failures.TooLarge($"takes no request of this size: {said}"),
            400 or 404 or 409 or 422 => failures.Refused($"refused the request ({response.Status}): {said}"),
            429 => failures.Throttled($"wants fewer requests (429): {said}", response.RetryAfter),
            408 or 500 or 503 => failures.Busy($"answers {response.Status}: {said}", response.RetryAfter),
            _ => null,
        };
    }

    private static string Reason(SinkResponse response)
    {
        try
        {
            using var json = JsonDocument.Parse(response.Body);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("status", out var status)
                && status.ValueKind == JsonValueKind.Object && status.TryGetProperty("error", out var error) && error.GetString() is { Length: > 0 } text)
            {
                return text.Length <= 600 ? text : text[..600] + "…";
            }
        }
        catch (JsonException)
        {
            // A proxy's answer, or plain text: taken as it is.
        }

        return response.Text();
    }

    private void RequireOpen() => ObjectDisposedException.ThrowIf(_disposed != 0, this);

    /// <summary>The collection; remembered while this process neither drops it nor finds it gone.</summary>
    private async Task<QdrantCollection?> FindAsync(CancellationToken cancellationToken) => _collection ?? await LoadAsync(cancellationToken).ConfigureAwait(false);

    private async Task<QdrantCollection> RequireAsync(CancellationToken cancellationToken) => await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw Missing();

    private StorageException Missing() => new($"There is no collection {Place}. Ingest into it first.") { IsMendable = true };

    /// <summary>Reads what the collection is, past what is remembered.</summary>
    private async Task<QdrantCollection?> LoadAsync(CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(new SinkRequest(HttpMethod.Get, _path) { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
        if (response.Status == 404)
        {
            SinkAbsence.Require(response, _http.Failures, "Not found: Collection");
            return _collection = null;
        }

        return _collection = QdrantCollection.Read(response.Body, Place);
    }

    /// <summary>Sends a body that is written here; null when the collection is gone.</summary>
    private async Task<SinkResponse?> SendAsync(HttpMethod method, string action, Action<Utf8JsonWriter> write, bool retry, CancellationToken cancellationToken)
    {
        using var body = new PooledBody(4096);
        Write(body, write);
        return await SendAsync(method, action, body, retry, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SinkResponse?> SendAsync(HttpMethod method, string action, PooledBody body, bool retry, CancellationToken cancellationToken)
    {
        var response = await _http.SendAsync(new SinkRequest(method, _path + action) { Body = body, Retry = retry, Accept = [404] }, cancellationToken).ConfigureAwait(false);
        if (response.Status != 404)
        {
            return response;
        }

        using (response)
        {
            var said = Reason(response);
            if (said.Contains("doesn't exist", StringComparison.Ordinal))
            {
                _collection = null;
                return null;
            }

            throw _http.Failures.Refused($"refused the request (404): {said}");
        }
    }

    private static void Write(PooledBody body, Action<Utf8JsonWriter> write)
    {
        using var writer = new Utf8JsonWriter(body, QdrantPointWriter.Json);
        write(writer);
    }
}
