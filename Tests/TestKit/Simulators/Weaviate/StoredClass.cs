using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Weaviate;

/// <summary>A class with its objects.</summary>
internal sealed class StoredClass
{
    /// <summary>Name of the one vector of a class that names none.</summary>
    public const string Unnamed = "";

    private long _written;

    /// <summary>Makes it from the body of POST /v1/schema.</summary>
    /// <exception cref="WeaviateException">The body makes no class.</exception>
    public StoredClass(JsonObject body)
    {
        Body = body;
        Name = body["class"]!.GetValue<string>();
        ServerDefaults.Complete(body);
        foreach (var property in body["properties"]?.AsArray() ?? [])
        {
            AddProperty(property!.AsObject());
        }

        if (body["vectorConfig"] is JsonObject named)
        {
            foreach (var (name, config) in named)
            {
                Vectors.Add(name, new VectorIndex(config!["vectorIndexConfig"] as JsonObject));
            }
        }
        else
        {
            Vectors.Add(Unnamed, new VectorIndex(body["vectorIndexConfig"] as JsonObject));
        }
    }

    public string Name { get; }

    public JsonObject Body { get; }

    public Dictionary<string, StoredProperty> Properties { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, VectorIndex> Vectors { get; } = new(StringComparer.Ordinal);

    /// <summary>Objects by id in the order of UUIDs.</summary>
    public SortedDictionary<string, StoredObject> Objects { get; } = new(StringComparer.Ordinal);

    public bool StopwordsAreEnglish => Body["invertedIndexConfig"]?["stopwords"]?["preset"]?.GetValue<string>() != "none";

    /// <summary>Adds a property, with the server's defaults.</summary>
    public StoredProperty AddProperty(JsonObject body)
    {
        var name = body["name"]?.GetValue<string>() ?? throw new WeaviateException("property name is missing");
        if (!WeaviateNames.IsProperty(name))
        {
            throw new WeaviateException($"'{name}' is not a valid property name. Property names in Weaviate are restricted to valid GraphQL names, which must be “/[_A-Za-z][_0-9A-Za-z]{{0,230}}/”.");
        }

        var type = body["dataType"]?[0]?.GetValue<string>() ?? throw new WeaviateException($"property '{name}': data type is missing");
        var isText = type is "text" or "text[]";
        var tokenization = body["tokenization"]?.GetValue<string>();
        if (!isText && tokenization is { Length: > 0 })
        {
            throw new WeaviateException($"tokenization is not allowed for data type '{type}'");
        }

        if (tokenization is not (null or "" or "word" or "lowercase" or "whitespace" or "field" or "trigram"))
        {
            throw new WeaviateException($"tokenization '{tokenization}' is not allowed for data type '{type}'");
        }

        var searchable = body["indexSearchable"]?.GetValue<bool>() ?? isText;
        if (searchable && !isText)
        {
            throw new WeaviateException("`indexSearchable` is allowed only for text/text[] data types. For other data types set false or leave empty");
        }

        var property = new StoredProperty(name, type, isText ? tokenization is { Length: > 0 } given ? given : "word" : null, body["indexFilterable"]?.GetValue<bool>() ?? true, searchable);
        if (!Properties.TryAdd(name, property))
        {
            throw new WeaviateException($"class \"{Name}\": conflict for property \"{name}\": already in use or provided multiple times");
        }

        body["indexFilterable"] = property.Filterable;
        body["indexSearchable"] = property.Searchable;
        if (property.Tokenization is { } used)
        {
            body["tokenization"] = used;
        }

        return property;
    }

    /// <summary>Puts an object in place of one with its id. Its vectors must be of the dimensions that came first.</summary>
    public void Put(StoredObject item)
    {
        foreach (var (name, vector) in item.Vectors)
        {
            if (!Vectors.TryGetValue(name, out var index))
            {
                throw new WeaviateException($"collection {Name} does not have configuration for vector {name}");
            }

            index.Check(vector);
        }

        item.Number = ++_written;
        Objects[item.Id] = item;
    }
}

/// <summary>A property of a class.</summary>
internal sealed record StoredProperty(string Name, string Type, string? Tokenization, bool Filterable, bool Searchable);

/// <summary>A vector of a class: how it is compared, and the dimension that the first object gave it.</summary>
internal sealed class VectorIndex(JsonObject? config)
{
    private int _dimension;

    public string Distance { get; } = config?["distance"]?.GetValue<string>() ?? "cosine";

    public bool IsMulti { get; } = config?["multivector"]?["enabled"]?.GetValue<bool>() ?? false;

    public void Check(float[][] rows)
    {
        if (!IsMulti && rows.Length != 1)
        {
            throw new WeaviateException("multi vector was given for a single vector index");
        }

        foreach (var row in rows)
        {
            if (_dimension != 0 && row.Length != _dimension)
            {
                throw new WeaviateException($"insert to vector index: new node has a vector with length {row.Length}. Existing nodes have vectors with length {_dimension}");
            }

            _dimension = row.Length;
        }
    }
}

/// <summary>An object.</summary>
/// <param name="Id">UUID, lower-case.</param>
/// <param name="Properties">Values: string, double, bool, or a list of those.</param>
/// <param name="Vectors">Rows by the vector's name.</param>
internal sealed record StoredObject(string Id, Dictionary<string, object> Properties, Dictionary<string, float[][]> Vectors)
{
    private readonly Dictionary<string, List<string>> _tokens = new(StringComparer.Ordinal);

    /// <summary>Order of writing.</summary>
    public long Number { get; set; }

    /// <summary>Tokens of a property; cut once.</summary>
    public List<string> TokensOf(StoredProperty property) =>
        _tokens.TryGetValue(property.Name, out var tokens) ? tokens : _tokens[property.Name] = Properties.GetValueOrDefault(property.Name) switch
        {
            string text => WeaviateNames.Tokenize(text, property.Tokenization!),
            List<string> texts => [.. texts.SelectMany(text => WeaviateNames.Tokenize(text, property.Tokenization!))],
            _ => [],
        };
}

/// <summary>An error as the server words it.</summary>
internal sealed class WeaviateException(string message) : Exception(message);
