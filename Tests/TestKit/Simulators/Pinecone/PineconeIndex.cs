using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Pinecone;

/// <summary>An index with its namespaces, and what can be asked of it.</summary>
/// <param name="name">Its name.</param>
/// <param name="dimension">Components of a vector; null for a sparse index.</param>
/// <param name="metric">cosine, euclidean or dotproduct.</param>
/// <param name="spec">What it was made with.</param>
/// <param name="tags">Its tags.</param>
/// <param name="lag">Reads until a write is seen.</param>
internal sealed class PineconeIndex(string name, int? dimension, string metric, JsonNode spec, JsonObject tags, int lag)
{
    private const int MaxMetadataBytes = 40_960;
    private const int MaxResultBytes = 4 << 20;

    private readonly ConcurrentDictionary<string, PineconeNamespace> _namespaces = new(StringComparer.Ordinal);

    public string Name => name;

    public int? Dimension => dimension;

    public string Metric => metric;

    public bool IsSparse => dimension is null;

    public JsonNode Spec => spec;

    public JsonObject Tags => tags;

    public bool IsProtected { get; set; }

    /// <summary>Times that it is described as not ready yet.</summary>
    public int NotReady { get; set; }

    /// <summary>Times that it is described as going away; then it is gone. Null while nobody deleted it.</summary>
    public int? Terminating { get; set; }

    public IReadOnlyDictionary<string, PineconeNamespace> Namespaces => _namespaces;

    public static string NamespaceName(string? given) => string.IsNullOrEmpty(given) ? "__default__" : given;

    public PineconeNamespace? Find(string? given) => _namespaces.GetValueOrDefault(NamespaceName(given));

    public bool RemoveNamespace(string given) => _namespaces.TryRemove(NamespaceName(given), out _);

    /// <summary>Stores records, all of them or none.</summary>
    /// <returns>The log sequence number, and how many.</returns>
    public (long Lsn, int Count) Upsert(JsonElement body)
    {
        List<PineconeRecord> records = [.. body.GetProperty("vectors").EnumerateArray().Select(ReadRecord)];
        if (records.Count is 0 or > 1_000)
        {
            throw PineconeException.Invalid($"The number of vectors must be 1 to 1000, got {records.Count}");
        }

        var target = _namespaces.GetOrAdd(NamespaceName(Text(body, "namespace")), _ => new PineconeNamespace(lag));
        return (target.Write(stored => records.ForEach(record => stored[record.Id] = record)), records.Count);
    }

    /// <summary>Deletes by ids, by filter or all.</summary>
    public long Delete(JsonElement body)
    {
        var target = Find(Text(body, "namespace")) ?? throw new PineconeException(404, "NOT_FOUND", "Namespace not found");
        var ids = body.TryGetProperty("ids", out var listed) ? listed : default;
        var filter = body.TryGetProperty("filter", out var condition) ? condition.Clone() : default;
        var all = body.TryGetProperty("deleteAll", out var every) && every.ValueKind == JsonValueKind.True;
        if ((ids.ValueKind == JsonValueKind.Array ? 1 : 0) + (filter.ValueKind == JsonValueKind.Object ? 1 : 0) + (all ? 1 : 0) != 1)
        {
            throw PineconeException.Invalid("Exactly one of ids, filter and deleteAll must be given");
        }

        if (all)
        {
            return target.Write(static stored => stored.Clear());
        }

        if (filter.ValueKind == JsonValueKind.Object)
        {
            PineconeFilter.Meets(filter, []); // A wrong filter is refused now.
            return target.Write(stored => stored.Values.Where(record => PineconeFilter.Meets(filter, record.Metadata)).ToList().ForEach(record => stored.Remove(record.Id)));
        }

        List<string> named = [.. ids.EnumerateArray().Select(static id => id.GetString()!)];
        return named.Count is 0 or > 1_000
            ? throw PineconeException.Invalid($"The number of ids must be 1 to 1000, got {named.Count}")
            : target.Write(stored => named.ForEach(id => stored.Remove(id)));
    }

    /// <summary>Changes one record: vector, sparse vector, and single keys of the metadata.</summary>
    public long Update(JsonElement body)
    {
        var target = Find(Text(body, "namespace")) ?? throw new PineconeException(404, "NOT_FOUND", "Namespace not found");
        var id = Text(body, "id") ?? throw PineconeException.Invalid("id is missing");
        var metadata = body.TryGetProperty("setMetadata", out var set) ? ReadMetadata(set) : [];
        var values = body.TryGetProperty("values", out var dense) ? ReadDense(dense) : null;
        return target.Write(stored =>
        {
            if (stored.TryGetValue(id, out var record))
            {
                var merged = record.Metadata.DeepClone().AsObject();
                foreach (var (key, value) in metadata)
                {
                    merged[key] = value?.DeepClone();
                }

                stored[id] = record with { Values = values ?? record.Values, Metadata = merged };
            }
        });
    }

