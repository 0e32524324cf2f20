using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sluice.TestKit.Simulators;

/// <summary>
/// Checks JSON against the schemas that API descriptions use: type, required, properties, additionalProperties, items, enum, const, bounds, lengths, pattern,
/// nullable, allOf, anyOf, oneOf and $ref. Stricter than the standard in one thing: an object whose schema names properties and does not say that there may be
/// others has none but those, so that a misspelled field is found. More lenient in one: oneOf asks for at least one, since published ones overlap.
/// </summary>
internal static class SchemaCheck
{
    private const int MaxDepth = 64;

    private static readonly ConcurrentDictionary<string, Regex> s_patterns = new(StringComparer.Ordinal);

    /// <summary>Checks a whole body.</summary>
    /// <returns>Place and reason of what is wrong; null when nothing is.</returns>
    public static string? Check(ContractDocument document, JsonElement schema, JsonElement value) => Check(document, schema, value, "$", whole: true, 0)?.ToString();

    private static Wrong? Check(ContractDocument document, JsonElement schema, JsonElement value, string path, bool whole, int depth)
    {
        schema = document.Resolve(schema);
        if (schema.ValueKind == JsonValueKind.True || schema.ValueKind != JsonValueKind.Object || depth > MaxDepth)
        {
            return schema.ValueKind == JsonValueKind.False ? new Wrong(path, "is not allowed here") : null;
        }

        if (value.ValueKind == JsonValueKind.Null && (IsTrue(schema, "nullable") || IsTrue(schema, "x-nullable")))
        {
            return null;
        }

        return CheckType(schema, value, path)
            ?? CheckChoice(schema, value, path)
            ?? CheckCombined(document, schema, value, path, depth)
            ?? value.ValueKind switch
            {
                JsonValueKind.Object => CheckObject(document, schema, value, path, whole, depth),
                JsonValueKind.Array => CheckArray(document, schema, value, path, depth),
                JsonValueKind.String => CheckText(schema, value, path),
                JsonValueKind.Number => CheckNumber(schema, value, path),
                _ => null,
            };
    }

    private static Wrong? CheckType(JsonElement schema, JsonElement value, string path)
    {
        // {"nullable": true} and nothing else stands for null.
        if (!schema.TryGetProperty("type", out var type))
        {
            var onlyNull = IsTrue(schema, "nullable") && schema.EnumerateObject().Count() == 1;
            return onlyNull ? new Wrong(path, $"is {Kind(value)} and should be null") : null;
        }

        var fits = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(one => IsOf(one.GetString()!, value)) : IsOf(type.GetString()!, value);
        return fits ? null : new Wrong(path, $"is {Kind(value)} and should be {type}");
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && Math.Floor(number) == number,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => true,
    };

