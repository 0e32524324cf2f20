using System.Buffers.Binary;
using System.Text.Json;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>Reads chunks from the <c>_source</c> of hits.</summary>
internal static class StoredDocument
{
    /// <summary>Reads what a search shows.</summary>
    public static SearchHit ReadHit(Guid id, JsonElement source, double score) => new(new ChunkId(id), Text(source, ElasticFields.Uri) ?? "", Text(source, ElasticFields.Text) ?? "", ReadPlace(source), score)
    {
        Title = Text(source, ElasticFields.Title),
        HeadingPath = source.TryGetProperty(ElasticFields.Headings, out var headings) && headings.ValueKind == JsonValueKind.Array ? [.. headings.EnumerateArray().Select(static heading => heading.GetString() ?? "")] : [],
        Metadata = ReadMetadata(source),
    };

    /// <summary>Reads the document's id; null when there is none.</summary>
    public static DocumentId? ReadDocument(JsonElement source) =>
        source.ValueKind == JsonValueKind.Object && Guid.TryParse(Text(source, ElasticFields.Document), out var id) ? new DocumentId(id) : null;

    /// <summary>Reads the embedding; null when there is none.</summary>
    public static Embedding? ReadEmbedding(JsonElement source, EmbeddingKind kind) => kind switch
    {
        EmbeddingKind.Dense => source.TryGetProperty(ElasticFields.Embedding, out var vector) && ReadVector(vector) is { } values ? new DenseEmbedding(values) : null,
        EmbeddingKind.MultiVector => source.TryGetProperty(ElasticFields.Tokens, out var rows) && rows.ValueKind == JsonValueKind.Array ? ReadRows(rows, source.TryGetProperty(ElasticFields.TokenNorms, out var norms) ? norms : default) : null,
        _ => source.TryGetProperty(ElasticFields.Sparse, out var terms) && terms.ValueKind == JsonValueKind.Object ? SparseTerms.Read(terms) : null,
    };

    private static float[]? ReadVector(JsonElement vector) => vector.ValueKind switch
    {
        JsonValueKind.Array => [.. vector.EnumerateArray().Select(static value => value.GetSingle())],
        JsonValueKind.String => ReadBase64(vector.GetBytesFromBase64()),
        _ => null,
    };

    private static float[] ReadBase64(byte[] bytes)
    {
        var values = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleBigEndian(bytes.AsSpan(i * sizeof(float)));
        }

        return values;
    }

    private static MultiVectorEmbedding? ReadRows(JsonElement rows, JsonElement norms)
    {
        var values = new List<float>();
        var count = 0;
        foreach (var row in rows.EnumerateArray())
        {
            var norm = norms.ValueKind == JsonValueKind.Array ? norms[count].GetSingle() : 1;
            values.AddRange(row.EnumerateArray().Select(value => value.GetSingle() * norm));
            count++;
        }

        return count == 0 ? null : new MultiVectorEmbedding(values.ToArray(), count, values.Count / count);
    }

    private static Place ReadPlace(JsonElement source)
    {
        if (!source.TryGetProperty(ElasticFields.Place, out var place) || place.ValueKind != JsonValueKind.Object)
        {
            return new Place(0, 0);
        }

        return new Place(Number(place, ElasticFields.Start) ?? 0, Number(place, ElasticFields.End) ?? 0)
        {
            Line = (int?)Number(place, ElasticFields.Line),
            Page = (int?)Number(place, ElasticFields.Page),
            Row = Number(place, ElasticFields.Row),
            Part = Text(place, ElasticFields.Part),
            Anchor = Text(place, ElasticFields.Anchor),
        };
    }

    private static Dictionary<string, string>? ReadMetadata(JsonElement source)
    {
        Dictionary<string, string>? metadata = null;
        foreach (var name in new[] { ElasticFields.Metadata, ElasticFields.LongMetadata })
        {
            if (source.TryGetProperty(name, out var pairs) && pairs.ValueKind == JsonValueKind.Object)
            {
                metadata ??= new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (var pair in pairs.EnumerateObject())
                {
                    metadata[MetadataKeys.Decode(pair.Name)] = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString()! : pair.Value.GetRawText();
                }
            }
        }

        return metadata;
    }

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
