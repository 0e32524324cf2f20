using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>
/// An index: its definition, its documents, and those of them that searches see. Nothing is seen before a refresh, whatever <c>refresh_interval</c> says: a client that relies
/// on its passing is wrong sooner here than with a real server. Guarded by its simulator's lock.
/// </summary>
internal sealed class SimulatedIndex
{
    private static readonly string[] s_changeable = ["refresh_interval", "number_of_replicas"];

    private readonly ElasticEdition _edition;
    private readonly Dictionary<string, StoredDoc> _documents = new(StringComparer.Ordinal);
    private FieldMapping _mapping;
    private long _sequence;

    public SimulatedIndex(string name, JsonElement definition, ElasticEdition edition)
    {
        (Name, _edition) = (name, edition);
        Settings = new JsonObject { ["uuid"] = Guid.NewGuid().ToString("N"), ["provided_name"] = name, ["creation_date"] = "1700000000000" };
        if (definition.ValueKind == JsonValueKind.Object && definition.TryGetProperty("settings", out var settings))
        {
            foreach (var setting in (settings.TryGetProperty("index", out var inner) ? inner : settings).EnumerateObject())
            {
                if (OwnSettings.ContainsKey(setting.Name))
                {
                    OwnSettings[setting.Name] = !edition.IsServerless ? setting.Value.ToString() : throw ElasticException.Illegal($"Settings [index.{setting.Name}] are not available when running in serverless mode");
                    continue;
                }

                Settings[setting.Name] = setting.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? JsonNode.Parse(setting.Value.GetRawText()) : JsonValue.Create(setting.Value.ToString().ToLowerInvariant());
            }
        }

        Mappings = definition.ValueKind == JsonValueKind.Object && definition.TryGetProperty("mappings", out var mappings) ? JsonNode.Parse(mappings.GetRawText())!.AsObject() : [];
        _mapping = ReadMapping();
        if (_edition.IsOpenSearch && _mapping.TypeOf("embedding") == "knn_vector" && Settings["knn"]?.ToString() is not "true" && _mapping["embedding"].TryGetProperty("method", out _))
        {
            throw ElasticException.Illegal("Cannot set method for a knn_vector of an index without index.knn");
        }
    }

    public string Name { get; }

    public JsonObject Settings { get; }

    /// <summary>Settings that self-managed clusters have and the serverless edition has not.</summary>
    public Dictionary<string, string> OwnSettings { get; } = new(StringComparer.Ordinal) { ["number_of_shards"] = "1", ["number_of_replicas"] = "1" };

    public JsonObject Mappings { get; }

    public FieldMapping Mapping => _mapping;

    /// <summary>All documents, seen or not.</summary>
    public IReadOnlyDictionary<string, StoredDoc> Documents => _documents;

    /// <summary>What searches see, in the order of writing. Replaced as a whole.</summary>
    public IReadOnlyList<StoredDoc> Seen { get; private set; } = [];

    public void Refresh() => Seen = [.. _documents.Values.OrderBy(static document => document.Sequence)];

    /// <summary>Does one action of a bulk request.</summary>
    /// <returns>The item of the answer.</returns>
    public JsonObject Act(string action, string id, JsonElement body)
    {
        var before = _documents.GetValueOrDefault(id);
        switch (action)
        {
            case "delete":
                _documents.Remove(id);
                return Done(id, before is null ? 404 : 200, before is null ? "not_found" : "deleted");
            case "create" when before is not null:
                throw new ElasticException(409, "version_conflict_engine_exception", $"[{id}]: version conflict, document already exists (current version [1])");
            case "index" or "create":
                _documents[id] = _mapping.Parse(id, ++_sequence, body.Clone());
                return Done(id, before is null ? 201 : 200, before is null ? "created" : "updated");
            case "update":
                if (before is null)
                {
                    throw new ElasticException(404, "document_missing_exception", $"[{id}]: document missing");
                }

                _documents[id] = _mapping.Parse(id, ++_sequence, Changed(before.Source, body));
                return Done(id, 200, "updated");
            default:
                throw ElasticException.Illegal($"Malformed action/metadata line [1], expected field [create], [delete], [index] or [update] but found [{action}]");
        }
    }

