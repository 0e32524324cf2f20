using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Milvus;

public sealed partial class MilvusSimulator
{
    private const int MaxWindow = 16_384;
    private const int DefaultLimit = 100;

    /// <summary>What readers that do not ask for strong consistency see: the rows before the last write.</summary>
    private readonly Dictionary<MilvusCollection, List<MilvusRow>> _before = [];

    /// <summary>Whether reads that do not ask for strong consistency lag behind by one write.</summary>
    public bool LagsBehind { get; set; }

    private static void RequireLoaded(MilvusCollection collection)
    {
        if (!collection.IsLoaded)
        {
            throw new MilvusException(MilvusException.CollectionNotLoaded, $"collection not loaded[collection={collection.Name}]");
        }
    }

    private JsonObject Write(MilvusCollection collection, JsonElement body, bool upsert)
    {
        RequireLoaded(collection);
        var rows = collection.Read(body.GetProperty("data"));
        Remember(collection);
        if (upsert)
        {
            collection.Upsert(rows);
        }
        else
        {
            collection.Insert(rows);
        }

        var ids = new JsonArray([.. rows.Select(row => JsonValue.Create(row.Values[collection.Primary.Name]))]);
        var answer = Ok(upsert ? new JsonObject { ["upsertCount"] = rows.Count, ["upsertIds"] = ids } : new JsonObject { ["insertCount"] = rows.Count, ["insertIds"] = ids });
        answer["cost"] = 0;
        return answer;
    }

    private JsonObject Delete(MilvusCollection collection, JsonElement body)
    {
        RequireLoaded(collection);
        if (!body.TryGetProperty("filter", out var filter) || filter.GetString() is not { Length: > 0 } text)
        {
            throw new MilvusException(MilvusException.MissingParameter, "missing required parameters, error: Key: 'CollectionFilterReq.Filter' Error:Field validation for 'Filter' failed on the 'required' tag");
        }

        var matches = MilvusExpression.Compile(text, collection, Parameters(body));
        Remember(collection);
        collection.Remove(collection.Rows.Where(matches).Select(static row => row.Key).ToList());
        var answer = Ok(new JsonObject());
        answer["cost"] = 0;
        return answer;
    }

    private JsonObject Query(MilvusCollection collection, JsonElement body)
    {
        RequireLoaded(collection);
        var text = body.TryGetProperty("filter", out var filter) ? filter.GetString()! : "";
        var fields = OutputFields(collection, body);
        var rows = Visible(collection, body).Where(MilvusExpression.Compile(text, collection, Parameters(body)));
        if (fields.Contains("count(*)"))
        {
            return Ok(new JsonArray(new JsonObject { ["count(*)"] = rows.Count() }));
        }

        if (text.Length == 0 && !body.TryGetProperty("limit", out _))
        {
            throw new MilvusException(MilvusException.InvalidParameter, "empty expression should be used with limit: invalid parameter");
        }

        var (offset, limit) = Window(body, MaxWindow);
        return Ok(new JsonArray([.. rows.Skip(offset).Take(limit).Select(row => Row(collection, row, fields))]));
    }

    private JsonObject Get(MilvusCollection collection, JsonElement body)
    {
        RequireLoaded(collection);
        var id = body.GetProperty("id");
        var ids = (id.ValueKind == JsonValueKind.Array ? id.EnumerateArray().ToList() : [id]).Select(static one => one.ToString()).ToHashSet(StringComparer.Ordinal);
        var fields = OutputFields(collection, body);
        return Ok(new JsonArray([.. Visible(collection, body).Where(row => ids.Contains(row.Key)).Select(row => Row(collection, row, fields))]));
    }

    private JsonObject Search(MilvusCollection collection, JsonElement body)
    {
        RequireLoaded(collection);
        var fields = OutputFields(collection, body);
        var name = body.TryGetProperty("annsField", out var given) && given.GetString() is { Length: > 0 } asked ? asked : collection.Fields.Values.First(static field => field.IsVector && !field.IsOutput).Name;
        var text = body.TryGetProperty("filter", out var filter) ? filter.GetString()! : "";
        var rows = Visible(collection, body).Where(MilvusExpression.Compile(text, collection, Parameters(body))).ToList();
        var (offset, limit) = Window(body, DefaultLimit);
        var hits = new JsonArray();
        foreach (var question in body.GetProperty("data").EnumerateArray())
        {
            foreach (var (row, distance) in MilvusRanking.Rank(collection, name, question, rows).Skip(offset).Take(limit))
            {
                var hit = Row(collection, row, fields);
                hit[collection.Primary.Name] = JsonValue.Create(row.Values[collection.Primary.Name]);
                hit["distance"] = (float)distance;
                hits.Add(hit);
            }
        }

        return Ok(hits);
    }

    /// <summary>Notes what is there before a write.</summary>
    private void Remember(MilvusCollection collection)
    {
        if (LagsBehind)
        {
            _before[collection] = [.. collection.Rows];
        }
    }

    private IEnumerable<MilvusRow> Visible(MilvusCollection collection, JsonElement body)
    {
        var level = body.TryGetProperty("consistencyLevel", out var given) ? given.GetString() : "Bounded";
        return level != "Strong" && LagsBehind && _before.TryGetValue(collection, out var before) ? before : collection.Rows;
    }

    private static JsonElement Parameters(JsonElement body) => body.TryGetProperty("exprParams", out var parameters) ? parameters : default;

    private static (int Offset, int Limit) Window(JsonElement body, int missing)
    {
        var (offset, limit) = (Number(body, "offset", 0), Number(body, "limit", missing));
        return limit >= 1 && offset + limit <= MaxWindow
            ? (offset, limit)
            : throw new MilvusException(65_535, $"invalid max query result window, (offset+limit) should be in range [1, {MaxWindow}], but got {offset + limit}");
    }

    private static List<string> OutputFields(MilvusCollection collection, JsonElement body)
    {
        var fields = new List<string>();
        foreach (var field in body.TryGetProperty("outputFields", out var given) ? given.EnumerateArray() : default)
        {
            var name = field.GetString()!;
            if (name == "*")
            {
                fields.AddRange(collection.Fields.Values.Where(static known => !known.IsOutput).Select(static known => known.Name));
            }
            else if (name != "count(*)" && collection.Fields.GetValueOrDefault(name) is not { IsOutput: false })
            {
                throw new MilvusException(65_535, $"field {name} not exist, or not allowed to retrieve raw data of field {name}");
            }
            else
            {
                fields.Add(name);
            }
        }

        return fields;
    }

    private static JsonObject Row(MilvusCollection collection, MilvusRow row, List<string> fields)
    {
        var answer = new JsonObject();
        foreach (var name in fields.Append(collection.Primary.Name).Distinct(StringComparer.Ordinal))
        {
            answer[name] = row.Values[name] switch
            {
                string text => text,
                long number => number,
                float[] vector => new JsonArray([.. vector.Select(static value => (JsonNode)JsonValue.Create(value))]),
                SortedDictionary<uint, float> terms => new JsonObject(terms.Select(static term => KeyValuePair.Create(term.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)JsonValue.Create(term.Value)))),
                List<string> texts => new JsonObject { ["Data"] = new JsonObject { ["StringData"] = texts.Count == 0 ? new JsonObject() : new JsonObject { ["data"] = new JsonArray([.. texts.Select(static text => (JsonNode)text)]) } } },
                var other => throw new InvalidOperationException($"a row holds {other.GetType().Name}"),
            };
        }

        return answer;
    }
}
