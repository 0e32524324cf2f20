using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Qdrant;

/// <summary>Whether a point meets a filter.</summary>
internal sealed class QdrantFilter
{
    private readonly JsonElement _filter;
    private readonly IReadOnlyDictionary<string, JsonObject> _indexes;

    /// <summary>Reads it from the property <c>filter</c> of a body; without one all points meet it.</summary>
    public QdrantFilter(JsonElement body, IReadOnlyDictionary<string, JsonObject> indexes)
    {
        _filter = body.ValueKind == JsonValueKind.Object && body.TryGetProperty("filter", out var filter) ? filter : default;
        _indexes = indexes;
    }

    public bool Meets(QdrantPoint point) => _filter.ValueKind != JsonValueKind.Object || Meets(_filter, point);

    private bool Meets(JsonElement filter, QdrantPoint point)
    {
        var should = List(filter, "should");
        return List(filter, "must").TrueForAll(condition => Condition(condition, point))
            && !List(filter, "must_not").Exists(condition => Condition(condition, point))
            && (should.Count == 0 || should.Exists(condition => Condition(condition, point)));
    }

    private static List<JsonElement> List(JsonElement filter, string name) =>
        !filter.TryGetProperty(name, out var conditions) || conditions.ValueKind == JsonValueKind.Null ? []
        : conditions.ValueKind == JsonValueKind.Array ? [.. conditions.EnumerateArray()]
        : [conditions];

    private bool Condition(JsonElement condition, QdrantPoint point)
    {
        if (condition.TryGetProperty("has_id", out var ids))
        {
            return ids.EnumerateArray().Any(id => QdrantReader.Id(id) == point.Id);
        }

        if (condition.TryGetProperty("is_empty", out var empty) && empty.ValueKind == JsonValueKind.Object)
        {
            return !QdrantText.Values(point.Payload, empty.GetProperty("key").GetString()!).Any(static value => value is not null);
        }

        if (!condition.TryGetProperty("key", out var named))
        {
            return Meets(condition, point);
        }

        var key = named.GetString()!;
        var values = QdrantText.Values(point.Payload, key);
        if (condition.TryGetProperty("match", out var match) && match.ValueKind == JsonValueKind.Object)
        {
            return Match(match, key, values);
        }

        return condition.TryGetProperty("range", out var range) && values.Any(value => InRange(range, value));
    }

    private bool Match(JsonElement match, string key, IEnumerable<JsonNode?> values)
    {
        var (kind, wanted) = (match.EnumerateObject().First().Name, match.EnumerateObject().First().Value);
        var index = _indexes.GetValueOrDefault(key);
        var fold = index?["ascii_folding"]?.GetValue<bool>() == true;
        return kind switch
        {
            "value" => values.Any(value => SameAs(value, wanted)),
            "any" => values.Any(value => wanted.EnumerateArray().Any(one => SameAs(value, one))),
            "except" => values.Any(value => !wanted.EnumerateArray().Any(one => SameAs(value, one))),
            "prefix" => Texts().Any(text => text.StartsWith(wanted.GetString()!, StringComparison.Ordinal)),
            "text" when index is null => Texts().Any(text => text.Contains(wanted.GetString()!, StringComparison.Ordinal)),
            "text" => Texts().Any(text => QdrantText.Words(wanted.GetString()!, fold) is { Count: > 0 } words && words.TrueForAll(QdrantText.Words(text, fold).Contains)),
            "text_any" => Texts().Any(text => QdrantText.Words(wanted.GetString()!, fold).Exists(QdrantText.Words(text, fold).Contains)),
            "phrase" when index?["phrase_matching"]?.GetValue<bool>() == true => Texts().Any(text => QdrantText.ContainsPhrase(QdrantText.Words(text, fold), QdrantText.Words(wanted.GetString()!, fold))),
            "phrase" => throw QdrantException.Wrong($"phrase matching is not enabled for '{key}'"),
            _ => throw QdrantException.Format($"unknown match {kind}"),
        };

        IEnumerable<string> Texts() => values.OfType<JsonValue>().Where(static value => value.GetValueKind() == JsonValueKind.String).Select(static value => value.GetValue<string>());
    }

    private static bool SameAs(JsonNode? value, JsonElement wanted) => value is JsonValue && (value.GetValueKind(), wanted.ValueKind) switch
    {
        (JsonValueKind.String, JsonValueKind.String) => value.GetValue<string>() == wanted.GetString(),
        (JsonValueKind.Number, JsonValueKind.Number) => value.ToJsonString() == wanted.GetRawText(),
        var (one, other) => one == other && one is JsonValueKind.True or JsonValueKind.False,
    };

    private static bool InRange(JsonElement range, JsonNode? value)
    {
        if (value is null || value.GetValueKind() != JsonValueKind.Number)
        {
            return false;
        }

        var number = JsonSerializer.Deserialize<double>(value);
        return range.EnumerateObject().All(bound => bound.Value.ValueKind == JsonValueKind.Null || bound.Name switch
        {
            "gt" => number > bound.Value.GetDouble(),
            "gte" => number >= bound.Value.GetDouble(),
            "lt" => number < bound.Value.GetDouble(),
            "lte" => number <= bound.Value.GetDouble(),
            _ => throw QdrantException.Format($"unknown bound {bound.Name}"),
        });
    }
}
