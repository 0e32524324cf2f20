using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>The parameter <c>filter_path</c>: leaves of an answer only what some paths lead to; <c>*</c> stands for one name, arrays are passed through.</summary>
internal static class FilterPath
{
    public static JsonNode? Apply(JsonNode? node, string paths)
    {
        var patterns = paths.Split(',').Select(static path => path.Split('.')).ToList();
        return Keep(node, patterns, 0);
    }

    private static JsonNode? Keep(JsonNode? node, List<string[]> patterns, int depth)
    {
        if (patterns.Exists(pattern => pattern.Length == depth))
        {
            return node?.DeepClone();
        }

        switch (node)
        {
            case JsonObject properties:
                var kept = new JsonObject();
                foreach (var (name, value) in properties)
                {
                    var further = patterns.FindAll(pattern => pattern[depth] == "*" || pattern[depth] == name);
                    if (further.Count > 0 && Keep(value, further, depth + 1) is { } part)
                    {
                        kept[name] = part;
                    }
                }

                return kept.Count > 0 ? kept : null;
            case JsonArray items:
                var array = new JsonArray();
                foreach (var item in items)
                {
                    if (Keep(item, patterns, depth) is { } part)
                    {
                        array.Add(part);
                    }
                }

                return array.Count > 0 ? array : null;
            default:
                return null;
        }
    }
}