    private static Wrong? CheckChoice(JsonElement schema, JsonElement value, string path)
    {
        if (schema.TryGetProperty("const", out var constant) && !JsonElement.DeepEquals(constant, value))
        {
            return new Wrong(path, $"is {Short(value)} and should be {constant}");
        }

        return schema.TryGetProperty("enum", out var choices) && !choices.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value))
            ? new Wrong(path, $"is {Short(value)} and should be one of {Short(choices)}")
            : null;
    }

    private static Wrong? CheckCombined(ContractDocument document, JsonElement schema, JsonElement value, string path, int depth)
    {
        if (schema.TryGetProperty("allOf", out var all))
        {
            foreach (var one in all.EnumerateArray())
            {
                if (Check(document, one, value, path, whole: false, depth + 1) is { } wrong)
                {
                    return wrong;
                }
            }
        }

        var named = schema.TryGetProperty("properties", out _);
        return CheckAny("anyOf") ?? CheckAny("oneOf");

        Wrong? CheckAny(string keyword)
        {
            if (!schema.TryGetProperty(keyword, out var any) || any.GetArrayLength() == 0)
            {
                return null;
            }

            Wrong? deepest = null;
            foreach (var one in any.EnumerateArray())
            {
                if (Check(document, one, value, path, whole: !named, depth + 1) is not { } wrong)
                {
                    return null;
                }

                deepest = deepest is null || wrong.Path.Length > deepest.Path.Length ? wrong : deepest;
            }

            return deepest! with { Reason = $"{deepest.Reason} (the closest of {any.GetArrayLength()} forms)" };
        }
    }

    private static Wrong? CheckObject(ContractDocument document, JsonElement schema, JsonElement value, string path, bool whole, int depth)
    {
        if (schema.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.Array)
        {
            foreach (var name in required.EnumerateArray())
            {
                if (!value.TryGetProperty(name.GetString()!, out _))
                {
                    return new Wrong(path, $"lacks '{name}'");
                }
            }
        }

        var properties = schema.TryGetProperty("properties", out var named) ? named : default;
        var hasOthers = schema.TryGetProperty("additionalProperties", out var others);
        HashSet<string>? known = null;
        foreach (var property in value.EnumerateObject())
        {
            var place = $"{path}.{property.Name}";
            if (properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(property.Name, out var own))
            {
                if (Check(document, own, property.Value, place, whole: true, depth + 1) is { } wrong)
                {
                    return wrong;
                }
            }
            else if (hasOthers)
            {
                if (Check(document, others, property.Value, place, whole: true, depth + 1) is { } wrong)
                {
                    return wrong;
                }
            }
            else if (whole && (known ??= Known(document, schema, 0)) is { Count: > 0 } && !known.Contains(property.Name) && !known.Contains(""))
            {
                return new Wrong(place, "is not in the contract");
            }
        }

        return null;
    }

    /// <summary>Names that an object may have by its schema and those it is combined of; the empty name when there may be others.</summary>
    private static HashSet<string> Known(ContractDocument document, JsonElement schema, int depth)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        schema = document.Resolve(schema);
        if (schema.ValueKind != JsonValueKind.Object || depth > MaxDepth)
        {
            return known;
        }

        if (schema.TryGetProperty("properties", out var properties))
        {
            known.UnionWith(properties.EnumerateObject().Select(static property => property.Name));
        }

        var combined = new[] { "allOf", "anyOf", "oneOf" }.Any(keyword => schema.TryGetProperty(keyword, out _));
        if (schema.TryGetProperty("additionalProperties", out var others) ? others.ValueKind != JsonValueKind.False : !combined && !schema.TryGetProperty("properties", out _))
        {
            known.Add(""); // An object of which nothing is said may have any.
        }

        foreach (var keyword in new[] { "allOf", "anyOf", "oneOf" })
        {
            if (schema.TryGetProperty(keyword, out var parts))
            {
                foreach (var part in parts.EnumerateArray())
                {
                    known.UnionWith(Known(document, part, depth + 1));
                }
            }
        }

        return known;
    }

    private static Wrong? CheckArray(ContractDocument document, JsonElement schema, JsonElement value, string path, int depth)
    {
        var count = value.GetArrayLength();
        if (Bound(schema, "minItems") is { } least && count < least)
        {
            return new Wrong(path, $"has {count} items and should have {least} or more");
        }

        if (Bound(schema, "maxItems") is { } most && count > most)
        {
            return new Wrong(path, $"has {count} items and should have {most} at most");
        }

        if (schema.TryGetProperty("items", out var items))
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                if (Check(document, items, item, path, whole: true, depth + 1) is { } wrong)
                {
                    return wrong with { Path = string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]{wrong.Path.AsSpan(path.Length)}") };
                }

                index++;
            }
        }

        return null;
    }

    private static Wrong? CheckText(JsonElement schema, JsonElement value, string path)
    {
        var text = value.GetString()!;
        if (Bound(schema, "minLength") is { } least && text.Length < least)
        {
            return new Wrong(path, $"has {text.Length} characters and should have {least} or more");
        }

        if (Bound(schema, "maxLength") is { } most && text.Length > most)
        {
            return new Wrong(path, $"has {text.Length} characters and should have {most} at most");
        }

        if (schema.TryGetProperty("pattern", out var pattern) && !s_patterns.GetOrAdd(pattern.GetString()!, static text => new Regex(text, RegexOptions.None, TimeSpan.FromSeconds(1))).IsMatch(text))
        {
            return new Wrong(path, $"is {Short(value)} and should match {pattern}");
        }

        return schema.TryGetProperty("format", out var format) && format.GetString() == "uuid" && !Guid.TryParse(text, out _) ? new Wrong(path, $"is {Short(value)} and should be a UUID") : null;
    }

    private static Wrong? CheckNumber(JsonElement schema, JsonElement value, string path)
    {
        var number = value.GetDouble();
        var wrong = (Bound(schema, "minimum") is { } least && number < least)
            || (Bound(schema, "maximum") is { } most && number > most)
            || (Bound(schema, "exclusiveMinimum") is { } above && number <= above)
            || (Bound(schema, "exclusiveMaximum") is { } below && number >= below)
            || (schema.TryGetProperty("format", out var format) && format.GetString() switch
            {
                "int32" => number is < int.MinValue or > int.MaxValue,
                "uint32" => number is < 0 or > uint.MaxValue,
                "uint" or "uint64" => number < 0,
                "float" => !float.IsFinite((float)number),
                _ => false,
            });
        return wrong ? new Wrong(path, $"is {value}, out of its range") : null;
    }

    private static double? Bound(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out var bound) && bound.ValueKind == JsonValueKind.Number ? bound.GetDouble() : null;

    private static bool IsTrue(JsonElement schema, string keyword) => schema.TryGetProperty(keyword, out var value) && value.ValueKind == JsonValueKind.True;

    private static string Kind(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? "boolean" : value.ValueKind.ToString();

    private static string Short(JsonElement value) => value.GetRawText() is { Length: > 200 } text ? text[..200] + "..." : value.GetRawText();

    private sealed record Wrong(string Path, string Reason)
    {
        public override string ToString() => $"{Path}: {Reason}";
    }
}
