using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>
/// The protocol of Elasticsearch or OpenSearch over a store in memory: index definitions and documents are checked against each other, limits kept, errors given in the servers'
/// form, and nothing is found before a refresh. Requests and answers are held against Elastic's published API; OpenSearch publishes its own elsewhere.
/// </summary>
/// <param name="edition">Which server.</param>
public sealed partial class ElasticSimulator(ElasticEdition edition)
    : DatabaseSimulator(edition is { IsOpenSearch: false } ? ContractValidator.Load(["elasticsearch/vector-endpoints.openapi.json"], IsOutside) : null)
{
    /// <summary>Parameters that all operations take, and that the description lists nowhere.</summary>
    private static readonly string[] s_common = ["filter_path", "pretty", "human", "error_trace"];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SimulatedIndex> _indexes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (SimulatedIndex Index, IReadOnlyList<StoredDoc> Seen)> _points = new(StringComparer.Ordinal);

    /// <summary>Value that the header Authorization must have; null lets all in.</summary>
    public string? Authorization { get; set; }

    /// <summary>Most bytes of a body. Default 100 MB, as <c>http.max_content_length</c>.</summary>
    public long MaxContentLength { get; set; } = 100_000_000;

    /// <summary>Refuses single actions of bulk requests: given action and id, the status and kind of error; null lets it pass. Called in the order of the request.</summary>
    public Func<string, string, (int Status, string Type)?>? RefuseItem { get; set; }

    /// <summary>Points in time that are open.</summary>
    public int OpenPoints
    {
        get
        {
            lock (_lock)
            {
                return _points.Count;
            }
        }
    }

    /// <inheritdoc/>
    protected override long MaxBodyBytes => MaxContentLength;

    /// <summary>Ids of the documents of an index, seen by searches or not.</summary>
    public IReadOnlyList<string> Ids(string index)
    {
        lock (_lock)
        {
            return _indexes.TryGetValue(index, out var found) ? [.. found.Documents.Keys] : [];
        }
    }

    /// <summary>A setting of an index as text; null where it has the default.</summary>
    public string? Setting(string index, string name)
    {
        lock (_lock)
        {
            return _indexes[index].OwnSettings.GetValueOrDefault(name) ?? _indexes[index].Settings[name]?.ToString();
        }
    }

    /// <summary>The mapping of an index.</summary>
    public JsonObject Mapping(string index)
    {
        lock (_lock)
        {
            return _indexes[index].Mappings.DeepClone().AsObject();
        }
    }

    /// <inheritdoc/>
    protected override Task<SimulatorAnswer> HandleAsync(SimulatorRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        SimulatorAnswer answer;
        try
        {
            lock (_lock)
            {
                answer = Handle(request);
            }
        }
        catch (ElasticException exception)
        {
            answer = exception.ToAnswer();
        }

        return Task.FromResult(edition.IsOpenSearch ? answer : answer.With("X-Elastic-Product", "Elasticsearch"));
    }

    /// <inheritdoc/>
    protected override SimulatorRequest AsInContract(SimulatorRequest request) =>
        request with { Query = request.Query.Where(static pair => !s_common.Contains(pair.Key)).ToDictionary(StringComparer.Ordinal) };

    /// <inheritdoc/>
    protected override SimulatorAnswer Shape(SimulatorRequest request, SimulatorAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(answer);
        if (answer.Status >= 400)
        {
            return answer;
        }

        if (request is { Method: "GET", Segments: [var name] } && !edition.IsServerless)
        {
            // The description is that of the serverless edition, whose indexes have no shards to speak of.
            var shown = JsonNode.Parse(answer.Body.Span)!;
            lock (_lock)
            {
                foreach (var (setting, value) in _indexes[name].OwnSettings)
                {
                    shown[name]!["settings"]!["index"]![setting] = value;
                }
            }

            return answer with { Body = JsonSerializer.SerializeToUtf8Bytes(shown) };
        }

        return request.Parameter("filter_path") is { } paths ? answer with { Body = JsonSerializer.SerializeToUtf8Bytes(FilterPath.Apply(JsonNode.Parse(answer.Body.Span), paths) ?? new JsonObject()) } : answer;
    }

    /// <inheritdoc/>
    protected override SimulatorAnswer NotJson(SimulatorRequest request, JsonException exception) => new ElasticException(400, "x_content_parse_exception", exception?.Message ?? "").ToAnswer();

    /// <summary>Operations that the extract of the API leaves out, and what all operations share and none lists.</summary>
    private static bool IsOutside(SimulatorRequest request) =>
        request.Segments is ["_search"] or ["_pit"] or [_, "_pit"] or [_, "_doc", _] || request.Is("GET", "/*/_mapping") || request.Method == "HEAD"
        || request.Is("GET", "/*/_search") || request.Is("GET", "/*/_count") || request.Is("GET", "/*/_refresh");

    private SimulatorAnswer Handle(SimulatorRequest request)
    {
        if (Authorization is not null && request.Header("Authorization") != Authorization)
        {
            throw new ElasticException(401, "security_exception", $"unable to authenticate user for REST request [{request.Path}]");
        }

        if (edition.IsOpenSearch && (request.Header("Content-Type")?.Contains("compatible-with", StringComparison.Ordinal) == true))
        {
            throw new ElasticException(406, "media_type_header_exception", "Content-Type header is not supported");
        }

        return Route(request);
    }

    private SimulatorAnswer Route(SimulatorRequest request) => (request.Method, request.Segments) switch
    {
        ("GET" or "HEAD", []) => Describe(),
        ("POST" or "PUT", ["_bulk"]) => Bulk(request, null),
        ("POST" or "PUT", [var index, "_bulk"]) => Bulk(request, index),
        ("POST" or "GET", ["_search"]) => SearchPoint(request.Json),
        ("DELETE", ["_pit"]) when !edition.IsOpenSearch => ClosePoint(request.Json.GetProperty("id").GetString()!),
        ("DELETE", ["_search", "point_in_time"]) when edition.IsOpenSearch => ClosePoint(request.Json.GetProperty("pit_id")[0].GetString()!),
        ("POST", [var index, "_pit"]) when !edition.IsOpenSearch => OpenPoint(Index(index), request),
        ("POST", [var index, "_search", "point_in_time"]) when edition.IsOpenSearch => OpenPoint(Index(index), request),
        ("POST" or "GET", [var index, "_search"]) => SimulatorAnswer.Json(200, SearchRunner.Run(request.Json, Index(index), Index(index).Seen, edition, null)),
        ("POST" or "GET", [var index, "_count"]) => Count(Index(index), request.Json),
        ("POST" or "GET", [var index, "_refresh"]) => Refresh(index == "_all" ? [.. _indexes.Values] : [Index(index)]),
        ("POST", [var index, "_delete_by_query"]) => DeleteByQuery(Index(index), request),
        ("PUT", [var index, "_settings"]) => Change(() => Index(index).ChangeSettings(request.Json)),
        ("PUT" or "POST", [var index, "_mapping"]) => Change(() => Index(index).ChangeMapping(request.Json)),
        ("GET", [var index, "_mapping"]) => SimulatorAnswer.Json(200, new JsonObject { [index] = new JsonObject { ["mappings"] = Index(index).Mappings.DeepClone() } }),
        ("GET", [var index, "_settings"]) => SimulatorAnswer.Json(200, new JsonObject { [index] = new JsonObject { ["settings"] = new JsonObject { ["index"] = Index(index).Settings.DeepClone() } } }),
        ("HEAD", [var index]) => SimulatorAnswer.Empty(_indexes.ContainsKey(index) ? 200 : 404),
        ("GET", [var index]) => Show(Index(index)),
        ("PUT", [var index]) => Create(index, request),
        ("DELETE", [var index]) => Change(() => _indexes.Remove(Index(index).Name)),
        _ => throw ElasticException.Illegal($"no handler found for uri [{request.Path}] and method [{request.Method}]"),
    };

    private SimulatorAnswer Describe()
    {
        var version = new JsonObject { ["number"] = edition.Version.ToString(3), ["build_hash"] = "0", ["build_date"] = "2026-01-01T00:00:00.000Z", ["build_snapshot"] = false, ["build_type"] = "docker", ["lucene_version"] = "10.0.0" };
        version[edition.IsOpenSearch ? "distribution" : "build_flavor"] = edition.IsOpenSearch ? "opensearch" : edition.IsServerless ? "serverless" : "default";
        version["minimum_wire_compatibility_version"] = "8.19.0";
        version["minimum_index_compatibility_version"] = "8.0.0";
        return SimulatorAnswer.Json(200, new JsonObject { ["name"] = "simulator", ["cluster_name"] = "simulated", ["cluster_uuid"] = "simulated", ["version"] = version, ["tagline"] = edition.IsOpenSearch ? "The OpenSearch Project: https://opensearch.org/" : "You Know, for Search" });
    }

    private SimulatorAnswer Create(string name, SimulatorRequest request)
    {
        if (name.Any(char.IsUpper) || name[0] is '_' or '-' or '+')
        {
            throw new ElasticException(400, "invalid_index_name_exception", $"Invalid index name [{name}], must be lowercase");
        }

        if (_indexes.ContainsKey(name))
        {
            throw new ElasticException(400, "resource_already_exists_exception", $"index [{name}/simulated] already exists");
        }

        _indexes[name] = new SimulatedIndex(name, request.Json, edition);
        return SimulatorAnswer.Json(200, new JsonObject { ["acknowledged"] = true, ["shards_acknowledged"] = true, ["index"] = name });
    }

    private static SimulatorAnswer Show(SimulatedIndex index) => SimulatorAnswer.Json(200, new JsonObject
    {
        [index.Name] = new JsonObject { ["aliases"] = new JsonObject(), ["mappings"] = index.Mappings.DeepClone(), ["settings"] = new JsonObject { ["index"] = index.Settings.DeepClone() } },
    });

    private static SimulatorAnswer Change(Action change)
    {
        change();
        return SimulatorAnswer.Json(200, new JsonObject { ["acknowledged"] = true });
    }

    private static SimulatorAnswer Refresh(List<SimulatedIndex> indexes)
    {
        indexes.ForEach(static index => index.Refresh());
        return SimulatorAnswer.Json(200, new JsonObject { ["_shards"] = new JsonObject { ["total"] = 2, ["successful"] = 1, ["failed"] = 0 } });
    }

    private SimulatorAnswer Count(SimulatedIndex index, JsonElement body)
    {
        var count = body.ValueKind == JsonValueKind.Object && body.TryGetProperty("query", out var query) ? new QueryRunner(index.Seen, index.Mapping, edition).Run(query).Count : index.Seen.Count;
        return SimulatorAnswer.Json(200, new JsonObject { ["count"] = count, ["_shards"] = SearchRunner.Shards() });
    }

    private SimulatorAnswer DeleteByQuery(SimulatedIndex index, SimulatorRequest request)
    {
        var found = new QueryRunner(index.Seen, index.Mapping, edition).Run(request.Json.GetProperty("query")).Keys.ToList();
        var (deleted, conflicts) = index.Delete(found);
        if (request.Parameter("refresh") == "true")
        {
            index.Refresh();
        }

        return SimulatorAnswer.Json(conflicts > 0 && request.Parameter("conflicts") != "proceed" ? 409 : 200, new JsonObject
        {
            ["took"] = 1,
            ["timed_out"] = false,
            ["total"] = found.Count,
            ["deleted"] = deleted,
            ["batches"] = 1,
            ["version_conflicts"] = conflicts,
            ["noops"] = 0,
            ["retries"] = new JsonObject { ["bulk"] = 0, ["search"] = 0 },
            ["throttled_millis"] = 0,
            ["requests_per_second"] = -1,
            ["throttled_until_millis"] = 0,
            ["failures"] = new JsonArray(),
        });
    }

    private SimulatedIndex Index(string name) => _indexes.TryGetValue(name, out var index) ? index : throw ElasticException.NoIndex(name);
}
