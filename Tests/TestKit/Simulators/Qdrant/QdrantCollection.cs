using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Qdrant;

/// <summary>A collection's points and what is done to them. A write with <c>wait=false</c> is seen only once the next one is made, as a queue that lags behind shows it.</summary>
internal sealed class QdrantCollection(QdrantConfig config)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<QdrantId, QdrantPoint> _points = [];
    private readonly Queue<Action> _queue = new();
    private long _sequence;
    private int _optimizing;

    public QdrantConfig Config { get; } = config;

    /// <summary>Payload indexes: path to parameters. Several requests make and read them at once.</summary>
    public ConcurrentDictionary<string, JsonObject> Indexes { get; } = new(StringComparer.Ordinal);

    /// <summary>Times that the collection reports to be optimizing after its settings changed.</summary>
    public int OptimizingReports { get; set; }

    public IReadOnlyCollection<QdrantPoint> Points
    {
        get
        {
            lock (_lock)
            {
                return [.. _points.Values];
            }
        }
    }

    /// <summary>Makes an operation ready: what is wrong with it is thrown now or, as Qdrant does it, only seen when it is applied.</summary>
    public Action Prepare(string operation, JsonElement body)
    {
        switch (operation)
        {
            case "upsert":
                return Upsert(body);
            case "delete":
            {
                var selected = Select(body);
                return () => Selected(selected).ForEach(point => _points.Remove(point.Id));
            }

            case "set_payload" or "overwrite_payload":
            {
                var (selected, payload) = (Select(body), body.GetProperty("payload"));
                return () => Selected(selected).ForEach(point => Replace(point with { Payload = Merge(operation == "set_payload" ? point.Payload : [], payload) }));
            }

            case "delete_payload":
            {
                var (selected, keys) = (Select(body), body.GetProperty("keys").EnumerateArray().Select(static key => key.GetString()!).ToList());
                return () => Selected(selected).ForEach(point =>
                {
                    var payload = point.Payload.DeepClone().AsObject();
                    keys.ForEach(key => payload.Remove(key));
                    Replace(point with { Payload = payload });
                });
            }

            case "update_vectors":
            {
                var updates = body.GetProperty("points").EnumerateArray().Select(point => (Id: QdrantReader.Id(point.GetProperty("id")), Vectors: QdrantReader.Vectors(point.GetProperty("vector"), Config))).ToList();
                return () => updates.ForEach(update =>
                {
                    var point = _points.GetValueOrDefault(update.Id) ?? throw new QdrantException(404, $"Not found: No point with id {update.Id} found");
                    var vectors = point.Vectors.ToDictionary(StringComparer.Ordinal);
                    foreach (var (name, vector) in update.Vectors)
                    {
                        vectors[name] = vector;
                    }

                    Replace(point with { Vectors = vectors });
                });
            }

            default:
                throw QdrantException.Format($"unknown operation {operation}");
        }
    }

    /// <summary>Applies operations in order.</summary>
    /// <param name="operations">The operations.</param>
    /// <param name="wait">Whether to apply them now; when not, what is wrong with them is never reported.</param>
    /// <returns>Number of the last one.</returns>
    public long Apply(IEnumerable<Action> operations, bool wait)
    {
        lock (_lock)
        {
            while (_queue.TryDequeue(out var earlier))
            {
                try
                {
                    earlier();
                }
                catch (QdrantException)
                {
                    // Nobody waits for it: the server notes it in its log alone.
                }
            }

            foreach (var operation in operations)
            {
                _sequence++;
                if (wait)
                {
                    operation();
                }
                else
                {
                    _queue.Enqueue(operation);
                }
            }

            return _sequence;
        }
    }

    public void Update(JsonElement body)
    {
        lock (_lock)
        {
            Config.Update(body);
            _optimizing = OptimizingReports;
        }
    }

    public JsonObject Describe()
    {
        lock (_lock)
        {
            var optimizing = _optimizing > 0;
            _optimizing -= optimizing ? 1 : 0;
            return new JsonObject
            {
                ["status"] = optimizing ? "yellow" : "green",
                ["optimizer_status"] = "ok",
                ["indexed_vectors_count"] = Config.IndexingThreshold > 0 && !optimizing ? _points.Count : 0,
                ["points_count"] = _points.Count,
                ["segments_count"] = 2,
                ["config"] = Config.ToJson(),
                ["payload_schema"] = new JsonObject(Indexes.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonObject
                {
                    ["data_type"] = pair.Value["type"]!.GetValue<string>(), ["params"] = pair.Value.DeepClone(), ["points"] = 0,
                }))),
            };
        }
    }

    private Action Upsert(JsonElement body)
    {
        if (body.TryGetProperty("batch", out var batch))
        {
            return UpsertColumns(batch);
        }

        var points = body.GetProperty("points").EnumerateArray().Select(point => (
            Id: QdrantReader.Id(point.GetProperty("id")),
            Vectors: QdrantReader.Vectors(point.GetProperty("vector"), Config),
            Payload: Merge([], point.TryGetProperty("payload", out var payload) ? payload : default))).ToList();
        return () => points.ForEach(point => Replace(new QdrantPoint(point.Id, 0, point.Vectors, point.Payload)));
    }

    private Action UpsertColumns(JsonElement batch)
    {
        var ids = batch.GetProperty("ids").EnumerateArray().Select(QdrantReader.Id).ToList();
        var vectors = batch.GetProperty("vectors");
        var payloads = batch.TryGetProperty("payloads", out var given) && given.ValueKind == JsonValueKind.Array ? given : default;
        var points = ids.Select((id, index) =>
        {
            var vector = vectors.ValueKind == JsonValueKind.Array
                ? QdrantReader.Vectors(vectors[index], Config)
                : vectors.EnumerateObject().SelectMany(named => QdrantReader.Vectors(JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { [named.Name] = named.Value[index] }), Config)).ToDictionary();
            return new QdrantPoint(id, 0, vector, Merge([], payloads.ValueKind == JsonValueKind.Array ? payloads[index] : default));
        }).ToList();
        return () => points.ForEach(Replace);
    }

    private void Replace(QdrantPoint point) => _points[point.Id] = point with { Sequence = ++_sequence };

    private static JsonObject Merge(JsonObject payload, JsonElement changes)
    {
        var merged = payload.DeepClone().AsObject();
        if (changes.ValueKind == JsonValueKind.Object)
        {
            foreach (var change in changes.EnumerateObject())
            {
                merged[change.Name] = JsonNode.Parse(change.Value.GetRawText());
            }
        }

        return merged;
    }

    private (List<QdrantId>? Ids, QdrantFilter? Filter) Select(JsonElement body) =>
        body.TryGetProperty("points", out var points) && points.ValueKind == JsonValueKind.Array ? ([.. points.EnumerateArray().Select(QdrantReader.Id)], null)
        : body.TryGetProperty("filter", out var filter) && filter.ValueKind == JsonValueKind.Object ? (null, new QdrantFilter(body, Indexes))
        : throw QdrantException.Format("data did not match any variant of untagged enum PointsSelector");

    private List<QdrantPoint> Selected((List<QdrantId>? Ids, QdrantFilter? Filter) selected) => selected.Ids is { } ids
        ? [.. ids.Select(id => _points.GetValueOrDefault(id)).OfType<QdrantPoint>()]
        : [.. _points.Values.Where(selected.Filter!.Meets)];
}
