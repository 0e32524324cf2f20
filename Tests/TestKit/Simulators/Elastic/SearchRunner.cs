using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>Runs the body of a search: query, order, pages, what is shown of documents.</summary>
internal static class SearchRunner
{
    private const int MaxWindow = 10_000;

    private static readonly string[] s_known =
    [
        "query", "knn", "size", "from", "sort", "search_after", "_source", "track_total_hits", "track_scores", "pit", "fields", "min_score",
    ];

    /// <summary>Runs it.</summary>
    /// <param name="body">The body; an undefined element for none.</param>
    /// <param name="index">The index.</param>
    /// <param name="seen">What it shows, or showed at a point in time.</param>
    /// <param name="edition">Which server it is.</param>
    /// <param name="point">The point in time's id; null for none.</param>
    public static JsonObject Run(JsonElement body, SimulatedIndex index, IReadOnlyList<StoredDoc> seen, ElasticEdition edition, string? point)
    {
        if (body.ValueKind == JsonValueKind.Object && body.EnumerateObject().Select(static property => property.Name).FirstOrDefault(name => !s_known.Contains(name)) is { } unknown)
        {
            throw new ElasticException(400, "parsing_exception", $"unknown key [{unknown}] in the search body; the simulator knows {string.Join(", ", s_known)}");
        }

        var runner = new QueryRunner(seen, index.Mapping, edition);
        var size = Number(body, "size", 10);
        if (size > MaxWindow)
        {
            throw ElasticException.Illegal($"Result window is too large, from + size must be less than or equal to: [{MaxWindow}] but was [{size}].");
        }

        var scores = Find(body, "knn") is { ValueKind: JsonValueKind.Object } knn && !edition.IsOpenSearch ? runner.Knn(knn)
            : Find(body, "query") is { ValueKind: JsonValueKind.Object } query ? runner.Run(query)
            : seen.ToDictionary(static document => document, static _ => 1.0);
        var keys = SortKeys(body, edition);
        var ordered = scores.Select(pair => (Document: pair.Key, Score: pair.Value, Keys: keys.ConvertAll(key => key.Value(pair.Key, pair.Value)))).ToList();
        ordered.Sort((one, other) => Compare(one.Keys, other.Keys, keys));
        var hits = ordered.AsEnumerable();
        if (Find(body, "search_after") is { ValueKind: JsonValueKind.Array } after)
        {
            var last = after.EnumerateArray().Select(static value => value.ValueKind == JsonValueKind.Number ? (IComparable)value.GetDouble() : value.GetString() ?? "").ToList();
            hits = hits.Where(hit => Compare(hit.Keys, last, keys) > 0);
        }

        var shown = hits.Skip(Number(body, "from", 0)).Take(size).ToList();
        var sorted = Find(body, "sort").ValueKind != JsonValueKind.Undefined;
        var scored = !sorted || keys.Exists(static key => key.Name == "_score");
        var array = new JsonArray();
        foreach (var hit in shown)
        {
            var item = new JsonObject { ["_index"] = index.Name, ["_id"] = hit.Document.Id, ["_score"] = scored ? (float)hit.Score : null };
            if (Source(body, hit.Document, index.Mapping, edition) is { } source)
            {
                item["_source"] = source;
            }

            if (sorted)
            {
                item["sort"] = new JsonArray([.. hit.Keys.Select(static key => key is double number ? JsonValue.Create(number) : JsonValue.Create((string)key))]);
            }

            array.Add(item);
        }

        var answer = new JsonObject { ["took"] = 1, ["timed_out"] = false, ["_shards"] = Shards() };
        var outer = new JsonObject { ["max_score"] = scored && shown.Count > 0 ? shown.Max(static hit => (float)hit.Score) : null, ["hits"] = array };
        if (Find(body, "track_total_hits").ValueKind != JsonValueKind.False)
        {
            outer["total"] = new JsonObject { ["value"] = scores.Count, ["relation"] = "eq" };
        }

        answer["hits"] = outer;
        if (point is not null)
        {
            answer["pit_id"] = point;
        }

        return answer;
    }

    public static JsonObject Shards() => new() { ["total"] = 1, ["successful"] = 1, ["skipped"] = 0, ["failed"] = 0 };

