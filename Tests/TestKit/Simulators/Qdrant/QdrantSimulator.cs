using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Qdrant;

/// <summary>
/// The REST API of Qdrant 1.19: collections, payload indexes, points, queries over dense, multi- and sparse vectors with filters and prefetches, answered exactly. Refuses
/// what the server refuses, with its statuses and words: a body over 32 MiB is a 400, a wrong key plain text, one wrong vector refuses the whole request.
/// </summary>
public sealed class QdrantSimulator(string? apiKey = null)
    : DatabaseSimulator(ContractValidator.Load(["qdrant/openapi.json"], static request => request.Path is "/"))
{
    private readonly ConcurrentDictionary<string, QdrantCollection> _collections = new(StringComparer.Ordinal);

    /// <summary>The version it says it is.</summary>
    public string Version { get; init; } = "1.19.0";

    /// <summary>Times that a collection reports to be optimizing after its settings changed.</summary>
    public int OptimizingReports { get; init; }

    /// <summary>Points of all collections, for tests.</summary>
    public int CountAll => _collections.Values.Sum(static collection => collection.Points.Count);

    protected override long MaxBodyBytes => 32L << 20;

    /// <summary>A fault: the rate limit of the strict mode.</summary>
    /// <param name="retryAfterSeconds">Value of <c>Retry-After</c>; null leaves the header out.</param>
    public static Fault RateLimit(int? retryAfterSeconds = null)
    {
        var answer = Error(429, "Rate limiting exceeded: Write rate limit exceeded, retry later");
        return Fault.Answer(retryAfterSeconds is { } seconds ? answer.RetryAfter(seconds) : answer);
    }

    /// <summary>Starts one.</summary>
    public static async Task<QdrantSimulator> OpenAsync(string? apiKey = null)
    {
        var simulator = new QdrantSimulator(apiKey);
        await simulator.StartAsync();
        return simulator;
    }

    protected override SimulatorAnswer NotJson(SimulatorRequest request, JsonException exception) => Error(400, $"Format error in JSON body: {exception.Message}");

    protected override SimulatorAnswer TooLarge(SimulatorRequest request) =>
        Error(400, $"Payload error: JSON payload ({request.Body.Length} bytes) is larger than allowed (limit: {MaxBodyBytes} bytes).");

    protected override Task<SimulatorAnswer> HandleAsync(SimulatorRequest request, CancellationToken cancellationToken)
    {
        if (apiKey is not null && request.Header("api-key") != apiKey && request.Header("Authorization") != $"Bearer {apiKey}")
        {
            return Task.FromResult(SimulatorAnswer.Text(401, "Must provide an API key or an Authorization bearer token"));
        }

        try
        {
            return Task.FromResult(Handle(request));
        }
        catch (QdrantException exception)
        {
            return Task.FromResult(Error(exception.Status, exception.Message));
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Task.FromResult(Error(400, $"Format error in JSON body: {exception.Message}"));
        }
    }

    private static SimulatorAnswer Error(int status, string message) =>
        SimulatorAnswer.Json(status, new JsonObject { ["status"] = new JsonObject { ["error"] = message }, ["time"] = 0.0001 });

    private static SimulatorAnswer Ok(JsonNode? result) => SimulatorAnswer.Json(200, new JsonObject { ["result"] = result, ["status"] = "ok", ["time"] = 0.0001 });

    private SimulatorAnswer Handle(SimulatorRequest request)
    {
        if (request.Is("GET", "/"))
        {
            return SimulatorAnswer.Json(200, new JsonObject { ["title"] = "qdrant - vector search engine", ["version"] = Version, ["commit"] = "simulator" });
        }

        if (request.Is("GET", "/collections"))
        {
            return Ok(new JsonObject { ["collections"] = new JsonArray([.. _collections.Keys.Select(static name => new JsonObject { ["name"] = name })]) });
        }

        if (request.Segments is not ["collections", var name, .. var rest])
        {
            return SimulatorAnswer.Empty(404);
        }

        return (request.Method, rest) switch
        {
            ("GET", ["exists"]) => Ok(new JsonObject { ["exists"] = _collections.ContainsKey(name) }),
            ("PUT", []) => Create(name, request.Json),
            ("DELETE", []) => Ok(_collections.TryRemove(name, out _)),
            _ => Handle(request, string.Join('/', rest), _collections.GetValueOrDefault(name) ?? throw QdrantException.NoCollection(name)),
        };
    }

    private SimulatorAnswer Create(string name, JsonElement body)
    {
        if (name.Length is 0 or > 255 || name.IndexOfAny(['/', '\\', '<', '>', '"', '|', '?', '*', '\0', ':', '\u001f']) >= 0)
        {
            throw new QdrantException(422, "Validation error in path parameters: [collection_name: invalid]");
        }

        return _collections.TryAdd(name, new QdrantCollection(QdrantConfig.Create(body)) { OptimizingReports = OptimizingReports })
            ? Ok(true)
            : throw new QdrantException(409, $"Wrong input: Collection `{name}` already exists!");
    }

    private static SimulatorAnswer Handle(SimulatorRequest request, string action, QdrantCollection collection)
    {
        var body = request.Json;
        switch (request.Method, action)
        {
            case ("GET", ""):
                return Ok(collection.Describe());
            case ("PATCH", ""):
                collection.Update(body);
                return Ok(true);
            case ("PUT", "index"):
                return Index(request, collection);
            case ("PUT", "points"):
                return Write(request, collection, ("upsert", body));
            case ("PUT", "points/vectors"):
                return Write(request, collection, ("update_vectors", body));
            case ("POST", "points/delete"):
                return Write(request, collection, ("delete", body));
            case ("POST", "points/payload"):
                return Write(request, collection, ("set_payload", body));
            case ("PUT", "points/payload"):
                return Write(request, collection, ("overwrite_payload", body));
            case ("POST", "points/payload/delete"):
                return Write(request, collection, ("delete_payload", body));
            case ("POST", "points/batch"):
                return WriteMany(request, collection);
            default:
                return Read(request, action, collection);
        }
    }

    private static SimulatorAnswer Index(SimulatorRequest request, QdrantCollection collection)
    {
        var schema = request.Json.GetProperty("field_schema");
        collection.Indexes[request.Json.GetProperty("field_name").GetString()!] =
            schema.ValueKind == JsonValueKind.String ? new JsonObject { ["type"] = schema.GetString() } : JsonNode.Parse(schema.GetRawText())!.AsObject();
        return Ok(new JsonObject { ["operation_id"] = collection.Apply([], wait: true), ["status"] = "completed" });
    }

    private static SimulatorAnswer Write(SimulatorRequest request, QdrantCollection collection, params (string Operation, JsonElement Body)[] operations)
    {
        var wait = request.Parameter("wait") == "true";
        var number = collection.Apply([.. operations.Select(one => collection.Prepare(one.Operation, one.Body))], wait);
        return Ok(new JsonObject { ["operation_id"] = number, ["status"] = wait ? "completed" : "acknowledged" });
    }

    private static SimulatorAnswer WriteMany(SimulatorRequest request, QdrantCollection collection)
    {
        var results = new JsonArray();
        foreach (var operation in request.Json.GetProperty("operations").EnumerateArray().Select(static operation => operation.EnumerateObject().First()))
        {
            // One after the other: those before a wrong one stay done.
            var wait = request.Parameter("wait") == "true";
            var number = collection.Apply([collection.Prepare(operation.Name, operation.Value)], wait);
            results.Add(new JsonObject { ["operation_id"] = number, ["status"] = wait ? "completed" : "acknowledged" });
        }

        return Ok(results);
    }

    private static SimulatorAnswer Read(SimulatorRequest request, string action, QdrantCollection collection)
    {
        var (body, points) = (request.Json, collection.Points);
        switch (request.Method, action)
        {
            case ("POST", "points"):
            {
                var ids = body.GetProperty("ids").EnumerateArray().Select(QdrantReader.Id).ToHashSet();
                return Ok(new JsonArray([.. points.Where(point => ids.Contains(point.Id)).Select(point => Show(point, body, payload: true))]));
            }

            case ("POST", "points/count"):
            {
                var filter = new QdrantFilter(body, collection.Indexes);
                return Ok(new JsonObject { ["count"] = points.Count(filter.Meets) });
            }

            case ("POST", "points/scroll"):
                return Scroll(body, collection, points);
            case ("POST", "points/query"):
                return Ok(Query(body, collection, points));
            case ("POST", "points/query/batch"):
                return Ok(new JsonArray([.. body.GetProperty("searches").EnumerateArray().Select(search => Query(search, collection, points))]));
            case ("POST", "facet"):
                return Facet(body, collection, points);
            case ("GET", _) when action.StartsWith("points/", StringComparison.Ordinal):
            {
                var id = QdrantReader.Id(action[7..]);
                return points.FirstOrDefault(point => point.Id == id) is { } found
                    ? Ok(Show(found, JsonSerializer.SerializeToElement(new { with_vector = true }), payload: true))
                    : throw new QdrantException(404, $"Not found: Point with id {id} does not exists!");
            }

            default:
                return SimulatorAnswer.Empty(404);
        }
    }

    private static SimulatorAnswer Scroll(JsonElement body, QdrantCollection collection, IReadOnlyCollection<QdrantPoint> points)
    {
        var limit = body.TryGetProperty("limit", out var most) && most.ValueKind == JsonValueKind.Number ? most.GetInt32() : 10;
        var filter = new QdrantFilter(body, collection.Indexes);
        var from = body.TryGetProperty("offset", out var offset) && offset.ValueKind != JsonValueKind.Null ? QdrantReader.Id(offset) : (QdrantId?)null;
        var page = points.Where(point => (from is not { } first || QdrantId.Order.Compare(point.Id, first) >= 0) && filter.Meets(point)).OrderBy(static point => point.Id, QdrantId.Order).Take(limit + 1).ToList();
        return Ok(new JsonObject
        {
            ["points"] = new JsonArray([.. page.Take(limit).Select(point => Show(point, body, payload: true))]),
            ["next_page_offset"] = page.Count > limit ? page[limit].Id.ToJson() : null,
        });
    }

    private static JsonObject Query(JsonElement body, QdrantCollection collection, IReadOnlyCollection<QdrantPoint> points) => new()
    {
        ["points"] = new JsonArray([.. QdrantSearch.Run(body, collection, points).Select(hit =>
        {
            var shown = Show(hit.Point, body, payload: false);
            shown["version"] = hit.Point.Sequence;
            shown["score"] = hit.Score;
            return shown;
        })]),
    };

    private static SimulatorAnswer Facet(JsonElement body, QdrantCollection collection, IReadOnlyCollection<QdrantPoint> points)
    {
        var key = body.GetProperty("key").GetString()!;
        if (collection.Indexes.GetValueOrDefault(key)?["type"]?.GetValue<string>() is not ("keyword" or "uuid" or "integer" or "bool"))
        {
            throw new QdrantException(400, $"Bad request: No appropriate index for faceting: `{key}`. Please create one to facet on this field.");
        }

        var limit = body.TryGetProperty("limit", out var most) && most.ValueKind == JsonValueKind.Number ? most.GetInt32() : 10;
        var filter = new QdrantFilter(body, collection.Indexes);
        var hits = points.Where(filter.Meets).SelectMany(point => QdrantText.Values(point.Payload, key)).Where(static value => value is not null)
            .CountBy(static value => value!.GetValue<string>()).OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key, StringComparer.Ordinal).Take(limit);
        return Ok(new JsonObject { ["hits"] = new JsonArray([.. hits.Select(static pair => new JsonObject { ["value"] = pair.Key, ["count"] = pair.Value })]) });
    }

    private static JsonObject Show(QdrantPoint point, JsonElement body, bool payload)
    {
        var shown = new JsonObject { ["id"] = point.Id.ToJson() };
        if (Chosen(body, "with_payload", payload) is var chosen && chosen.Any)
        {
            shown["payload"] = new JsonObject(point.Payload.Where(pair => chosen.Names?.Contains(pair.Key) ?? true).Select(static pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
        }

        if (Chosen(body, "with_vector", missing: false) is var vectors && vectors.Any)
        {
            shown["vector"] = point.Vectors.TryGetValue("", out var single)
                ? QdrantReader.ToJson(single)
                : new JsonObject(point.Vectors.Where(pair => vectors.Names?.Contains(pair.Key) ?? true).Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)QdrantReader.ToJson(pair.Value))));
        }

        return shown;
    }

    private static (bool Any, HashSet<string>? Names) Chosen(JsonElement body, string name, bool missing) =>
        !body.TryGetProperty(name, out var chosen) ? (missing, null)
        : chosen.ValueKind == JsonValueKind.Array ? (true, [.. chosen.EnumerateArray().Select(static one => one.GetString()!)])
        : chosen.ValueKind == JsonValueKind.Object ? (true, [.. chosen.GetProperty("include").EnumerateArray().Select(static one => one.GetString()!)])
        : (chosen.ValueKind == JsonValueKind.True, null);
}
