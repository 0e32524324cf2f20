using System.Text.Encodings.Web;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pinecone;

/// <summary>
/// A namespace of a serverless index in Pinecone, over its REST API of version 2026-04: a record a chunk, by the chunk's own id. Safe for concurrent use, by several
/// processes as well. Pinecone shows writes late: <see cref="MakeVisibleAsync"/> waits for them, and what must not miss one calls it.
/// </summary>
internal sealed partial class PineconeSink : IVectorSink, IReportsTruncation
{
    private const string Database = "Pinecone";
    private const string Version = "2026-04";
    private const int MaxDimension = 20_000;

    private static readonly EmbeddingKind[] s_kinds = [EmbeddingKind.Dense, EmbeddingKind.Sparse];
    private static readonly SearchMode[] s_modes = [SearchMode.Vector];
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly PineconeAddress _address;
    private readonly PineconeOptions _options;
    private readonly SinkHttpOptions _httpOptions;
    private readonly TimeProvider _time;
    private readonly SinkSecret _secret;
    private readonly SinkHttpClient _control;
    private readonly TruncationLog _truncations = new();
    private readonly Lock _lock = new();
    private SinkHttpClient? _data;
    private string? _host;
    private volatile PineconeIndex? _index;
    private int _disposed;

    public PineconeSink(PineconeAddress address, PineconeOptions options, SinkHttpOptions http, TimeProvider time)
    {
        (_address, _options, _httpOptions, _time) = (address, options, http, time);
        _secret = new SinkSecret(address.Server, http, time, "PINECONE_API_KEY");
        _control = new SinkHttpClient(address.Server, http, time, Settings(null));
        Capabilities = new SinkCapabilities(options.MaxRecords, options.MaxBytes, options.Writers, s_kinds, s_modes) { InitialConcurrency = Math.Min(2, options.Writers) };
    }

    public string Name => _address.Name;

    public SinkCapabilities Capabilities { get; }

    public IReadOnlyList<Truncation> Truncations => _truncations.Items;

    /// <summary>The index and where it is, for messages.</summary>
    private string Place => $"'{_address.Server.Collection}' in {_control.Failures.Where}";

    private string IndexPath => $"indexes/{_address.Server.Collection}";

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _control.Dispose();
            _data?.Dispose();
            _secret.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// What Pinecone says in its own way. A used-up month is told from a rate limit by its words alone; a message that is too long is a 400.
    /// </summary>
    private static Exception? Classify(SinkResponse response, SinkFailures failures)
    {
        var said = Reason(response);
        return response.Status switch
        {
            429 or 403 when said.Contains("month", StringComparison.OrdinalIgnoreCase) || said.Contains("upgrade your plan", StringComparison.OrdinalIgnoreCase) || said.Contains("quota", StringComparison.OrdinalIgnoreCase)
                => failures.Quota(said.TrimEnd('.') + "."),
            400 when said.Contains("too large", StringComparison.OrdinalIgnoreCase) || said.Contains("request size", StringComparison.OrdinalIgnoreCase)
                => failures.TooLarge($"takes no request of this size: {said}"),
            400 or 404 or 409 or 412 or 422 => failures.Refused($"refused the request ({response.Status}): {said}"),
            429 => failures.Throttled($"wants fewer requests (429): {said}", response.RetryAfter),
            408 or 500 or 503 => failures.Busy($"answers {response.Status}: {said}", response.RetryAfter),
            _ => null,
        };
    }

    /// <summary>The message: of the control plane below <c>error</c>, of the data plane at the top; plain text where a proxy answered.</summary>
    private static string Reason(SinkResponse response)
    {
        try
        {
            using var json = JsonDocument.Parse(response.Body);
            var root = json.RootElement;
            if (root.ValueKind == JsonValueKind.Object)
            {
                var holder = root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object ? error : root;
                if (holder.TryGetProperty("message", out var message) && message.GetString() is { Length: > 0 } text)
                {
                    return text.Length <= 600 ? text : text[..600] + "…";
                }
            }
        }
        catch (JsonException)
        {
            // Not JSON: taken as it is.
        }

        return response.Text();
    }

    private SinkHttpSettings Settings(Uri? host) => new()
    {
        BaseAddress = host,
        Secret = _secret,
        Authorize = static (request, secret) => request.Headers.TryAddWithoutValidation("Api-Key", secret),
        Headers = [new("X-Pinecone-Api-Version", Version)],
        MaxConnections = _options.Writers + 16,
        Classify = Classify,
    };

    private void RequireOpen() => ObjectDisposedException.ThrowIf(_disposed != 0, this);

    /// <summary>The index; remembered while this process neither drops it nor finds it gone.</summary>
    private async Task<PineconeIndex?> FindAsync(CancellationToken cancellationToken) => _index ?? await LoadAsync(cancellationToken).ConfigureAwait(false);

    private async Task<PineconeIndex> RequireAsync(CancellationToken cancellationToken) => await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw Missing();

    private StorageException Missing() => new($"There is no index {Place}. Ingest into it first.") { IsMendable = true };

    /// <summary>Reads what the index is, past what is remembered. One that is going away counts as gone.</summary>
    private async Task<PineconeIndex?> LoadAsync(CancellationToken cancellationToken)
    {
        var index = await DescribeIndexAsync(cancellationToken).ConfigureAwait(false);
        return _index = index?.State == PineconeIndex.Terminating ? null : index;
    }

    private async Task<PineconeIndex?> DescribeIndexAsync(CancellationToken cancellationToken)
    {
        using var response = await _control.SendAsync(new SinkRequest(HttpMethod.Get, IndexPath) { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
        if (response.Status == 404)
        {
            SinkAbsence.Require(response, _control.Failures, "NOT_FOUND");
            return null;
        }

        return PineconeIndex.Read(response.Body, Place);
    }

    /// <summary>The client of the index's own host, which the control plane named.</summary>
    private SinkHttpClient Data(PineconeIndex index)
    {
        lock (_lock)
        {
            RequireOpen();
            if (_data is null || _host != index.Host)
            {
                // The one before is left to requests that are under way; a host changes only with the index.
                _host = index.Host;
                _data = new SinkHttpClient(_address.Server, _httpOptions, _time, Settings(new Uri($"{(_address.Server.Tls ? "https" : "http")}://{index.Host}/")));
            }

            return _data;
        }
    }

    private static void Write(PooledBody body, Action<Utf8JsonWriter> write)
    {
        using var writer = new Utf8JsonWriter(body, s_json);
        write(writer);
    }
}
