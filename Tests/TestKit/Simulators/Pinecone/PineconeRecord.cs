using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Pinecone;

/// <summary>A stored record. Not changed once it is stored.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Values">Dense vector; null in a sparse index.</param>
/// <param name="Sparse">Sparse vector; null for none.</param>
/// <param name="Metadata">Flat metadata.</param>
internal sealed record PineconeRecord(string Id, float[]? Values, PineconeSparse? Sparse, JsonObject Metadata)
{
    /// <summary>The record as the API shows it.</summary>
    public JsonObject ToJson(bool values, bool metadata)
    {
        var json = new JsonObject { ["id"] = Id };
        if (values && Values is { } dense)
        {
            json["values"] = new JsonArray([.. dense.Select(static value => (JsonNode)value)]);
        }

        if (values && Sparse is { } sparse)
        {
            json["sparseValues"] = new JsonObject
            {
                ["indices"] = new JsonArray([.. sparse.Indices.Select(static index => (JsonNode)index)]),
                ["values"] = new JsonArray([.. sparse.Values.Select(static value => (JsonNode)value)]),
            };
        }

        if (metadata && Metadata.Count > 0)
        {
            json["metadata"] = Metadata.DeepClone();
        }

        return json;
    }
}

/// <summary>A sparse vector.</summary>
internal sealed record PineconeSparse(uint[] Indices, float[] Values)
{
    public const int MaxTerms = 1_000;

    public static PineconeSparse Read(JsonElement json)
    {
        uint[] indices = [.. json.GetProperty("indices").EnumerateArray().Select(static index => index.GetUInt32())];
        float[] values = [.. json.GetProperty("values").EnumerateArray().Select(static value => value.GetSingle())];
        return indices.Length != values.Length || indices.Length is 0 or > MaxTerms || indices.Distinct().Count() != indices.Length
            ? throw PineconeException.Invalid($"Sparse vector must have 1 to {MaxTerms} unique indices, and as many values")
            : new PineconeSparse(indices, values);
    }

    public float Dot(PineconeSparse other)
    {
        var weights = other.Indices.Zip(other.Values).ToDictionary(static pair => pair.First, static pair => pair.Second);
        return Indices.Select((index, at) => weights.GetValueOrDefault(index) * Values[at]).Sum();
    }
}
