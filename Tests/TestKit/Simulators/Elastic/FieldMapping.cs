using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>The mapping of an index: checks it, and parses documents by it.</summary>
internal sealed class FieldMapping
{
    private const int MaxTermBytes = 32_766;

    private readonly ElasticEdition _edition;
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);

    public FieldMapping(JsonElement mappings, JsonElement settings, ElasticEdition edition)
    {
        _edition = edition;
        Dynamic = mappings.ValueKind == JsonValueKind.Object && mappings.TryGetProperty("dynamic", out var dynamic) ? dynamic.ToString().ToLowerInvariant() : "true";
        var analysis = settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty("analysis", out var found) ? found : default;
        if (mappings.ValueKind == JsonValueKind.Object && mappings.TryGetProperty("properties", out var properties))
        {
            Read("", properties, analysis);
        }
    }

    public string Dynamic { get; }

    /// <summary>Analyzers by text field.</summary>
    public Dictionary<string, TextAnalyzer> Analyzers { get; } = new(StringComparer.Ordinal);

    /// <summary>Fields that hold vectors.</summary>
    public IEnumerable<string> VectorFields => _fields.Where(static pair => Type(pair.Value) is "dense_vector" or "rank_vectors" or "sparse_vector").Select(static pair => pair.Key);

    /// <summary>A field's mapping; an undefined element where there is none.</summary>
    public JsonElement this[string field] => _fields.GetValueOrDefault(field);

    /// <summary>The type of a field; null where it is not mapped.</summary>
    public string? TypeOf(string field) => _fields.TryGetValue(field, out var mapping) ? Type(mapping) : null;

    /// <summary>Parses a document.</summary>
    /// <exception cref="ElasticException">It does not fit the mapping.</exception>
    public StoredDoc Parse(string id, long sequence, JsonElement source)
    {
        if (source.ValueKind != JsonValueKind.Object)
        {
            throw Unfit(id, "not an object", null);
        }

        var document = new StoredDoc(id, sequence, source);
        ParseObject(document, "", source);
        return document;
    }

    private void Read(string prefix, JsonElement properties, JsonElement analysis)
    {
        foreach (var property in properties.EnumerateObject())
        {
            var name = prefix + property.Name;
            var mapping = property.Value;
            _fields[name] = mapping;
            if (mapping.TryGetProperty("properties", out var inner))
            {
                Read(name + ".", inner, analysis);
                continue;
            }

            switch (Type(mapping))
            {
                case "keyword" or "integer" or "long" or "object" or "float" or "boolean":
                    break;
                case "text":
                    Analyzers[name] = new TextAnalyzer(analysis, mapping.TryGetProperty("analyzer", out var analyzer) ? analyzer.GetString()! : "standard");
                    break;
                case "flattened" when !_edition.IsOpenSearch:
                case "flat_object" when _edition.IsOpenSearch:
                case "sparse_vector" when !_edition.IsOpenSearch:
                case "rank_features":
                    break;
                case "dense_vector" when !_edition.IsOpenSearch:
                    MappingChecks.Dense(name, mapping);
                    break;
                case "rank_vectors" when !_edition.IsOpenSearch && _edition.IsAtLeast(8, 18):
                    break;
                case "knn_vector" when _edition.IsOpenSearch:
                    MappingChecks.Knn(name, mapping);
                    break;
                case var type:
                    throw new ElasticException(400, "mapper_parsing_exception", $"Failed to parse mapping: The mapper type [{type}] declared on field [{name}] does not exist.");
            }
        }
    }

    private void ParseObject(StoredDoc document, string prefix, JsonElement source)
    {
        foreach (var property in source.EnumerateObject())
        {
            var name = prefix + property.Name;
            if (!_fields.TryGetValue(name, out var mapping))
            {
                if (Dynamic == "strict")
                {
                    throw new ElasticException(400, "strict_dynamic_mapping_exception", $"[1:1] mapping set to strict, dynamic introduction of [{property.Name}] within [{(prefix.Length > 0 ? prefix[..^1] : "_doc")}] is not allowed");
                }

                continue;
            }

            if (property.Value.ValueKind != JsonValueKind.Null)
            {
                ParseField(document, name, mapping, property.Value);
            }
        }
    }

    private void ParseField(StoredDoc document, string name, JsonElement mapping, JsonElement value)
    {
        switch (mapping.TryGetProperty("properties", out _) ? "properties" : Type(mapping))
        {
            case "properties":
                ParseObject(document, name + ".", value.ValueKind == JsonValueKind.Object ? value : throw Unfit(document.Id, $"object mapping for [{name}] tried to parse field [{name}] as object, but found a concrete value", null));
                break;
            case "keyword":
                foreach (var text in Values(value))
                {
                    AddTerm(document, name, text.ValueKind == JsonValueKind.String ? text.GetString()! : text.GetRawText(), mapping, name);
                }

                break;
            case "text":
                foreach (var text in Values(value))
                {
                    List(document.Texts, name).Add(text.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? throw Unfit(document.Id, $"failed to parse field [{name}] of type [text]", null) : text.ToString());
                }

                break;
            case "integer" or "long":
                if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number) || (Type(mapping) == "integer" && number is < int.MinValue or > int.MaxValue))
                {
                    throw Unfit(document.Id, $"failed to parse field [{name}] of type [{Type(mapping)}]", $"value {value} is out of range. Preview of field's value: '{value}'");
                }

                List(document.Terms, name).Add(value.GetRawText());
                break;
            case "flattened" or "flat_object":
                ParseFlat(document, name, name, value, mapping);
                break;
            case "dense_vector" or "knn_vector":
                document.Vectors[name] = ParseVector(document.Id, name, mapping, value);
                break;
            case "rank_vectors":
                document.Rows[name] = [.. value.EnumerateArray().Select(row => Numbers(document.Id, name, row, mapping.GetProperty("dims").GetInt32()))];
                break;
            case "sparse_vector" or "rank_features":
                document.Weights[name] = value.EnumerateObject().ToDictionary(
                    static term => term.Name,
                    term => term.Value.GetSingle() is > 0 and var weight ? weight : throw Unfit(document.Id, $"failed to parse field [{name}]", $"[{Type(mapping)}] fields do not support indexing values that are not strictly positive, got {term.Value}"),
                    StringComparer.Ordinal);
                break;
            case "object" when !mapping.TryGetProperty("enabled", out var enabled) || enabled.GetBoolean():
                throw Unfit(document.Id, $"the simulator does not map the insides of [{name}]", null);
        }
    }

    private void ParseFlat(StoredDoc document, string root, string path, JsonElement value, JsonElement mapping)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in value.EnumerateObject())
            {
                if (property.Name.Contains('\0', StringComparison.Ordinal))
                {
                    throw Unfit(document.Id, $"failed to parse field [{root}] of type [{Type(mapping)}]", "Keys in [flattened] fields cannot contain the reserved character \\0");
                }

                if (property.Name.Length == 0 || property.Name.Split('.').Any(static part => part.Length == 0))
                {
                    throw Unfit(document.Id, $"failed to parse field [{root}]", "field name cannot have an empty part");
                }

                ParseFlat(document, root, $"{path}.{property.Name}", property.Value, mapping);
            }

            return;
        }

        if (path == root)
        {
            throw Unfit(document.Id, $"failed to parse field [{root}] of type [{Type(mapping)}]", "not an object");
        }

        foreach (var leaf in Values(value).Where(static leaf => leaf.ValueKind != JsonValueKind.Null))
        {
            AddTerm(document, path, leaf.ToString(), mapping, root);
        }
    }

    private static void AddTerm(StoredDoc document, string path, string term, JsonElement mapping, string field)
    {
        if (mapping.TryGetProperty("ignore_above", out var above) && term.Length > above.GetInt32())
        {
            return;
        }

        if (Encoding.UTF8.GetByteCount(term) + (path == field ? 0 : path.Length - field.Length) > MaxTermBytes)
        {
            throw new ElasticException(400, "illegal_argument_exception", $"Document contains at least one immense term in field=\"{field}\" (whose UTF8 encoding is longer than the max length {MaxTermBytes})");
        }

        List(document.Terms, path).Add(term);
    }

    private float[] ParseVector(string id, string name, JsonElement mapping, JsonElement value)
    {
        var dense = Type(mapping) == "dense_vector";
        var dimension = mapping.GetProperty(dense ? "dims" : "dimension").GetInt32();
        float[] vector;
        if (value.ValueKind == JsonValueKind.String)
        {
            if (!dense || !_edition.IsAtLeast(9, 3) || !value.TryGetBytesFromBase64(out var bytes) || bytes.Length != dimension * sizeof(float))
            {
                throw Unfit(id, $"failed to parse field [{name}] of type [{Type(mapping)}]", $"[{name}] cannot be read from this text. Preview of field's value: '{value.ToString()[..Math.Min(20, value.ToString().Length)]}'");
            }

            vector = new float[dimension];
            for (var i = 0; i < dimension; i++)
            {
                vector[i] = BinaryPrimitives.ReadSingleBigEndian(bytes.AsSpan(i * sizeof(float)));
            }
        }
        else
        {
            vector = Numbers(id, name, value, dimension);
        }

        if (Array.Exists(vector, static number => !float.IsFinite(number)))
        {
            throw Unfit(id, $"failed to parse field [{name}]", "element_type [float] vectors do not support NaN or infinite values");
        }

        var cosine = dense ? mapping.TryGetProperty("similarity", out var similarity) && similarity.ValueEquals("cosine")
            : mapping.TryGetProperty("method", out var method) && method.GetProperty("space_type").ValueEquals("cosinesimil");
        return cosine && Array.TrueForAll(vector, static number => number == 0)
            ? throw Unfit(id, $"failed to parse field [{name}]", "The [cosine] similarity does not support vectors with zero magnitude")
            : vector;
    }

    private static float[] Numbers(string id, string name, JsonElement value, int dimension)
    {
        var numbers = value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(static number => number.ValueKind == JsonValueKind.Number)
            ? value.EnumerateArray().Select(static number => number.GetSingle()).ToArray()
            : throw Unfit(id, $"failed to parse field [{name}]", "not an array of numbers");
        return numbers.Length == dimension
            ? numbers
            : throw Unfit(id, "failed to parse", $"The vector field [{name}] in doc [document with id '{id}'] has a different number of dimensions [{numbers.Length}] than defined in the mapping [{dimension}]");
    }

    private static string? Type(JsonElement mapping) => mapping.TryGetProperty("type", out var type) ? type.GetString() : mapping.TryGetProperty("properties", out _) ? "object" : null;

    private static List<JsonElement> Values(JsonElement value) => value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];

    private static List<string> List(Dictionary<string, List<string>> lists, string name) => lists.TryGetValue(name, out var list) ? list : lists[name] = [];

    private static ElasticException Unfit(string id, string reason, string? cause) => new(400, "document_parsing_exception", $"[1:1] {reason} in document with id '{id}'", cause);
}