    /// <summary>Deletes what a query found, unless it was written since.</summary>
    /// <returns>How many were deleted, and how many were written since.</returns>
    public (int Deleted, int Conflicts) Delete(IEnumerable<StoredDoc> found)
    {
        var (deleted, conflicts) = (0, 0);
        foreach (var document in found)
        {
            if (_documents.TryGetValue(document.Id, out var now) && now.Sequence == document.Sequence)
            {
                _documents.Remove(document.Id);
                deleted++;
            }
            else
            {
                conflicts++;
            }
        }

        return (deleted, conflicts);
    }

    public void ChangeSettings(JsonElement body)
    {
        foreach (var setting in (body.TryGetProperty("index", out var inner) ? inner : body).EnumerateObject())
        {
            var known = s_changeable.Contains(setting.Name) || (_edition.IsOpenSearch && _edition.IsAtLeast(2, 18) && setting.Name == "knn.advanced.approximate_threshold");
            if (!known || (_edition.IsServerless && setting.Name == "number_of_replicas"))
            {
                throw ElasticException.Illegal($"unknown setting [index.{setting.Name}] please check that any required plugins are installed, or check the breaking changes documentation for removed settings");
            }

            if (OwnSettings.ContainsKey(setting.Name))
            {
                OwnSettings[setting.Name] = setting.Value.ValueKind == JsonValueKind.Null ? "1" : setting.Value.ToString();
                continue;
            }

            var path = setting.Name.Split('.');
            var parent = Settings;
            foreach (var part in path[..^1])
            {
                parent = parent[part] as JsonObject ?? (JsonObject)(parent[part] = new JsonObject());
            }

            if (setting.Value.ValueKind == JsonValueKind.Null)
            {
                parent.Remove(path[^1]);
            }
            else
            {
                parent[path[^1]] = setting.Value.ToString();
            }
        }
    }

    public void ChangeMapping(JsonElement body)
    {
        if (body.TryGetProperty("_meta", out var meta))
        {
            Mappings["_meta"] = JsonNode.Parse(meta.GetRawText());
        }

        if (body.TryGetProperty("properties", out var properties))
        {
            var target = Mappings["properties"] as JsonObject ?? (JsonObject)(Mappings["properties"] = new JsonObject());
            foreach (var property in properties.EnumerateObject())
            {
                target[property.Name] = JsonNode.Parse(property.Value.GetRawText());
            }

            _mapping = ReadMapping();
        }
    }

    private FieldMapping ReadMapping() => new(JsonSerializer.SerializeToElement(Mappings), JsonSerializer.SerializeToElement(Settings), _edition);

    /// <summary>Applies a partial document, or a script of assignments <c>ctx._source.x = params.x</c>.</summary>
    private static JsonElement Changed(JsonElement source, JsonElement body)
    {
        var changed = JsonNode.Parse(source.GetRawText())!.AsObject();
        if (body.TryGetProperty("doc", out var part))
        {
            Merge(changed, part);
        }
        else if (body.TryGetProperty("script", out var script))
        {
            var parameters = script.GetProperty("params");
            foreach (var statement in script.GetProperty("source").GetString()!.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var sides = statement.Split('=', StringSplitOptions.TrimEntries);
                if (sides is not [['c', 't', 'x', '.', '_', 's', 'o', 'u', 'r', 'c', 'e', '.', .. var field], ['p', 'a', 'r', 'a', 'm', 's', '.', .. var parameter]])
                {
                    throw new ElasticException(400, "script_exception", $"compile error: the simulator does not know [{statement}]");
                }

                changed[field] = parameters.TryGetProperty(parameter, out var value) && value.ValueKind != JsonValueKind.Null ? JsonNode.Parse(value.GetRawText()) : null;
            }
        }
        else
        {
            throw new ElasticException(400, "action_request_validation_exception", "Validation Failed: 1: script or doc is missing;");
        }

        return JsonSerializer.SerializeToElement(changed);
    }

    private static void Merge(JsonObject target, JsonElement part)
    {
        foreach (var property in part.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Object && target[property.Name] is JsonObject inner)
            {
                Merge(inner, property.Value);
            }
            else
            {
                target[property.Name] = JsonNode.Parse(property.Value.GetRawText());
            }
        }
    }

    private JsonObject Done(string id, int status, string result) => new()
    {
        ["_index"] = Name,
        ["_id"] = id,
        ["_version"] = 1,
        ["result"] = result,
        ["_shards"] = new JsonObject { ["total"] = 2, ["successful"] = 1, ["failed"] = 0 },
        ["_seq_no"] = _sequence,
        ["_primary_term"] = 1,
        ["status"] = status,
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}: {_documents.Count} documents");
}
