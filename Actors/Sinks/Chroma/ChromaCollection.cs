using System.Text.Json;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Chroma;

/// <summary>A collection as the server describes it.</summary>
/// <param name="Id">Its id, which a collection of the same name that is made later has not.</param>
/// <param name="Info">What it holds.</param>
/// <param name="Space">How its index compares: <c>cosine</c>, <c>ip</c> or <c>l2</c>.</param>
/// <param name="WrittenDimension">Dimension of what was written; null as long as nothing was.</param>
internal sealed record ChromaCollection(Guid Id, CollectionInfo Info, string Space, int? WrittenDimension)
{
    private const string Model = "sluice_model";
    private const string Fingerprint = "sluice_fingerprint";
    private const string Dimension = "sluice_dimension";
    private const string DistanceKey = "sluice_distance";

    /// <summary>Reads the answer to <c>GET …/collections/NAME</c>.</summary>
    /// <returns>Null when the collection was not made by Sluice.</returns>
    public static ChromaCollection? Read(JsonElement answer)
    {
        if (!answer.TryGetProperty("metadata", out var metadata) || metadata.ValueKind != JsonValueKind.Object || !metadata.TryGetProperty(Fingerprint, out var fingerprint))
        {
            return null;
        }

        var info = new CollectionInfo(
            metadata.GetProperty(Model).GetString()!,
            fingerprint.GetString()!,
            EmbeddingKind.Dense,
            metadata.GetProperty(Dimension).GetInt32(),
            Enum.Parse<Distance>(metadata.GetProperty(DistanceKey).GetString()!));
        int? written = answer.TryGetProperty("dimension", out var dimension) && dimension.ValueKind == JsonValueKind.Number ? dimension.GetInt32() : null;
        return new ChromaCollection(answer.GetProperty("id").GetGuid(), info, ReadSpace(answer), written);
    }

    /// <summary>Writes the body of making it.</summary>
    public static void Write(Utf8JsonWriter json, string name, CollectionInfo info, ChromaOptions options, bool cloud)
    {
        json.WriteString("name", name);
        json.WriteBoolean("get_or_create", true);
        json.WriteStartObject("metadata");
        json.WriteString(Model, WellFormed.Text(info.ModelName));
        json.WriteString(Fingerprint, info.ModelFingerprint);
        json.WriteNumber(Dimension, info.Dimension);
        json.WriteString(DistanceKey, info.Distance.ToString());
        json.WriteEndObject();
        json.WriteStartObject("configuration");
        json.WriteStartObject(cloud ? "spann" : "hnsw"); // Chroma Cloud has an index of its own.
        json.WriteString("space", SpaceOf(info.Distance));
        if (!cloud)
        {
            json.WriteNumber("ef_construction", options.HnswConstruction);
            json.WriteNumber("ef_search", options.EfSearch);
            json.WriteNumber("max_neighbors", options.HnswLinks);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Chroma's word for a way of comparing.</summary>
    public static string SpaceOf(Distance distance) => distance switch
    {
        Distance.Cosine => "cosine",
        Distance.Dot => "ip",
        _ => "l2",
    };

    private static string ReadSpace(JsonElement answer)
    {
        if (answer.TryGetProperty("configuration_json", out var configuration))
        {
            foreach (var name in new[] { "hnsw", "spann" })
            {
                if (configuration.TryGetProperty(name, out var index) && index.ValueKind == JsonValueKind.Object && index.TryGetProperty("space", out var space))
                {
                    return space.GetString() ?? "";
                }
            }
        }

        return "";
    }
}
