using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Pinecone;

/// <summary>
/// Control plane and data plane of Pinecone's REST API, version 2026-04, for one index at a time on the data plane. Eventually consistent: a write is seen some reads later,
/// counts later still, and both planes say how far they are as Pinecone does. A new index is ready, a deleted one gone, only after it was asked for a few times. Limits of
/// size, number and metadata are enforced. A newer version in <c>X-Pinecone-Api-Version</c>, as the official client sends it, gets the newer form of an index.
/// </summary>
public sealed partial class PineconeSimulator(string apiKey = "test-key")
    : DatabaseSimulator(ContractValidator.Load(
        ["pinecone/db_control_2026-04.oas.yaml", "pinecone/db_data_2026-04.oas.yaml"],
        static request => request.Header("X-Pinecone-Api-Version") is not "2026-04"))
{
    private readonly ConcurrentDictionary<string, PineconeIndex> _indexes = new(StringComparer.Ordinal);

    /// <summary>Reads until a write is seen. Default 2.</summary>
    public int Lag { get; init; } = 2;

    /// <summary>Times that a new index is described as not ready, and a deleted one as going away. Default 2.</summary>
    public int Slowness { get; init; } = 2;

    /// <summary>Indexes that the project may have. Default 5.</summary>
    public int MaxIndexes { get; init; } = 5;

    /// <summary>Whether an index that is made comes to nothing.</summary>
    public bool FailsToInitialize { get; init; }

    /// <summary>Records of all namespaces, whether they are seen yet or not, for tests.</summary>
    public int CountAll => _indexes.Values.Sum(static index => index.Namespaces.Values.Sum(static one => one.CountAtLast));

    protected override long MaxBodyBytes => 2 << 20;

    /// <summary>A fault: a rate limit. Pinecone sends no <c>Retry-After</c>, a proxy may.</summary>
    public static Fault RateLimit(int? retryAfterSeconds = null)
    {
        var answer = DataError(429, 8, "Too many requests. You've reached the max upsert requests per second of 100 per namespace. Pace your upsert rate or retry with backoff.");
        return Fault.Answer(retryAfterSeconds is { } seconds ? answer.RetryAfter(seconds) : answer);
    }

    /// <summary>A fault: the month's write units are used up, which does not pass.</summary>
    public static Fault UsedUp() =>
        Fault.Answer(DataError(429, 8, "Request failed. You've reached your write unit limit for the current month (2000000). To continue writing data, upgrade your plan."));

    /// <summary>Starts one.</summary>
    public static async Task<PineconeSimulator> OpenAsync()
    {
        var simulator = new PineconeSimulator();
        await simulator.StartAsync();
        return simulator;
    }

    /// <summary>Turns on an index's protection against deletion.</summary>
    public void Protect(string index) => _indexes[index].IsProtected = true;

    internal static SimulatorAnswer DataError(int status, int code, string message) =>
        SimulatorAnswer.Json(status, new JsonObject { ["code"] = code, ["message"] = message, ["details"] = new JsonArray() });

    protected override SimulatorAnswer NotJson(SimulatorRequest request, JsonException exception) => DataError(400, 3, exception.Message);

    protected override SimulatorAnswer TooLarge(SimulatorRequest request) =>
        DataError(400, 11, string.Create(CultureInfo.InvariantCulture, $"Error, message length too large: found {request.Body.Length} bytes, the limit is: {MaxBodyBytes} bytes"));

    protected override Task<SimulatorAnswer> HandleAsync(SimulatorRequest request, CancellationToken cancellationToken)
    {
        var control = request.Segments is ["indexes", ..];
        try
        {
            return Task.FromResult(
                request.Header("Api-Key") != apiKey ? Error(new PineconeException(401, "UNAUTHENTICATED", "Invalid API Key"), control)
                : control ? Control(request)
                : Data(request));
        }
        catch (PineconeException exception)
        {
            return Task.FromResult(Error(exception, control));
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Task.FromResult(Error(PineconeException.Invalid(exception.Message), control));
        }
    }

    private static SimulatorAnswer Error(PineconeException exception, bool control) => control
        ? SimulatorAnswer.Json(exception.Status, new JsonObject { ["error"] = new JsonObject { ["code"] = exception.Code, ["message"] = exception.Message }, ["status"] = exception.Status })
        : DataError(exception.Status, exception.Number, exception.Message);

    /// <summary>The data plane. Its host is the same for all indexes here: the one that is there is meant.</summary>
    private SimulatorAnswer Data(SimulatorRequest request)
    {
        var index = _indexes.Values.SingleOrDefault(static index => index.Terminating is null) ?? throw new PineconeException(404, "NOT_FOUND", "Index not found");
        if (index.NotReady > 0)
        {
            throw new PineconeException(503, "UNAVAILABLE", "The index is not ready");
        }

        switch (request.Method, request.Path)
        {
            case ("POST", "/vectors/upsert"):
            {
                var (lsn, count) = index.Upsert(request.Json);
                return Written(new JsonObject { ["upsertedCount"] = count }, lsn);
            }

            case ("POST", "/vectors/delete"):
                return Written([], index.Delete(request.Json));
            case ("POST", "/vectors/update"):
                return Written([], index.Update(request.Json));
            case ("POST", "/query"):
            {
                var (answer, indexed) = index.Query(request.Json);
                return SimulatorAnswer.Json(200, answer).With("x-pinecone-max-indexed-lsn", indexed.ToString(CultureInfo.InvariantCulture));
            }

            case ("GET", "/vectors/fetch"):
                return Fetch(request, index);
            case ("GET", "/vectors/list"):
                return List(request, index);
            case ("POST", "/vectors/fetch_by_metadata"):
                return FetchByMetadata(request.Json, index);
            case ("POST", "/describe_index_stats"):
                return Statistics(index);
            default:
                return Namespaces(request, index);
        }
    }

    private static SimulatorAnswer Written(JsonObject answer, long lsn) => SimulatorAnswer.Json(200, answer).With("x-pinecone-request-lsn", lsn.ToString(CultureInfo.InvariantCulture));

    private static SimulatorAnswer Fetch(SimulatorRequest request, PineconeIndex index)
    {
        var ids = request.Values("ids").ToHashSet(StringComparer.Ordinal);
        if (ids.Count is 0 or > 1_000 || request.Path.Length + ids.Sum(static id => id.Length + 5) > 32_000)
        {
            throw PineconeException.Invalid("1 to 1000 ids can be fetched");
        }

        var records = index.Find(request.Parameter("namespace"))?.Read().Records ?? [];
        return SimulatorAnswer.Json(200, new JsonObject
        {
            ["vectors"] = new JsonObject(records.Where(record => ids.Contains(record.Id)).Select(static record => KeyValuePair.Create(record.Id, (JsonNode?)record.ToJson(values: true, metadata: true)))),
            ["namespace"] = PineconeIndex.NamespaceName(request.Parameter("namespace")),
            ["usage"] = new JsonObject { ["readUnits"] = 1 },
        });
    }

    private static SimulatorAnswer List(SimulatorRequest request, PineconeIndex index)
    {
        var limit = int.Parse(request.Parameter("limit") ?? "100", CultureInfo.InvariantCulture);
        if (limit is < 1 or > 100)
        {
            throw PineconeException.Invalid("limit must be 1 to 100");
        }

        var after = request.Parameter("paginationToken") is { } token ? ReadToken(token) : "";
        var prefix = request.Parameter("prefix") ?? "";
        var page = (index.Find(request.Parameter("namespace"))?.Read().Records ?? [])
            .Where(record => record.Id.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(record.Id, after) > 0).Take(limit + 1).ToList();
        return SimulatorAnswer.Json(200, Paged(
            new JsonObject
            {
                ["vectors"] = new JsonArray([.. page.Take(limit).Select(static record => new JsonObject { ["id"] = record.Id })]),
                ["namespace"] = PineconeIndex.NamespaceName(request.Parameter("namespace")),
                ["usage"] = new JsonObject { ["readUnits"] = 1 },
            },
            page.Count > limit ? page[limit - 1].Id : null));
    }

    private static SimulatorAnswer FetchByMetadata(JsonElement body, PineconeIndex index)
    {
        var limit = body.TryGetProperty("limit", out var most) ? most.GetInt32() : 100;
        if (limit is < 1 or > 100)
        {
            throw PineconeException.Invalid("limit must be 1 to 100");
        }

        var given = body.TryGetProperty("namespace", out var named) ? named.GetString() : null;
        var after = body.TryGetProperty("paginationToken", out var token) ? ReadToken(token.GetString()!) : "";
        var page = (index.Find(given)?.Read().Records ?? [])
            .Where(record => string.CompareOrdinal(record.Id, after) > 0 && PineconeFilter.Meets(body.GetProperty("filter"), record.Metadata)).Take(limit + 1).ToList();
        return SimulatorAnswer.Json(200, Paged(
            new JsonObject
            {
                ["vectors"] = new JsonObject(page.Take(limit).Select(static record => KeyValuePair.Create(record.Id, (JsonNode?)record.ToJson(values: true, metadata: true)))),
                ["namespace"] = PineconeIndex.NamespaceName(given),
                ["usage"] = new JsonObject { ["readUnits"] = 1 },
            },
            page.Count > limit ? page[limit - 1].Id : null));
    }

    private static JsonObject Paged(JsonObject answer, string? last)
    {
        if (last is not null)
        {
            answer["pagination"] = new JsonObject { ["next"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"after:{last}")) };
        }

        return answer;
    }

    private static string ReadToken(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(token)) is var text && text.StartsWith("after:", StringComparison.Ordinal) ? text[6..] : throw PineconeException.Invalid("Invalid pagination token");
        }
        catch (FormatException)
        {
            throw PineconeException.Invalid("Invalid pagination token");
        }
    }

    private static SimulatorAnswer Statistics(PineconeIndex index)
    {
        var counts = index.Namespaces.ToDictionary(static pair => pair.Key, static pair => pair.Value.Read().Count, StringComparer.Ordinal);
        var json = new JsonObject
        {
            ["namespaces"] = new JsonObject(counts.Where(static pair => pair.Value > 0).Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonObject { ["vectorCount"] = pair.Value }))),
            ["indexFullness"] = 0,
            ["totalVectorCount"] = counts.Values.Sum(),
            ["metric"] = index.Metric,
            ["vectorType"] = index.IsSparse ? "sparse" : "dense",
        };
        if (index.Dimension is { } dimension)
        {
            json["dimension"] = dimension;
        }

        return SimulatorAnswer.Json(200, json);
    }

    private static SimulatorAnswer Namespaces(SimulatorRequest request, PineconeIndex index)
    {
        switch (request.Method, request.Segments)
        {
            case ("GET", ["namespaces"]):
                return SimulatorAnswer.Json(200, new JsonObject
                {
                    ["namespaces"] = new JsonArray([.. index.Namespaces.Select(static pair => new JsonObject { ["name"] = pair.Key, ["record_count"] = pair.Value.Read().Count })]),
                    ["total_count"] = index.Namespaces.Count,
                });
            case ("GET", ["namespaces", var name]) when index.Find(name) is { } found:
                return SimulatorAnswer.Json(200, new JsonObject { ["name"] = name, ["record_count"] = found.Read().Count });
            case ("DELETE", ["namespaces", var name]):
                return index.RemoveNamespace(name) ? SimulatorAnswer.Json(200, new JsonObject()) : throw new PineconeException(404, "NOT_FOUND", "Namespace not found");
            default:
                throw new PineconeException(404, "NOT_FOUND", "Not found");
        }
    }
}
