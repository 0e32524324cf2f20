using System.Text.Json;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>What the servers check of the mapping of a vector.</summary>
internal static class MappingChecks
{
    private static readonly string[] s_similarities = ["cosine", "dot_product", "l2_norm", "max_inner_product"];
    private static readonly string[] s_indexTypes = ["bbq_flat", "bbq_hnsw", "flat", "hnsw", "int4_flat", "int4_hnsw", "int8_flat", "int8_hnsw"];
    private static readonly string[] s_spaces = ["l2", "cosinesimil", "innerproduct"];

    public static void Dense(string name, JsonElement mapping)
    {
        var dims = mapping.GetProperty("dims").GetInt32();
        if (dims is < 1 or > 4096)
        {
            throw new ElasticException(400, "mapper_parsing_exception", $"The number of dimensions should be in the range [1, 4096] but was [{dims}]");
        }

        if (mapping.TryGetProperty("similarity", out var similarity) && !s_similarities.Contains(similarity.GetString()))
        {
            throw new ElasticException(400, "mapper_parsing_exception", $"Unknown value [{similarity}] for field [similarity] of [{name}]");
        }

        if (mapping.TryGetProperty("index_options", out var options) && !s_indexTypes.Contains(options.GetProperty("type").GetString()))
        {
            throw new ElasticException(400, "mapper_parsing_exception", $"Unknown vector index options type [{options.GetProperty("type")}] for field [{name}]");
        }
    }

    public static void Knn(string name, JsonElement mapping)
    {
        var dimension = mapping.GetProperty("dimension").GetInt32();
        if (dimension is < 1 or > 16_000)
        {
            throw new ElasticException(400, "mapper_parsing_exception", $"Dimension value must be less than or equal to [16000] but got [{dimension}] for vector [{name}]");
        }

        if (mapping.TryGetProperty("method", out var method)
            && (method.GetProperty("engine").GetString() is not ("lucene" or "faiss") || !s_spaces.Contains(method.GetProperty("space_type").GetString()) || method.GetProperty("name").GetString() != "hnsw"))
        {
            throw new ElasticException(400, "mapper_parsing_exception", $"Invalid method for vector [{name}]");
        }
    }
}
