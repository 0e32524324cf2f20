using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Weaviate;

/// <summary>
/// Weaviate 1.39 as far as sinks and its official clients use it: schema and objects over REST, batches, deletion, search and counting over gRPC, with AutoSchema on as it is
/// by default. The limits of its sources are kept: 10,000 results, messages of 104,858,000 bytes, errors a object, dimensions fixed by the first object.
/// </summary>
public sealed partial class WeaviateSimulator() : DatabaseSimulator(ContractValidator.Load(["weaviate/schema-1.39.0.json"], IsOutside))
{
    private readonly WeaviateStore _store = new();

    /// <summary>The key that is asked for; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Most bytes of a gRPC message (GRPC_MAX_MESSAGE_SIZE).</summary>
    public int MaxMessageBytes { get; set; } = 104_858_000;

    /// <summary>Says why an object of a batch is refused, by its id; null for one that is not.</summary>
    public Func<string, string?>? RefuseObject { get; set; }

    /// <summary>Whether batches are taken without looking into them: for measurements of those who write.</summary>
    public bool DiscardsWrites { get; init; }

    /// <summary>Most classes, as a configured usage limit.</summary>
    public int MaxClasses { get; set; } = int.MaxValue;

    /// <summary>Entries that wait for the vector index, as with ASYNC_INDEXING; one less each time it is asked for.</summary>
    public int Queued { get; set; }

    /// <inheritdoc/>
    protected override bool HasGrpc => true;

    /// <summary>Objects of a class.</summary>
    public int CountObjects(string name)
    {
        lock (_store.Lock)
        {
            return _store.Find(name)?.Objects.Count ?? 0;
        }
    }

    /// <inheritdoc/>
    protected override Task<SimulatorAnswer> HandleAsync(SimulatorRequest request, CancellationToken cancellationToken) =>
        Task.FromResult(GrpcAnswer.IsGrpc(request) ? HandleGrpc(request) : HandleRest(request));

    /// <inheritdoc/>
    protected override SimulatorAnswer NotJson(SimulatorRequest request, JsonException exception) =>
        SimulatorAnswer.Json(400, new JsonObject { ["code"] = 400, ["message"] = $"parsing body: {exception.Message}" });

    /// <summary>gRPC has a contract of its own; and the REST description types a named vector as an object, although it is a list of numbers.</summary>
    private static bool IsOutside(SimulatorRequest request) => GrpcAnswer.IsGrpc(request) || request.Is("*", "/v1/objects/**") || request.Is("POST", "/v1/batch/objects")
        || (request.Is("POST", "/v1/schema") && request.Json.TryGetProperty(ServerDefaults.ClientOnly, out _));

    private SimulatorAnswer HandleRest(SimulatorRequest request)
    {
        if (request.Is("GET", "/v1/.well-known/ready") || request.Is("GET", "/v1/.well-known/live"))
        {
            return SimulatorAnswer.Empty(200);
        }

        if (ApiKey is not null && request.Header("authorization") != $"Bearer {ApiKey}")
        {
            return SimulatorAnswer.Text(401, """{"code":401,"message":"unauthorized: invalid api key"}""", "application/json");
        }

        try
        {
            lock (_store.Lock)
            {
                return Route(request);
            }
        }
        catch (WeaviateException exception)
        {
            return Error(422, exception.Message);
        }
    }

    private SimulatorAnswer Route(SimulatorRequest request)
    {
        var segments = request.Segments;
        if (request.Is("GET", "/v1/meta"))
        {
            return SimulatorAnswer.Json(200, new JsonObject { ["hostname"] = "http://[::]:8080", ["version"] = "1.39.0", ["modules"] = new JsonObject(), ["grpcMaxMessageSize"] = MaxMessageBytes });
        }

        if (request.Is("POST", "/v1/schema"))
        {
            return Create(request);
        }

        if (request.Is("GET", "/v1/schema"))
        {
            return SimulatorAnswer.Json(200, new JsonObject { ["classes"] = new JsonArray([.. _store.Classes.Select(static item => item.Body.DeepClone())]) });
        }

        if (request.Is("GET", "/v1/schema/*"))
        {
            return _store.Find(segments[2]) is { } found ? SimulatorAnswer.Json(200, found.Body.DeepClone()) : SimulatorAnswer.Empty(404);
        }

        if (request.Is("DELETE", "/v1/schema/*"))
        {
            _store.Delete(segments[2]);
            return SimulatorAnswer.Empty(200);
        }

        if (request.Is("GET", "/v1/nodes/*"))
        {
            return Nodes(_store.Require(segments[2]));
        }

        if (request.Is("POST", "/v1/batch/objects"))
        {
            return BatchRest(request);
        }

        if (request.Is("POST", "/v1/objects"))
        {
            var id = request.Json.TryGetProperty("id", out var given) ? given.GetString() : null;
            return id is not null && _store.Require(request.Json.GetProperty("class").GetString()!).Objects.ContainsKey(id)
                ? Error(422, $"id '{id}' already exists")
                : SimulatorAnswer.Json(200, Describe(request.Json.GetProperty("class").GetString()!, _store.Put(request.Json)));
        }

        return request.Is("*", "/v1/objects/*/*") ? HandleObject(request) : SimulatorAnswer.Json(404, new JsonObject { ["code"] = 404, ["message"] = $"path {request.Path} was not found" });
    }

