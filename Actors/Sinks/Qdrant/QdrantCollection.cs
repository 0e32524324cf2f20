using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Qdrant;

/// <summary>A collection as the server describes it.</summary>
/// <param name="Info">What it holds.</param>
/// <param name="Storage">How components are stored.</param>
/// <param name="FullText">Whether words are indexed.</param>
/// <param name="Indexes">Payload fields that have an index.</param>
/// <param name="IndexingThreshold">From how many kB of vectors on a segment gets an index; 0 for never, null where the server does not say.</param>
/// <param name="BulkLoad">The threshold before a bulk load that was not ended; null when there is none.</param>
internal sealed record QdrantCollection(CollectionInfo Info, string Storage, bool FullText, IReadOnlySet<string> Indexes, long? IndexingThreshold, long? BulkLoad)
{
    /// <summary>The threshold that a server has where nothing is said.</summary>
    public const long DefaultIndexingThreshold = 20_000;

    /// <summary>Name of the vectors that a kind of embedding is stored in.</summary>
    public static string VectorName(EmbeddingKind kind) => kind switch
    {
        EmbeddingKind.Dense => QdrantNames.Dense,
        EmbeddingKind.MultiVector => QdrantNames.MultiVector,
        _ => QdrantNames.Sparse,
    };

    /// <summary>The server's word for a distance.</summary>
    public static string DistanceName(Distance distance) => distance switch
    {
        Distance.Cosine => "Cosine",
        Distance.Dot => "Dot",
        _ => "Euclid",
    };

    /// <summary>Reads the answer of <c>GET /collections/NAME</c>.</summary>
    /// <param name="answer">Its body.</param>
    /// <param name="place">The collection and where it is, for messages.</param>
    /// <exception cref="CollectionMismatchException">Something else than Sluice made it.</exception>
    public static QdrantCollection Read(ReadOnlyMemory<byte> answer, string place)
    {
        using var json = JsonDocument.Parse(answer);
        var result = json.RootElement.GetProperty("result");
        var config = result.GetProperty("config");
        if (!config.TryGetProperty("metadata", out var metadata) || metadata.ValueKind != JsonValueKind.Object
            || !metadata.TryGetProperty(QdrantNames.Description, out var description))
        {
            throw new CollectionMismatchException($"The collection {place} was not made by Sluice: nothing says which model its vectors are from. Name another collection.");
        }

        var kind = Enum.Parse<EmbeddingKind>(description.GetProperty("kind").GetString()!);
        var dimension = description.GetProperty("dimension").GetInt32();
        var distance = Enum.Parse<Distance>(description.GetProperty("distance").GetString()!);
        if (kind != EmbeddingKind.Sparse)
        {
            RequireVectors(config.GetProperty("params").GetProperty("vectors"), VectorName(kind), dimension, distance, place);
        }

        var optimizers = config.GetProperty("optimizer_config");
        return new QdrantCollection(
            new CollectionInfo(description.GetProperty("model").GetString()!, description.GetProperty("fingerprint").GetString()!, kind, dimension, distance),
            description.GetProperty("storage").GetString()!,
            description.GetProperty("full_text").GetBoolean(),
            result.GetProperty("payload_schema").EnumerateObject().Select(static field => field.Name).ToHashSet(StringComparer.Ordinal),
            optimizers.TryGetProperty("indexing_threshold", out var threshold) && threshold.ValueKind == JsonValueKind.Number ? threshold.GetInt64() : null,
            metadata.TryGetProperty(QdrantNames.BulkLoad, out var bulk) && bulk.ValueKind == JsonValueKind.Number ? bulk.GetInt64() : null);
    }

    /// <summary>Refuses a collection whose vectors are not what its own description says.</summary>
    private static void RequireVectors(JsonElement vectors, string name, int dimension, Distance distance, string place)
    {
        if (!vectors.TryGetProperty(name, out var parameters)
            || parameters.GetProperty("size").GetInt32() != dimension
            || parameters.GetProperty("distance").GetString() != DistanceName(distance))
        {
            throw new CollectionMismatchException(
                $"The collection {place} should have vectors '{name}' of {dimension} dimensions compared by {DistanceName(distance)}; it has {vectors.GetRawText()}. It was made again by something else: name another collection, or drop it.");
        }
    }
}
