using System.Globalization;
using System.Text.Json;

namespace Sluice.TestKit.Simulators;

/// <summary>One method of one path of a contract.</summary>
internal sealed class ContractOperation
{
    private readonly string _method;
    private readonly string[] _segments;
    private readonly JsonElement _operation;
    private readonly List<JsonElement> _parameters = [];

    public ContractOperation(ContractDocument document, string method, string path, JsonElement operation, JsonElement item)
    {
        _method = method.ToUpperInvariant();
        _segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        _operation = operation;
        foreach (var holder in new[] { item, operation })
        {
            if (holder.TryGetProperty("parameters", out var parameters))
            {
                _parameters.AddRange(parameters.EnumerateArray().Select(document.Resolve));
            }
        }
    }

    /// <summary>Segments of the path that stand for anything.</summary>
    public int Placeholders => _segments.Count(static segment => segment.Contains('{', StringComparison.Ordinal));

    public bool Matches(SimulatorRequest request)
    {
        if (request.Method != _method || request.Segments.Length != _segments.Length)
        {
            return false;
        }

        for (var i = 0; i < _segments.Length; i++)
        {
            if (!_segments[i].Contains('{', StringComparison.Ordinal) && _segments[i] != request.Segments[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Checks the parameters of the query.</summary>
    public string? CheckQuery(ContractDocument document, SimulatorRequest request)
    {
        var known = _parameters.Where(static parameter => parameter.GetProperty("in").GetString() == "query").ToDictionary(static parameter => parameter.GetProperty("name").GetString()!, StringComparer.Ordinal);
        foreach (var name in request.Query.Keys)
        {
            if (!known.TryGetValue(name, out var parameter))
            {
                return $"query: has no parameter '{name}'";
            }

            var schema = document.Resolve(parameter.TryGetProperty("schema", out var inner) ? inner : parameter);
            var single = schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "array" ? schema.GetProperty("items") : schema;
            foreach (var value in request.Values(name))
            {
                var text = JsonSerializer.SerializeToElement(value);
                if (SchemaCheck.Check(document, single, text) is { } wrong && (Number(value) is not { } number || SchemaCheck.Check(document, single, number) is not null))
                {
                    return $"query '{name}' = '{value}': {wrong}";
                }
            }
        }

        var missing = known.FirstOrDefault(pair => pair.Value.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.True && !request.Query.ContainsKey(pair.Key)).Key;
        return missing is null ? null : $"query: lacks the parameter '{missing}'";
    }

    /// <summary>The schema of the body; null when the contract says none.</summary>
    public (JsonElement Schema, bool Required)? RequestSchema(string? contentType)
    {
        if (_operation.TryGetProperty("requestBody", out var body))
        {
            var required = body.TryGetProperty("required", out var value) && value.ValueKind == JsonValueKind.True;
            return body.TryGetProperty("content", out var content) && Content(content, contentType) is { } schema ? (schema, required) : null;
        }

        // Swagger 2.0
        foreach (var parameter in _parameters.Where(static parameter => parameter.GetProperty("in").GetString() == "body"))
        {
            return (parameter.GetProperty("schema"), parameter.TryGetProperty("required", out var value) && value.ValueKind == JsonValueKind.True);
        }

        return null;
    }

    /// <summary>Looks an answer up by its status.</summary>
    /// <returns>False when the contract does not know it; the schema is null when it says nothing of the body.</returns>
    public bool TryFindAnswer(ContractDocument document, int status, out JsonElement? schema)
    {
        schema = null;
        if (!_operation.TryGetProperty("responses", out var responses))
        {
            return true;
        }

        var code = status.ToString(CultureInfo.InvariantCulture);
        foreach (var name in new[] { code, $"{code[0]}XX", $"{code[0]}xx", "default" })
        {
            if (responses.TryGetProperty(name, out var found))
            {
                found = document.Resolve(found);
                schema = found.TryGetProperty("content", out var content) ? Content(content, "application/json") : found.TryGetProperty("schema", out var swagger) ? swagger : null;
                return true;
            }
        }

        // Many contracts leave the server's own errors out, some all errors.
        return status >= 500 || (status >= 400 && responses.EnumerateObject().All(static response => response.Name.StartsWith('2')));
    }

    private static JsonElement? Content(JsonElement content, string? contentType)
    {
        var type = contentType?.Split(';')[0].Trim() ?? "application/json";
        JsonElement? fallback = null;
        foreach (var entry in content.EnumerateObject())
        {
            if (entry.Value.TryGetProperty("schema", out var schema))
            {
                if (entry.Name == type)
                {
                    return schema;
                }

                fallback = entry.Name.Contains("json", StringComparison.Ordinal) || entry.Name == "*/*" ? fallback ?? schema : fallback;
            }
        }

        return fallback;
    }

    private static JsonElement? Number(string value) =>
        value is "true" or "false" || double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? JsonSerializer.Deserialize<JsonElement>(value) : null;
}
