using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Qdrant;

/// <summary>Settings of a dense vector.</summary>
internal sealed record QdrantVectorParameters(int Size, string Distance, bool IsMulti, JsonObject Json);

/// <summary>What a collection was made with and changed to.</summary>
internal sealed class QdrantConfig
{
    private static readonly string[] s_distances = ["Cosine", "Euclid", "Dot", "Manhattan"];

    public Dictionary<string, QdrantVectorParameters> Dense { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, JsonObject> Sparse { get; } = new(StringComparer.Ordinal);

    public JsonObject Hnsw { get; } = new() { ["m"] = 16, ["ef_construct"] = 100, ["full_scan_threshold"] = 10_000, ["max_indexing_threads"] = 0, ["on_disk"] = false };

    public JsonObject Optimizers { get; } = new()
    {
        ["deleted_threshold"] = 0.2, ["vacuum_min_vector_number"] = 1000, ["default_segment_number"] = 0, ["max_segment_size"] = null, ["memmap_threshold"] = null,
        ["indexing_threshold"] = 20_000L, ["flush_interval_sec"] = 5, ["max_optimization_threads"] = null, ["prevent_unoptimized"] = null,
    };

    public JsonObject Metadata { get; } = [];

    public long IndexingThreshold => Optimizers["indexing_threshold"]?.GetValue<long>() ?? 20_000;

    public bool UsesIdf(string name) => Sparse[name]["modifier"]?.GetValue<string>() == "idf";

    /// <summary>Reads the body of a creation.</summary>
    public static QdrantConfig Create(JsonElement body)
    {
        var config = new QdrantConfig();
        if (body.TryGetProperty("vectors", out var vectors))
        {
            if (vectors.TryGetProperty("size", out _))
            {
                config.Dense.Add("", Dense1(vectors));
            }
            else
            {
                foreach (var named in vectors.EnumerateObject())
                {
                    config.Dense.Add(named.Name, Dense1(named.Value));
                }
            }
        }

        if (body.TryGetProperty("sparse_vectors", out var sparse) && sparse.ValueKind == JsonValueKind.Object)
        {
            foreach (var named in sparse.EnumerateObject())
            {
                config.Sparse.Add(named.Name, Node(named.Value).AsObject());
            }
        }

        config.Update(body);
        return config;
    }

    /// <summary>Takes over what a change names.</summary>
    public void Update(JsonElement body)
    {
        Merge(body, "hnsw_config", Hnsw);
        Merge(body, "optimizers_config", Optimizers);
        Merge(body, "metadata", Metadata);
        foreach (var (name, value) in Metadata.ToList())
        {
            if (value is null)
            {
                Metadata.Remove(name);
            }
        }
    }

    public JsonObject ToJson()
    {
        JsonNode vectors = Dense.TryGetValue("", out var single)
            ? single.Json.DeepClone()
            : new JsonObject(Dense.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.Json.DeepClone())));
        var parameters = new JsonObject { ["vectors"] = vectors, ["shard_number"] = 1, ["replication_factor"] = 1, ["write_consistency_factor"] = 1, ["on_disk_payload"] = true };
        if (Sparse.Count > 0)
        {
            parameters["sparse_vectors"] = new JsonObject(Sparse.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.DeepClone())));
        }

        var json = new JsonObject
        {
            ["params"] = parameters,
            ["hnsw_config"] = Hnsw.DeepClone(),
            ["optimizer_config"] = Optimizers.DeepClone(),
            ["wal_config"] = new JsonObject { ["wal_capacity_mb"] = 32, ["wal_segments_ahead"] = 0 },
            ["quantization_config"] = null,
        };
        if (Metadata.Count > 0)
        {
            json["metadata"] = Metadata.DeepClone();
        }

        return json;
    }

    private static QdrantVectorParameters Dense1(JsonElement value)
    {
        var size = value.GetProperty("size").GetInt64();
        var distance = value.GetProperty("distance").GetString()!;
        if (size is < 1 or > 65_536)
        {
            throw new QdrantException(422, $"Validation error in JSON body: [vectors.size: value {size} invalid, must be from 1 to 65536]");
        }

        return s_distances.Contains(distance)
            ? new QdrantVectorParameters((int)size, distance, value.TryGetProperty("multivector_config", out var multi) && multi.ValueKind == JsonValueKind.Object, Node(value).AsObject())
            : throw QdrantException.Format($"unknown variant `{distance}`, expected one of `Cosine`, `Euclid`, `Dot`, `Manhattan`");
    }

    private static void Merge(JsonElement body, string name, JsonObject into)
    {
        if (body.TryGetProperty(name, out var changes) && changes.ValueKind == JsonValueKind.Object)
        {
            foreach (var change in changes.EnumerateObject())
            {
                if (change.Value.ValueKind != JsonValueKind.Null || name == "metadata")
                {
                    into[change.Name] = Node(change.Value);
                }
            }
        }
    }

    private static JsonNode Node(JsonElement value) => JsonNode.Parse(value.GetRawText())!;
}
