using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>What differs between Elasticsearch and OpenSearch: how vectors are mapped, compared and listed.</summary>
internal abstract class ElasticDialect
{
    /// <summary>The database's name as people write it.</summary>
    public abstract string Database { get; }

    /// <summary>Scheme of its addresses.</summary>
    public abstract string Scheme { get; }

    /// <summary>An address.</summary>
    public abstract string Example { get; }

    /// <summary>Ways vectors can be indexed, the default first.</summary>
    public abstract IReadOnlyList<string> VectorIndexes { get; }

    /// <summary>Variables of the environment that hold an API key or a token.</summary>
    public abstract IReadOnlyList<string> KeyVariables { get; }

    /// <summary>Variables of the environment that hold a password.</summary>
    public abstract IReadOnlyList<string> PasswordVariables { get; }

    /// <summary>Most dimensions of a dense vector.</summary>
    public abstract int MaxDimension { get; }

    /// <summary>Mapping type of a metadata object.</summary>
    public abstract string MetadataType { get; }

    /// <summary>Throws where the server, or the version of it, cannot hold what is asked for.</summary>
    /// <exception cref="StorageException">Another database listens there, or one that is too old.</exception>
    public abstract void RequireUsable(ElasticServer server, EmbeddingKind? kind, string where);

    /// <summary>Whether the server takes dense vectors as base64 of big-endian floats.</summary>
    public abstract bool TakesBase64(ElasticServer server);

    /// <summary>Whether vectors must be asked for when documents are read.</summary>
    public abstract bool HidesVectors(ElasticServer server);

    /// <summary>Parameters of a bulk request, beginning with <c>?</c>.</summary>
    public abstract string BulkParameters(ElasticServer server);

    /// <summary>Writes the settings of a new index that have to do with vectors, inside of <c>index</c>.</summary>
    public abstract void WriteSettings(Utf8JsonWriter json);

    /// <summary>Writes the mapping of the field for the model's embeddings.</summary>
    public abstract void WriteMapping(Utf8JsonWriter json, EmbeddingModelInfo model, string vectorIndex, ElasticOptions options);

    /// <summary>Reads dimension and distance from the mapping of a dense vector.</summary>
    public abstract (int Dimension, Distance? Distance) ReadMapping(JsonElement field);

    /// <summary>Settings that are changed while a collection is loaded, beside refresh and replicas: with the value to set.</summary>
    public abstract IReadOnlyList<KeyValuePair<string, string>> BulkLoadSettings(ElasticServer server);

    /// <summary>Writes a search by the vector index: properties of the request's body.</summary>
    public abstract void WriteNearest(Utf8JsonWriter json, VectorQuestion question, Action<Utf8JsonWriter>? filter, ElasticServer server);

    /// <summary>Writes the script that compares a dense vector exactly: the object behind <c>script</c>.</summary>
    public abstract void WriteExactScript(Utf8JsonWriter json, ReadOnlySpan<float> vector, Distance distance);

    /// <summary>Writes the script that compares all vectors of a multi-vector embedding: the object behind <c>script</c>.</summary>
    public abstract void WriteLateInteractionScript(Utf8JsonWriter json, MultiVectorEmbedding vectors);

    /// <summary>Writes a query for a sparse embedding: the object behind <c>query</c>.</summary>
    public abstract void WriteSparse(Utf8JsonWriter json, SparseEmbedding sparse, Action<Utf8JsonWriter>? filter);

    /// <summary>The similarity that a score of the exact script stands for.</summary>
    public abstract double FromExactScore(double score, Distance distance);

    /// <summary>The score that a score of the late interaction script stands for.</summary>
    public virtual double FromLateInteractionScore(double score) => FromInnerProductScore(score);

    /// <summary>The similarity that a score of the vector index stands for: cosine, dot product, or the negative distance.</summary>
    public static double FromIndexScore(double score, Distance distance) => distance switch
    {
        Distance.Cosine => (2 * score) - 1,
        Distance.Dot => FromInnerProductScore(score),
        _ => -Math.Sqrt(Math.Max(0, (1 / score) - 1)),
    };

    /// <summary>The path and method of opening a point in time.</summary>
    public abstract string OpenPointInTime(string index, string keepAlive);

    /// <summary>Property of the answer that holds its id.</summary>
    public abstract string PointInTimeProperty { get; }

    /// <summary>The path of closing one, by DELETE.</summary>
    public abstract string ClosePointInTimePath { get; }

    /// <summary>Writes the body of closing one.</summary>
    public abstract void WriteClosePointInTime(Utf8JsonWriter json, string id);

    /// <summary>Writes the order of a listing by point in time: the array behind <c>sort</c>.</summary>
    public abstract void WriteListingOrder(Utf8JsonWriter json);

    /// <summary>Undoes the form that keeps scores above zero: 1 / (1 - x) below it, 1 + x from it on.</summary>
    protected static double FromInnerProductScore(double score) => score < 1 ? 1 - (1 / score) : score - 1;

    protected static void WriteVector(Utf8JsonWriter json, string name, ReadOnlySpan<float> vector)
    {
        json.WritePropertyName(name);
        JsonFloats.WriteArray(json, vector);
    }

    protected static void WriteVectors(Utf8JsonWriter json, string name, MultiVectorEmbedding vectors)
    {
        json.WriteStartArray(name);
        for (var row = 0; row < vectors.Rows; row++)
        {
            JsonFloats.WriteArray(json, vectors.Values.Span.Slice(row * vectors.Dimension, vectors.Dimension));
        }

        json.WriteEndArray();
    }
}

/// <summary>A question to the vector index.</summary>
/// <param name="Vector">The question's vector.</param>
/// <param name="Hits">Hits that are wanted.</param>
/// <param name="Candidates">Candidates a shard, at least as many.</param>
/// <param name="VectorIndex">How the vectors are indexed.</param>
internal sealed record VectorQuestion(ReadOnlyMemory<float> Vector, int Hits, int Candidates, string VectorIndex);