    private SimulatorAnswer Create(SimulatorRequest request)
    {
        if (_store.Classes.Count() >= MaxClasses)
        {
            return SimulatorAnswer.Json(429, new JsonObject
            {
                ["errorCode"] = "USAGE_LIMIT_EXCEEDED",
                ["limit"] = "collections",
                ["value"] = MaxClasses,
                ["message"] = $"the limit of {MaxClasses} collections is reached",
            });
        }

        return SimulatorAnswer.Json(200, _store.Create(JsonNode.Parse(request.Body.Span)!.AsObject()).Body.DeepClone());
    }

    private SimulatorAnswer Nodes(StoredClass collection)
    {
        var queued = Queued;
        Queued = Math.Max(0, queued - 1);
        var shard = new JsonObject
        {
            ["name"] = "s0", ["class"] = collection.Name, ["objectCount"] = collection.Objects.Count, ["vectorQueueLength"] = queued, ["vectorIndexingStatus"] = queued > 0 ? "INDEXING" : "READY",
        };
        return SimulatorAnswer.Json(200, new JsonObject
        {
            ["nodes"] = new JsonArray(new JsonObject { ["name"] = "node1", ["status"] = "HEALTHY", ["version"] = "1.39.0", ["shards"] = new JsonArray(shard) }),
        });
    }

    private SimulatorAnswer BatchRest(SimulatorRequest request)
    {
        var objects = request.Json.GetProperty("objects");
        if (objects.GetArrayLength() == 0)
        {
            return Error(422, "invalid param 'objects': cannot be empty, need at least one object for batching");
        }

        var answers = new JsonArray();
        foreach (var item in objects.EnumerateArray())
        {
            var echoed = JsonNode.Parse(item.GetRawText())!.AsObject();
            try
            {
                _store.Put(item);
                echoed["result"] = new JsonObject { ["status"] = "SUCCESS" };
            }
            catch (WeaviateException exception)
            {
                echoed["result"] = new JsonObject { ["status"] = "FAILED", ["errors"] = new JsonObject { ["error"] = new JsonArray(new JsonObject { ["message"] = exception.Message }) } };
            }

            answers.Add(echoed);
        }

        return SimulatorAnswer.Json(200, answers);
    }

    private SimulatorAnswer HandleObject(SimulatorRequest request)
    {
        var (name, id) = (request.Segments[2], request.Segments[3]);
        if (_store.Find(name) is not { } collection || !collection.Objects.TryGetValue(id, out var item))
        {
            return SimulatorAnswer.Empty(404);
        }

        switch (request.Method)
        {
            case "GET":
                return SimulatorAnswer.Json(200, Describe(name, item));
            case "HEAD":
                return SimulatorAnswer.Empty(204);
            case "DELETE":
                collection.Objects.Remove(id);
                return SimulatorAnswer.Empty(204);
            default:
                return Error(422, $"{request.Method} of an object is not simulated");
        }
    }

    private static JsonObject Describe(string name, StoredObject item) => new()
    {
        ["class"] = name,
        ["id"] = item.Id,
        ["properties"] = JsonSerializer.SerializeToNode(item.Properties),
        ["vectors"] = new JsonObject(item.Vectors.Where(static pair => pair.Key.Length > 0).Select(static pair => KeyValuePair.Create(pair.Key, JsonSerializer.SerializeToNode(pair.Value.Length == 1 ? (object)pair.Value[0] : pair.Value)))),
    };

    private static SimulatorAnswer Error(int status, string message) =>
        SimulatorAnswer.Json(status, new JsonObject { ["error"] = new JsonArray(new JsonObject { ["message"] = message }) });
}
