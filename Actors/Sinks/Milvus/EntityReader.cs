using System.Globalization;
using System.Text;
using System.Text.Json;
using Sluice.Actors.Sinks.Pgvector;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Milvus;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>Reads chunks from the rows that queries and searches give.</summary>
internal static class EntityReader
{
    /// <summary>Reads a row's id; null when it is no UUID: it is none of Sluice's.</summary>
    public static ChunkId? ReadId(JsonElement row) => Guid.TryParse(Text(row, EntityFields.Id), CultureInfo.InvariantCulture, out var id) ? new ChunkId(id) : null;

    /// <summary>Reads the document of a row; that of others' rows is empty.</summary>
    public static DocumentId ReadDocument(JsonElement row) => new(Guid.TryParse(Text(row, EntityFields.Document), CultureInfo.InvariantCulture, out var id) ? id : Guid.Empty);

    /// <summary>Reads a hit; null when it is none of Sluice's.</summary>
    public static SearchHit? ReadHit(JsonElement row, double score)
    {
        if (ReadId(row) is not { } id)
        {
            return null;
        }

        using var details = ReadDetails(Pieces(row, EntityFields.Details, EntityFields.DetailsRest));
        var root = details?.RootElement ?? default;
        return new SearchHit(id, StoredText.Decode(Text(row, EntityFields.Uri) ?? ""), StoredText.Decode(Pieces(row, EntityFields.Text, EntityFields.TextRest)), ChunkJson.ReadPlace(root), score)
        {
            Title = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("title", out var title) ? title.GetString() : null,
            HeadingPath = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("headings", out var headings) ? [.. headings.EnumerateArray().Select(static heading => heading.GetString() ?? "")] : [],
            Metadata = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("metadata", out var metadata) ? ChunkJson.ReadMetadata(metadata) : null,
        };
    }

    /// <summary>Reads a row's embedding; null when it has none.</summary>
    public static Embedding? ReadEmbedding(JsonElement row)
    {
        if (!row.TryGetProperty(EntityFields.Vector, out var vector))
        {
            return null;
        }

        if (vector.ValueKind == JsonValueKind.Array)
        {
            var values = new float[vector.GetArrayLength()];
            var at = 0;
            foreach (var value in vector.EnumerateArray())
            {
                values[at++] = value.GetSingle();
            }

            return new DenseEmbedding(values);
        }

        return vector.ValueKind == JsonValueKind.Object ? ReadTerms(vector) : null;
    }

    private static SparseEmbedding ReadTerms(JsonElement vector)
    {
        var terms = new List<(int Index, float Value)>();
        if (vector.TryGetProperty("indices", out var indices) && vector.TryGetProperty("values", out var values))
        {
            terms.AddRange(indices.EnumerateArray().Zip(values.EnumerateArray(), static (index, value) => (index.GetInt32(), value.GetSingle())));
        }
        else
        {
            terms.AddRange(vector.EnumerateObject().Select(static term => (int.Parse(term.Name, NumberStyles.None, CultureInfo.InvariantCulture), term.Value.GetSingle())));
        }

        terms.Sort(static (one, other) => one.Index.CompareTo(other.Index));
        return new SparseEmbedding(terms.ConvertAll(static term => term.Index).ToArray(), terms.ConvertAll(static term => term.Value).ToArray());
    }

    private static JsonDocument? ReadDetails(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null; // Written by others.
        }
    }

    private static string? Text(JsonElement row, string field) => row.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A text that may go on in pieces.</summary>
    private static string Pieces(JsonElement row, string field, string rest)
    {
        var text = Text(row, field) ?? "";
        if (!row.TryGetProperty(rest, out var value) || Elements(value) is not { } pieces || pieces.GetArrayLength() == 0)
        {
            return text;
        }

        var whole = new StringBuilder(text);
        foreach (var piece in pieces.EnumerateArray())
        {
            whole.Append(piece.GetString());
        }

        return whole.ToString();
    }

    /// <summary>The elements of an array field, which servers up to 3.0 give in the form of their inner protocol (milvus-io/milvus issue 52048).</summary>
    private static JsonElement? Elements(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value,
        JsonValueKind.Object when value.TryGetProperty("Data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("StringData", out var texts)
            && texts.TryGetProperty("data", out var elements) && elements.ValueKind == JsonValueKind.Array => elements,
        _ => null,
    };
}
