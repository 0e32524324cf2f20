using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sluice.TestKit.Simulators;

/// <summary>A description of an HTTP API, read from JSON or YAML.</summary>
internal sealed class ContractDocument
{
    private static readonly string[] s_methods = ["get", "put", "post", "delete", "patch", "head", "options"];
    private readonly JsonElement _root;
    private readonly Dictionary<string, JsonElement> _resolved = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public ContractDocument(string file)
    {
        var text = File.ReadAllText(file);
        _root = file.EndsWith(".json", StringComparison.Ordinal) ? JsonSerializer.Deserialize<JsonElement>(text) : ReadYaml(text);
        var prefix = _root.TryGetProperty("basePath", out var basePath) ? basePath.GetString()!.TrimEnd('/') : "";
        foreach (var path in _root.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject().Where(static operation => s_methods.Contains(operation.Name)))
            {
                Operations.Add(new ContractOperation(this, operation.Name, prefix + path.Name, operation.Value, path.Value));
            }
        }
    }

    public List<ContractOperation> Operations { get; } = [];

    /// <summary>Follows <c>$ref</c>, to the end.</summary>
    public JsonElement Resolve(JsonElement element)
    {
        while (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("$ref", out var reference))
        {
            element = Find(reference.GetString()!);
        }

        return element;
    }

    private JsonElement Find(string reference)
    {
        lock (_lock)
        {
            if (_resolved.TryGetValue(reference, out var known))
            {
                return known;
            }

            if (!reference.StartsWith("#/", StringComparison.Ordinal))
            {
                throw new InvalidDataException($"The contract refers to {reference}, outside of itself.");
            }

            var found = _root;
            foreach (var part in reference[2..].Split('/'))
            {
                var name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
                found = found.TryGetProperty(name, out var next) ? next : throw new InvalidDataException($"The contract refers to {reference}, which it has not.");
            }

            return _resolved[reference] = found;
        }
    }

    private static JsonElement ReadYaml(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return JsonSerializer.SerializeToElement(Convert(stream.Documents[0].RootNode));
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(static pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Convert(pair.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => scalar.Value switch
        {
            null or "" or "~" or "null" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            var value when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => JsonValue.Create(integer),
            var value when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
            var value => JsonValue.Create(value),
        },
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidDataException($"YAML node {node.NodeType} in a contract"),
    };
}
