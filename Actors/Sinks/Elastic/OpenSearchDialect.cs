using System.Globalization;
using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>OpenSearch 2.13 and later, with the k-NN plugin that every full distribution has.</summary>
internal sealed class OpenSearchDialect : ElasticDialect
{
    private const string NoIndex = "none";

    public override string Database => "OpenSearch";

    public override string Scheme => "opensearch";

    public override string Example => "opensearch://127.0.0.1:9200/chunks";

    public override IReadOnlyList<string> VectorIndexes { get; } = ["lucene", "faiss", NoIndex];

    public override IReadOnlyList<string> KeyVariables { get; } = ["OPENSEARCH_TOKEN"];

    public override IReadOnlyList<string> PasswordVariables { get; } = ["OPENSEARCH_PASSWORD"];

    public override int MaxDimension => 16_000;

    public override string MetadataType => "flat_object";

    public override string PointInTimeProperty => "pit_id";

    public override string ClosePointInTimePath => "_search/point_in_time";

    public override void RequireUsable(ElasticServer server, EmbeddingKind? kind, string where)
    {
        if (!server.IsOpenSearch)
        {
            throw new StorageException($"{where} is Elasticsearch {server.Number}; write elasticsearch:// in the address.");
        }

        if (!server.IsAtLeast(2, 13))
        {
            throw new StorageException($"{where} is version {server.Number}; 2.13 or later is needed. Update the server.");
        }

        if (kind == EmbeddingKind.MultiVector && !server.IsAtLeast(3, 3))
        {
            throw new StorageException($"{where} is version {server.Number}; several vectors a chunk take lateInteractionScore, which it has from 3.3 on. Update the server or use another model.");
        }
    }

    public override bool TakesBase64(ElasticServer server) => false;

    public override bool HidesVectors(ElasticServer server) => false;

    public override string BulkParameters(ElasticServer server) => "?filter_path=errors,items.*.status,items.*.error";

    public override void WriteSettings(Utf8JsonWriter json) => json.WriteBoolean("knn", true);

    public override void WriteMapping(Utf8JsonWriter json, EmbeddingModelInfo model, string vectorIndex, ElasticOptions options)
    {
        if (model.Kind == EmbeddingKind.Sparse)
        {
            json.WriteStartObject(ElasticFields.Sparse);
            json.WriteString("type", "rank_features");
            json.WriteEndObject();
            return;
        }

        var distance = model.Kind == EmbeddingKind.Dense ? model.Distance : Distance.Cosine;
        json.WriteStartObject(ElasticFields.Embedding);
        json.WriteString("type", "knn_vector");
        json.WriteNumber("dimension", model.Dimension);
        if (vectorIndex == NoIndex)
        {
            json.WriteBoolean("index", false);
        }
        else
        {
            json.WriteStartObject("method");
            json.WriteString("name", "hnsw");
            json.WriteString("engine", vectorIndex);
            json.WriteString("space_type", distance switch { Distance.Cosine => "cosinesimil", Distance.Dot => "innerproduct", _ => "l2" });
            json.WriteStartObject("parameters");
            json.WriteNumber("m", options.HnswLinks);
            json.WriteNumber("ef_construction", options.HnswConstruction);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (model.Kind == EmbeddingKind.MultiVector)
        {
            json.WriteStartObject(ElasticFields.Tokens);
            json.WriteString("type", "object");
            json.WriteBoolean("enabled", false);
            json.WriteEndObject();
        }
    }

    public override (int Dimension, Distance? Distance) ReadMapping(JsonElement field)
    {
        var space = field.TryGetProperty("method", out var method) && method.TryGetProperty("space_type", out var inner) ? inner.GetString()
            : field.TryGetProperty("space_type", out var outer) ? outer.GetString()
            : null;
        Distance? distance = space switch { "cosinesimil" => Distance.Cosine, "innerproduct" => Distance.Dot, "l2" => Distance.Euclidean, _ => null };
        return (field.TryGetProperty("dimension", out var dimension) ? dimension.GetInt32() : 0, distance);
    }

    public override IReadOnlyList<KeyValuePair<string, string>> BulkLoadSettings(ElasticServer server) =>
        server.IsAtLeast(2, 18) ? [KeyValuePair.Create("knn.advanced.approximate_threshold", "-1")] : [];

    public override void WriteNearest(Utf8JsonWriter json, VectorQuestion question, Action<Utf8JsonWriter>? filter, ElasticServer server)
    {
        json.WriteStartObject("query");
        json.WriteStartObject("knn");
        json.WriteStartObject(ElasticFields.Embedding);
        WriteVector(json, "vector", question.Vector.Span);
        json.WriteNumber("k", question.VectorIndex == "lucene" ? question.Candidates : question.Hits);
        if (server.IsAtLeast(2, 16) && question.VectorIndex == "faiss")
        {
            json.WriteStartObject("method_parameters");
            json.WriteNumber("ef_search", question.Candidates);
            json.WriteEndObject();
        }

        if (filter is not null)
        {
            json.WritePropertyName("filter");
            filter(json);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public override void WriteExactScript(Utf8JsonWriter json, ReadOnlySpan<float> vector, Distance distance)
    {
        json.WriteStartObject();
        json.WriteString("source", distance switch
        {
            Distance.Cosine => "1.0 + cosineSimilarity(params.q, doc['embedding'])",
            Distance.Dot => "double d = innerProduct(params.q, doc['embedding']); return d < 0 ? 1 / (1 - d) : 1 + d;",
            _ => "1 / (1 + l2Squared(params.q, doc['embedding']))",
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
        _ => -Math.Sqrt(Math.Max(0, (1 / score) - 1)),
    };

    public override void WriteLateInteractionScript(Utf8JsonWriter json, MultiVectorEmbedding vectors)
    {
        json.WriteStartObject();
        json.WriteString("source", "lateInteractionScore(params.q, 'tokens', params._source, params.space_type)");
        json.WriteStartObject("params");
        WriteVectors(json, "q", vectors);
        json.WriteString("space_type", "innerproduct");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The function's own score: how it keeps inner products above zero is not published.</summary>
    public override double FromLateInteractionScore(double score) => score;

    public override void WriteSparse(Utf8JsonWriter json, SparseEmbedding sparse, Action<Utf8JsonWriter>? filter)
    {
        json.WriteStartObject();
        json.WriteStartObject("bool");
        json.WriteStartArray("should");
        var indices = sparse.Indices.Span;
        var values = sparse.Values.Span;
        for (var i = 0; i < indices.Length; i++)
        {
            if (values[i] > 0)
            {
                json.WriteStartObject();
                json.WriteStartObject("rank_feature");
                json.WriteString("field", string.Create(CultureInfo.InvariantCulture, $"{ElasticFields.Sparse}.{indices[i]}"));
                json.WriteStartObject("linear");
                json.WriteEndObject();
                json.WriteNumber("boost", values[i]);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteNumber("minimum_should_match", 1);
        if (filter is not null)
        {
            json.WriteStartArray("filter");
            filter(json);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    public override string OpenPointInTime(string index, string keepAlive) => $"{index}/_search/point_in_time?keep_alive={keepAlive}";

    public override void WriteClosePointInTime(Utf8JsonWriter json, string id)
    {
        json.WriteStartArray("pit_id");
        json.WriteStringValue(id);
        json.WriteEndArray();
    }

    public override void WriteListingOrder(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString(ElasticFields.Chunk, "asc");
        json.WriteEndObject();
    }
}
