using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>Elasticsearch 8.15 and later.</summary>
internal sealed class ElasticsearchDialect : ElasticDialect
{
    private const string NoIndex = "none";

    /// <summary>How much more than asked for is fetched from a quantized index, to be compared again with the vectors as they are.</summary>
    private const double Oversample = 3;

    public override string Database => "Elasticsearch";

    public override string Scheme => "elasticsearch";

    public override string Example => "elasticsearch://127.0.0.1:9200/chunks";

    public override IReadOnlyList<string> VectorIndexes { get; } = ["int8_hnsw", "hnsw", "int4_hnsw", "bbq_hnsw", "flat", "int8_flat", "int4_flat", "bbq_flat", NoIndex];

    public override IReadOnlyList<string> KeyVariables { get; } = ["ELASTIC_API_KEY", "ELASTICSEARCH_API_KEY"];

    public override IReadOnlyList<string> PasswordVariables { get; } = ["ELASTIC_PASSWORD", "ELASTICSEARCH_PASSWORD"];

    public override int MaxDimension => 4_096;

    public override string MetadataType => "flattened";

    public override string PointInTimeProperty => "id";

    public override string ClosePointInTimePath => "_pit";

    public override void RequireUsable(ElasticServer server, EmbeddingKind? kind, string where)
    {
        if (server.IsOpenSearch)
        {
            throw new StorageException($"{where} is OpenSearch {server.Number}; write opensearch:// in the address.");
        }

        if (!server.IsAtLeast(8, 15))
        {
            throw new StorageException($"{where} is version {server.Number}; 8.15 or later is needed. Update the server.");
        }

        if (kind == EmbeddingKind.MultiVector && !server.IsAtLeast(8, 18))
        {
            throw new StorageException($"{where} is version {server.Number}; several vectors a chunk take rank_vectors, which it has from 8.18 on. Update the server or use another model.");
        }
    }

    public override bool TakesBase64(ElasticServer server) => server.IsAtLeast(9, 3);

    public override bool HidesVectors(ElasticServer server) => server.IsAtLeast(9, 2);

    public override string BulkParameters(ElasticServer server) =>
        server.IsAtLeast(9, 0) ? "?filter_path=errors,items.*.status,items.*.error&include_source_on_error=false" : "?filter_path=errors,items.*.status,items.*.error";

    public override void WriteSettings(Utf8JsonWriter json)
    {
    }

    public override void WriteMapping(Utf8JsonWriter json, EmbeddingModelInfo model, string vectorIndex, ElasticOptions options)
    {
        if (model.Kind == EmbeddingKind.Sparse)
        {
            json.WriteStartObject(ElasticFields.Sparse);
            json.WriteString("type", "sparse_vector");
            json.WriteEndObject();
            return;
        }

        json.WriteStartObject(ElasticFields.Embedding);
        json.WriteString("type", "dense_vector");
        json.WriteNumber("dims", model.Dimension);
        json.WriteBoolean("index", vectorIndex != NoIndex);
        if (vectorIndex != NoIndex)
        {
            json.WriteString("similarity", Similarity(model.Kind == EmbeddingKind.Dense ? model.Distance : Distance.Cosine));
            json.WriteStartObject("index_options");
            json.WriteString("type", vectorIndex);
            if (vectorIndex.EndsWith("hnsw", StringComparison.Ordinal))
            {
                json.WriteNumber("m", options.HnswLinks);
                json.WriteNumber("ef_construction", options.HnswConstruction);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (model.Kind == EmbeddingKind.MultiVector)
        {
            json.WriteStartObject(ElasticFields.Tokens);
            json.WriteString("type", "rank_vectors");
            json.WriteNumber("dims", model.Dimension);
            json.WriteEndObject();
        }
    }

    public override (int Dimension, Distance? Distance) ReadMapping(JsonElement field) => (
        field.TryGetProperty("dims", out var dims) ? dims.GetInt32() : 0,
        !field.TryGetProperty("similarity", out var similarity) ? null : similarity.GetString() switch
        {
            "cosine" => Distance.Cosine,
            "max_inner_product" or "dot_product" => Distance.Dot,
            "l2_norm" => Distance.Euclidean,
            _ => null,
        });

    public override IReadOnlyList<KeyValuePair<string, string>> BulkLoadSettings(ElasticServer server) => [];

    public override void WriteNearest(Utf8JsonWriter json, VectorQuestion question, Action<Utf8JsonWriter>? filter, ElasticServer server)
    {
        json.WriteStartObject("knn");
        json.WriteString("field", ElasticFields.Embedding);
        WriteVector(json, "query_vector", question.Vector.Span);
        json.WriteNumber("k", question.Hits);
        json.WriteNumber("num_candidates", question.Candidates);
        if (server.IsAtLeast(9, 0) && question.VectorIndex is not ("hnsw" or "flat"))
        {
            json.WriteStartObject("rescore_vector");
            json.WriteNumber("oversample", Oversample);
            json.WriteEndObject();
        }

        if (filter is not null)
        {
            json.WritePropertyName("filter");
            filter(json);
        }

        json.WriteEndObject();
    }

    public override void WriteExactScript(Utf8JsonWriter json, ReadOnlySpan<float> vector, Distance distance)
    {
        json.WriteStartObject();
        json.WriteString("source", distance switch
        {
            Distance.Cosine => "cosineSimilarity(params.q, 'embedding') + 1.0",
            Distance.Dot => "double d = dotProduct(params.q, 'embedding'); return d < 0 ? 1 / (1 - d) : 1 + d;",
            _ => "1 / (1 + l2norm(params.q, 'embedding'))",
        });
        json.WriteStartObject("params");
        WriteVector(json, "q", vector);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public override double FromExactScore(double score, Distance distance) => distance switch
    {
        Distance.Cosine => score - 1,
        Distance.Dot => FromInnerProductScore(score),
        _ => 1 - (1 / score),
    };

    public override void WriteLateInteractionScript(Utf8JsonWriter json, MultiVectorEmbedding vectors)
    {
        json.WriteStartObject();
        json.WriteString("source", "double d = maxSimDotProduct(params.q, 'tokens'); return d < 0 ? 1 / (1 - d) : 1 + d;");
        json.WriteStartObject("params");
        WriteVectors(json, "q", vectors);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public override void WriteSparse(Utf8JsonWriter json, SparseEmbedding sparse, Action<Utf8JsonWriter>? filter)
    {
        json.WriteStartObject();
        json.WriteStartObject("bool");
        json.WriteStartArray("must");
        json.WriteStartObject();
        json.WriteStartObject("sparse_vector");
        json.WriteString("field", ElasticFields.Sparse);
        json.WriteStartObject("query_vector");
        SparseTerms.Write(json, sparse);
        json.WriteEndObject();
        json.WriteBoolean("prune", false);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        if (filter is not null)
        {
            json.WriteStartArray("filter");
            filter(json);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    public override string OpenPointInTime(string index, string keepAlive) => $"{index}/_pit?keep_alive={keepAlive}";

    public override void WriteClosePointInTime(Utf8JsonWriter json, string id) => json.WriteString("id", id);

    public override void WriteListingOrder(Utf8JsonWriter json) => json.WriteStringValue("_shard_doc");

    private static string Similarity(Distance distance) => distance switch
    {
        Distance.Cosine => "cosine",
        Distance.Dot => "max_inner_product",
        _ => "l2_norm",
    };
}