    private static List<SortKey> SortKeys(JsonElement body, ElasticEdition edition)
    {
        var keys = new List<SortKey>();
        if (Find(body, "sort") is { ValueKind: JsonValueKind.Array } sort)
        {
            foreach (var item in sort.EnumerateArray())
            {
                var (name, order) = item.ValueKind == JsonValueKind.String ? (item.GetString()!, "asc") : (item.EnumerateObject().First().Name, Order(item.EnumerateObject().First().Value));
                keys.Add(name switch
                {
                    "_score" => new SortKey(name, order != "asc", static (_, score) => score),
                    "_shard_doc" when edition.IsOpenSearch => throw new ElasticException(400, "search_phase_execution_exception", "No mapping found for [_shard_doc] in order to sort on"),
                    "_shard_doc" or "_doc" => new SortKey(name, order == "desc", static (document, _) => (double)document.Sequence),
                    _ => new SortKey(name, order == "desc", (document, _) => document.Terms.TryGetValue(name, out var terms) ? terms[0] : "\uFFFF"),
                });
            }
        }

        if (keys.Count == 0)
        {
            keys.Add(new SortKey("_score", true, static (_, score) => score));
        }

        keys.Add(new SortKey("", false, static (document, _) => (double)document.Sequence)); // What is left is ordered by place.
        if (Find(body, "sort").ValueKind != JsonValueKind.Undefined)
        {
            keys.RemoveAt(keys.Count - 1);
        }

        return keys;
    }

    private static string Order(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.TryGetProperty("order", out var order) ? order.GetString()! : "asc";

    private static int Compare(List<IComparable> one, List<IComparable> other, List<SortKey> keys)
    {
        for (var i = 0; i < Math.Min(one.Count, other.Count); i++)
        {
            var order = one[i] is string text ? string.CompareOrdinal(text, (string)other[i]) : one[i].CompareTo(other[i]);
            if (order != 0)
            {
                return keys[i].Descending ? -order : order;
            }
        }

        return 0;
    }

    private static JsonObject? Source(JsonElement body, StoredDoc document, FieldMapping mapping, ElasticEdition edition)
    {
        var wanted = Find(body, "_source");
        if (wanted.ValueKind == JsonValueKind.False)
        {
            return null;
        }

        var hidden = !edition.IsOpenSearch && edition.IsAtLeast(9, 2);
        List<string>? includes = null;
        var excludes = new List<string>();
        if (wanted.ValueKind == JsonValueKind.Object)
        {
            if (wanted.TryGetProperty("exclude_vectors", out var vectors))
            {
                hidden = !edition.IsOpenSearch && edition.IsAtLeast(9, 2) ? vectors.GetBoolean() : throw new ElasticException(400, "parsing_exception", "Unknown key for a VALUE_BOOLEAN in [exclude_vectors].");
            }

            includes = Names(wanted, "includes");
            excludes = Names(wanted, "excludes") ?? [];
        }
        else if (wanted.ValueKind is JsonValueKind.Array or JsonValueKind.String)
        {
            includes = [.. wanted.ValueKind == JsonValueKind.String ? [wanted.GetString()!] : wanted.EnumerateArray().Select(static name => name.GetString()!)];
        }

        if (hidden)
        {
            excludes.AddRange(mapping.VectorFields);
        }

        var source = new JsonObject();
        foreach (var property in document.Source.EnumerateObject())
        {
            if (includes?.Contains(property.Name) != false && !excludes.Contains(property.Name))
            {
                source[property.Name] = document.Vectors.TryGetValue(property.Name, out var vector) && property.Value.ValueKind == JsonValueKind.String
                    ? new JsonArray([.. vector.Select(static number => JsonValue.Create(number))]) // Vectors are made again from what is stored.
                    : JsonNode.Parse(property.Value.GetRawText());
            }
        }

        return source;
    }

    private static List<string>? Names(JsonElement parent, string name) => parent.TryGetProperty(name, out var names) ? [.. names.EnumerateArray().Select(static item => item.GetString()!)] : null;

    private static JsonElement Find(JsonElement body, string name) => body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) ? value : default;

    private static int Number(JsonElement body, string name, int missing) => Find(body, name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt32() : missing;

    private sealed record SortKey(string Name, bool Descending, Func<StoredDoc, double, IComparable> Value);
}