    public (JsonObject Answer, long Indexed) Query(JsonElement body)
    {
        var most = body.GetProperty("topK").GetInt32();
        if (most is < 1 or > 10_000)
        {
            throw PineconeException.Invalid($"top_k must be 1 to 10000, got {most}");
        }

        var (records, _, indexed) = Find(Text(body, "namespace"))?.Read() ?? ([], 0, 0);
        var filter = body.TryGetProperty("filter", out var condition) ? condition : default;
        var (withValues, withMetadata) = (Flag(body, "includeValues"), Flag(body, "includeMetadata"));
        var matches = new JsonArray();
        var bytes = 0;
        foreach (var (record, score) in Score(body, records.Where(record => PineconeFilter.Meets(filter, record.Metadata))).Take(most))
        {
            var match = record.ToJson(withValues, withMetadata);
            match["score"] = score;
            bytes += match.ToJsonString().Length;
            matches.Add(match);
        }

        return bytes > MaxResultBytes
            ? throw new PineconeException(400, "OUT_OF_RANGE", $"Query result size exceeds the limit of {MaxResultBytes} bytes, choose a lower top_k")
            : (new JsonObject { ["matches"] = matches, ["namespace"] = NamespaceName(Text(body, "namespace")), ["usage"] = new JsonObject { ["readUnits"] = 1 } }, indexed);
    }

    private static string? Text(JsonElement body, string name) => body.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static bool Flag(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>Most similar first. Equal ones come as they lie.</summary>
    private IEnumerable<(PineconeRecord Record, float Score)> Score(JsonElement body, IEnumerable<PineconeRecord> records)
    {
        if (IsSparse)
        {
            var terms = body.TryGetProperty("sparseVector", out var sparse) ? PineconeSparse.Read(sparse) : throw PineconeException.Invalid("Sparse index must be queried by a sparse vector");
            return records.Where(record => record.Sparse!.Indices.Intersect(terms.Indices).Any()).Select(record => (record, record.Sparse!.Dot(terms))).OrderByDescending(static hit => hit.Item2);
        }

        var vector = ReadDense(body.GetProperty("vector"));
        var hits = records.Select(record => (record, Similarity(vector, record.Values!)));
        return metric == "euclidean" ? hits.OrderBy(static hit => hit.Item2) : hits.OrderByDescending(static hit => hit.Item2);
    }

    private float Similarity(float[] one, float[] other) => metric switch
    {
        "cosine" => TensorPrimitives.CosineSimilarity(one, other),
        "dotproduct" => TensorPrimitives.Dot(one, other),
        _ => TensorPrimitives.Distance(one, other) is var distance ? distance * distance : 0,
    };

    private PineconeRecord ReadRecord(JsonElement json)
    {
        var id = Text(json, "id") ?? throw PineconeException.Invalid("id is missing");
        if (id.Length is 0 or > 512)
        {
            throw PineconeException.Invalid("Vector ID must be 1 to 512 characters");
        }

        var sparse = json.TryGetProperty("sparseValues", out var terms) ? PineconeSparse.Read(terms) : null;
        var dense = json.TryGetProperty("values", out var values) && values.GetArrayLength() > 0 ? values : default;
        if (IsSparse)
        {
            return sparse is null || dense.ValueKind == JsonValueKind.Array
                ? throw PineconeException.Invalid("Sparse indexes take records with sparse values alone")
                : new PineconeRecord(id, null, sparse, ReadMetadata(json));
        }

        return new PineconeRecord(id, ReadDense(dense.ValueKind == JsonValueKind.Array ? dense : throw PineconeException.Invalid("Dense vector is missing")), sparse, ReadMetadata(json));
    }

    private float[] ReadDense(JsonElement json)
    {
        float[] values = [.. json.EnumerateArray().Select(static value => value.GetSingle())];
        if (values.Length != dimension)
        {
            throw PineconeException.Invalid(string.Create(CultureInfo.InvariantCulture, $"Vector dimension {values.Length} does not match the dimension of the index {dimension}"));
        }

        return Array.TrueForAll(values, static value => value == 0) ? throw PineconeException.Invalid("Dense vectors must contain at least one non-zero value.") : values;
    }

    private static JsonObject ReadMetadata(JsonElement holder)
    {
        var json = holder.TryGetProperty("metadata", out var inner) ? inner : holder.TryGetProperty("id", out _) ? default : holder;
        if (json.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        var bytes = System.Text.Encoding.UTF8.GetByteCount(json.GetRawText());
        if (bytes > MaxMetadataBytes)
        {
            throw PineconeException.Invalid($"Metadata size is {bytes} bytes, which exceeds the limit of {MaxMetadataBytes} bytes per vector");
        }

        foreach (var pair in json.EnumerateObject())
        {
            var legal = pair.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
                || (pair.Value.ValueKind == JsonValueKind.Array && pair.Value.EnumerateArray().All(static one => one.ValueKind == JsonValueKind.String));
            if (!legal || pair.Name.StartsWith('$'))
            {
                throw PineconeException.Invalid($"Metadata value must be a string, number, boolean or list of strings, got '{pair.Value.ValueKind}' for field '{pair.Name}'");
            }
        }

        return JsonNode.Parse(json.GetRawText())!.AsObject();
    }
}
