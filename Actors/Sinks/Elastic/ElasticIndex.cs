using System.Text.Json;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

/// <summary>An index as the server describes it.</summary>
/// <param name="Info">What it holds.</param>
/// <param name="Language">Language whose word forms count as one.</param>
/// <param name="VectorIndex">How its vectors are indexed.</param>
/// <param name="MappedDimension">Dimension of the dense vectors by the mapping; 0 where there are none.</param>
/// <param name="MappedDistance">Distance by the mapping; null where it says none.</param>
/// <param name="Restore">Settings to put back, where the index is being loaded or a load was broken off; null where it is not.</param>
/// <param name="Meta">The whole <c>_meta</c> of the mapping, with what others put there.</param>
/// <param name="Settings">The settings below <c>index</c>.</param>
internal sealed record ElasticIndex(
    CollectionInfo Info, string Language, string VectorIndex, int MappedDimension, Distance? MappedDistance, IReadOnlyDictionary<string, string?>? Restore, JsonElement Meta, JsonElement Settings)
{
    /// <summary>Property of <c>_meta</c> that holds what Sluice notes.</summary>
    public const string MetaName = "sluice";

    private const string RestoreName = "restore";

    /// <summary>Reads the answer to <c>GET /INDEX</c>.</summary>
    /// <returns>Null when the index was not made by Sluice.</returns>
    public static ElasticIndex? Read(JsonElement answer, ElasticDialect dialect)
    {
        using var indexes = answer.EnumerateObject();
        if (!indexes.MoveNext())
        {
            return null;
        }

        var index = indexes.Current.Value;
        if (!index.TryGetProperty("mappings", out var mappings) || !mappings.TryGetProperty("_meta", out var meta) || !meta.TryGetProperty(MetaName, out var note))
        {
            return null;
        }

        var info = new CollectionInfo(
            note.GetProperty("model").GetString()!,
            note.GetProperty("fingerprint").GetString()!,
            Enum.Parse<EmbeddingKind>(note.GetProperty("kind").GetString()!),
            note.GetProperty("dimension").GetInt32(),
            Enum.Parse<Distance>(note.GetProperty("distance").GetString()!));
        var (dimension, distance) = mappings.TryGetProperty("properties", out var fields) && fields.TryGetProperty(ElasticFields.Embedding, out var field) ? dialect.ReadMapping(field) : (0, null);
        var settings = index.TryGetProperty("settings", out var outer) && outer.TryGetProperty("index", out var inner) ? inner.Clone() : default;
        return new ElasticIndex(
            info, note.GetProperty("language").GetString()!, note.GetProperty("vector_index").GetString()!, dimension, distance, ReadRestore(note), meta.Clone(), settings);
    }

    /// <summary>Writes the <c>_meta</c> of a new index.</summary>
    public static void WriteMeta(Utf8JsonWriter json, CollectionInfo info, string language, string vectorIndex)
    {
        json.WriteStartObject("_meta");
        json.WriteStartObject(MetaName);
        json.WriteNumber("version", 1);
        json.WriteString("model", WellFormed.Text(info.ModelName));
        json.WriteString("fingerprint", info.ModelFingerprint);
        json.WriteString("kind", info.Kind.ToString());
        json.WriteNumber("dimension", info.Dimension);
        json.WriteString("distance", info.Distance.ToString());
        json.WriteString("language", language);
        json.WriteString("vector_index", vectorIndex);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes this <c>_meta</c> again with other settings to put back, or none; what others noted stays.</summary>
    public void WriteMeta(Utf8JsonWriter json, IReadOnlyDictionary<string, string?>? restore)
    {
        json.WriteStartObject("_meta");
        foreach (var property in Meta.EnumerateObject())
        {
            if (!property.NameEquals(MetaName))
            {
                property.WriteTo(json);
                continue;
            }

            json.WriteStartObject(MetaName);
            foreach (var note in property.Value.EnumerateObject().Where(static note => !note.NameEquals(RestoreName)))
            {
                note.WriteTo(json);
            }

            if (restore is not null)
            {
                json.WriteStartObject(RestoreName);
                foreach (var (name, value) in restore)
                {
                    json.WriteString(name, value);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>A setting as it is now, as text; null where it has the server's default.</summary>
    public string? Setting(string name)
    {
        var value = Settings;
        foreach (var part in name.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(part, out value))
            {
                return null;
            }
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
    }

    private static Dictionary<string, string?>? ReadRestore(JsonElement note) =>
        !note.TryGetProperty(RestoreName, out var restore) || restore.ValueKind != JsonValueKind.Object ? null
        : restore.EnumerateObject().ToDictionary(static setting => setting.Name, static setting => setting.Value.GetString(), StringComparer.Ordinal);
}
