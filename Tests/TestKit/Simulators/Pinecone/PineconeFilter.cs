using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Pinecone;

/// <summary>Metadata filters: <c>$eq $ne $gt $gte $lt $lte $in $nin $exists $and $or</c>. A list of strings meets a condition when one of them does.</summary>
internal static class PineconeFilter
{
    public static bool Meets(JsonElement filter, JsonObject metadata) => filter.ValueKind != JsonValueKind.Object || filter.EnumerateObject().All(part => part.Name switch
    {
        "$and" => part.Value.EnumerateArray().All(one => Meets(one, metadata)),
        "$or" => part.Value.EnumerateArray().Any(one => Meets(one, metadata)),
        _ when part.Name.StartsWith('$') => throw PineconeException.Invalid($"{part.Name} is not a valid operator"),
        _ => MeetsField(part.Value, metadata.TryGetPropertyValue(part.Name, out var value) ? value : null),
    });

    private static bool MeetsField(JsonElement condition, JsonNode? value)
    {
        if (condition.ValueKind != JsonValueKind.Object)
        {
            return Same(value, condition);
        }

        return condition.EnumerateObject().All(part => part.Name switch
        {
            "$eq" => Same(value, part.Value),
            "$ne" => !Same(value, part.Value),
            "$in" => Listed(part.Value).Any(one => Same(value, one)),
            "$nin" => !Listed(part.Value).Any(one => Same(value, one)),
            "$exists" => value is not null == part.Value.GetBoolean(),
            "$gt" => Number(value) > part.Value.GetDouble(),
            "$gte" => Number(value) >= part.Value.GetDouble(),
            "$lt" => Number(value) < part.Value.GetDouble(),
            "$lte" => Number(value) <= part.Value.GetDouble(),
            _ => throw PineconeException.Invalid($"{part.Name} is not a valid operator"),
        });
    }

    private static JsonElement.ArrayEnumerator Listed(JsonElement list) => list.GetArrayLength() <= 10_000 ? list.EnumerateArray() : throw PineconeException.Invalid("$in takes 10,000 values at most");

    private static double? Number(JsonNode? value) => value?.GetValueKind() == JsonValueKind.Number ? JsonSerializer.Deserialize<double>(value) : null;

    private static bool Same(JsonNode? value, JsonElement wanted) => value switch
    {
        null => false,
        JsonArray list => list.Any(one => Same(one, wanted)),
        _ => (value.GetValueKind(), wanted.ValueKind) switch
        {
            (JsonValueKind.String, JsonValueKind.String) => value.GetValue<string>() == wanted.GetString(),
            (JsonValueKind.Number, JsonValueKind.Number) => JsonSerializer.Deserialize<double>(value) == wanted.GetDouble(),
            var (one, other) => one == other && one is JsonValueKind.True or JsonValueKind.False,
        },
    };
}
