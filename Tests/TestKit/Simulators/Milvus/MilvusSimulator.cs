using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Milvus;

/// <summary>
/// Milvus 2.6 as far as sinks and its official HTTP client use it: the RESTful API v2. Errors come inside a 200; creating what is there changes nothing; arrays are answered in the
/// form of the inner protocol, as the server does (issue 52048); rows come in no order; reads that do not ask for strong consistency may be shown what was.
/// </summary>
public sealed partial class MilvusSimulator() : DatabaseSimulator(contract: null)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, MilvusCollection> _collections = new(StringComparer.Ordinal);
    private readonly ContractValidator? _contract = ContractValidator.Load(["milvus/restful-v3.0.x.assembled.openapi.json"], IsOutside);
    private readonly ContractValidator? _descriptions = ContractValidator.Load(["milvus/restful-v2.6.x.assembled.openapi.json"], IsNoDescription);

    /// <summary>The token that is asked for; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Whether the description given to a new collection is kept; versions differ.</summary>
    public bool KeepsDescription { get; init; } = true;

    /// <summary>Whether upserts are taken without looking into them but for counting their rows: for measurements of those who write.</summary>
    public bool DiscardsWrites { get; init; }

    /// <summary>Times that loading is asked for before it is done.</summary>
    public int LoadingSteps { get; set; }

    /// <summary>Most bytes of a request, as the limit of a message inside the server.</summary>
    public int MaxRequestBytes { get; set; } = 64 << 20;

    /// <inheritdoc/>
    protected override long MaxBodyBytes => MaxRequestBytes;

    /// <summary>An answer with a code inside a 200.</summary>
    public static SimulatorAnswer Code(int code, string message) => SimulatorAnswer.Json(200, new JsonObject { ["code"] = code, ["message"] = message });

    /// <summary>Rows of a collection.</summary>
    public int CountRows(string name)
    {
        lock (_lock)
        {
            return _collections.TryGetValue(name, out var found) ? found.Rows.Count() : 0;
        }
    }

    /// <summary>Takes a collection out of memory, as an administrator does.</summary>
    public void Release(string name)
    {
        lock (_lock)
        {
            _collections[name].IsLoaded = false;
        }
    }

    /// <summary>Removes the index of a field, as after a crash between the steps of creating.</summary>
    public void DropIndex(string name, string field)
    {
        lock (_lock)
        {
            _collections[name].Indexes.Remove(field);
            _collections[name].IsLoaded = false;
        }
    }

    /// <inheritdoc/>
    protected override Task<SimulatorAnswer> HandleAsync(SimulatorRequest request, CancellationToken cancellationToken)
    {
        if (Token is not null && request.Header("authorization") != $"Bearer {Token}")
        {
            return Task.FromResult(SimulatorAnswer.Json(401, new JsonObject { ["code"] = 1800, ["message"] = "user hasn't authenticated" }));
        }

        if (!request.Is("POST", "/v2/vectordb/*/*"))
        {
            return Task.FromResult(SimulatorAnswer.Text(404, "404 page not found"));
        }

        if (DiscardsWrites && request.Path.EndsWith("/entities/upsert", StringComparison.Ordinal))
        {
            return Task.FromResult(SimulatorAnswer.Json(200, Ok(new JsonObject { ["upsertCount"] = request.Body.Span.Count("{\"id\":"u8) })));
        }

        SimulatorAnswer answer;
        try
        {
            lock (_lock)
            {
                answer = SimulatorAnswer.Json(200, Route($"{request.Segments[2]}/{request.Segments[3]}", request.Json));
            }
        }
        catch (MilvusException exception)
        {
            answer = Code(exception.Code, exception.Message);
        }

        Check(request, answer);
        return Task.FromResult(answer);
    }

    /// <inheritdoc/>
    protected override SimulatorAnswer NotJson(SimulatorRequest request, JsonException exception) => Code(1801, $"can only accept json format request, error: {exception.Message}");

    /// <inheritdoc/>
    protected override SimulatorAnswer TooLarge(SimulatorRequest request) => Code(65_535, $"rpc error: code = ResourceExhausted desc = grpc: received message larger than max ({request.Body.Length} vs. {MaxRequestBytes})");

    /// <summary>
    /// What the published documents do not say, or say wrongly: options of fields and full text in create; data as an object in insert and upsert; ids as an object in get;
    /// searches by text and by weighted terms.
    /// </summary>
    private static bool IsOutside(SimulatorRequest request) => request.Segments is [_, _, "collections", "create" or "describe"] or [_, _, "indexes", "create"] or [_, _, "entities", "insert" or "upsert" or "get"]
        || (request.Segments is [_, _, "entities", "search"] && request.Json.TryGetProperty("data", out var data) && data[0].ValueKind != JsonValueKind.Array);

    /// <summary>Versions 2.6 and 3.0 are published with descriptions of a collection of two forms; the server's are of the first.</summary>
    private static bool IsNoDescription(SimulatorRequest request) => request.Segments is not [_, _, "collections", "describe"];

    private void Check(SimulatorRequest request, SimulatorAnswer answer)
    {
        // The document of 3.0 asks for the id of a cluster of Zilliz Cloud in each query and search.
        var whole = request with { Query = new Dictionary<string, string>(request.Query, StringComparer.Ordinal) { ["clusterId"] = "any" } };
        var asked = request.Segments is [_, _, "entities", "query" or "search"] ? whole : request;
        foreach (var contract in new[] { _contract, _descriptions })
        {
            if (contract?.ValidateAnswer(asked, answer) is { } wrongAnswer)
            {
                Violations.Enqueue(wrongAnswer);
            }

            // What was refused may break the contract on purpose.
            if (answer.Body.Span.StartsWith("{\"code\":0"u8) && contract?.ValidateRequest(asked) is { } wrongRequest)
            {
                Violations.Enqueue(wrongRequest);
            }
        }
    }

    private JsonObject Route(string path, JsonElement body)
    {
        if (path == "collections/list")
        {
            return Ok(new JsonArray([.. _collections.Keys.Select(static name => (JsonNode)name)]));
        }

        var key = Key(body);
        switch (path)
        {
            case "collections/has":
                return Ok(new JsonObject { ["has"] = _collections.ContainsKey(key) });
            case "collections/create":
                if (!_collections.ContainsKey(key))
                {
                    var created = new MilvusCollection(body);
                    created.Description = KeepsDescription ? created.Description : "";
                    _collections.Add(key, created);
                }

                return Ok(new JsonObject());
            case "collections/drop":
                _collections.Remove(key); // It need not be there.
                return Ok(new JsonObject());
        }

        var collection = _collections.GetValueOrDefault(key)
            ?? throw new MilvusException(MilvusException.CollectionNotFound, $"can't find collection[database=default][collection={key}]");
        return path switch
        {
            "collections/describe" => Ok(Describe(collection)),
            "collections/load" => Load(collection),
            "collections/get_load_state" => LoadState(collection),
            "collections/alter_properties" => Alter(collection, body),
            "collections/get_stats" => Ok(new JsonObject { ["rowCount"] = collection.Rows.Count() }),
            "indexes/create" => Index(collection, body),
            "entities/insert" => Write(collection, body, upsert: false),
            "entities/upsert" => Write(collection, body, upsert: true),
            "entities/delete" => Delete(collection, body),
            "entities/query" => Query(collection, body),
            "entities/get" => Get(collection, body),
            "entities/search" => Search(collection, body),
            _ => throw new MilvusException(MilvusException.InvalidParameter, $"{path} is not simulated"),
        };
    }

    private static string Key(JsonElement body)
    {
        var name = body.TryGetProperty("collectionName", out var given) ? given.GetString() : null;
        var database = body.TryGetProperty("dbName", out var db) ? db.GetString() : null;
        return name is not { Length: > 0 } ? throw new MilvusException(MilvusException.MissingParameter, "missing required parameters, error: Key: 'CollectionName' Error:Field validation for 'CollectionName' failed on the 'required' tag")
            : database is null or "default" ? name
            : $"{database}.{name}";
    }

    private JsonObject Load(MilvusCollection collection)
    {
        if (!collection.HasAllIndexes)
        {
            throw new MilvusException(700, $"index not found[collection={collection.Name}]");
        }

        collection.IsLoaded = LoadingSteps == 0;
        return Ok(new JsonObject());
    }

    private JsonObject LoadState(MilvusCollection collection)
    {
        if (!collection.IsLoaded && LoadingSteps > 0 && --LoadingSteps == 0)
        {
            collection.IsLoaded = true;
        }

        return Ok(new JsonObject { ["loadState"] = collection.IsLoaded ? "LoadStateLoaded" : "LoadStateNotLoad", ["loadProgress"] = collection.IsLoaded ? 100 : 0 });
    }

    private static JsonObject Alter(MilvusCollection collection, JsonElement body)
    {
        foreach (var property in body.GetProperty("properties").EnumerateObject())
        {
            collection.Properties[property.Name] = property.Value.ToString();
        }

        return Ok(new JsonObject());
    }

    private static JsonObject Index(MilvusCollection collection, JsonElement body)
    {
        collection.AddIndexes(body);
        return Ok(new JsonObject());
    }

    private static JsonObject Describe(MilvusCollection collection)
    {
        var id = 100;
        return new JsonObject
        {
            ["aliases"] = new JsonArray(),
            ["collectionName"] = collection.Name,
            ["consistencyLevel"] = "Bounded",
            ["description"] = collection.Description,
            ["enableDynamicField"] = false,
            ["fields"] = new JsonArray([.. collection.Fields.Values.Select(field => new JsonObject
            {
                ["autoId"] = false,
                ["description"] = "",
                ["id"] = id++,
                ["name"] = field.Name,
                ["partitionKey"] = false,
                ["primaryKey"] = field.IsPrimary,
                ["type"] = field.Type,
                ["params"] = new JsonArray([.. field.Parameters.Select(static parameter => new JsonObject { ["key"] = parameter.Key, ["value"] = parameter.Value })]),
            })]),
            ["indexes"] = new JsonArray([.. collection.Indexes.Select(static index => new JsonObject { ["fieldName"] = index.Key, ["indexName"] = index.Key, ["metricType"] = index.Value ?? "" })]),
            ["load"] = collection.IsLoaded ? "LoadStateLoaded" : "LoadStateNotLoad",
            ["properties"] = new JsonArray([.. collection.Properties.Select(static property => new JsonObject { ["key"] = property.Key, ["value"] = property.Value })]),
            ["shardsNum"] = 1,
        };
    }

    private static JsonObject Ok(JsonNode data) => new() { ["code"] = 0, ["data"] = data };

    private static int Number(JsonElement body, string name, int missing) =>
        body.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.Number ? value.GetInt32() : int.Parse(value.GetString()!, CultureInfo.InvariantCulture) : missing;
}
