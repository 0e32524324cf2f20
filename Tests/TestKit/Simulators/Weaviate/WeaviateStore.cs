using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Sluice.TestKit.Simulators.Weaviate.Protocol;
using Value = Google.Protobuf.WellKnownTypes.Value;

namespace Sluice.TestKit.Simulators.Weaviate;

/// <summary>Classes and objects in memory, with the checks that the server makes. Every call is made under one lock.</summary>
internal sealed class WeaviateStore
{
    private readonly Dictionary<string, StoredClass> _classes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Guards the store.</summary>
    public Lock Lock { get; } = new();

    public IEnumerable<StoredClass> Classes => _classes.Values;

    public StoredClass? Find(string name) => _classes.GetValueOrDefault(Capital(name)) is { } found && found.Name == Capital(name) ? found : null;

    public StoredClass Require(string name) => Find(name) ?? throw new WeaviateException($"could not find class {name} in schema");

    public bool Delete(string name) => _classes.Remove(Capital(name));

    /// <summary>Makes a class from the body of POST /v1/schema.</summary>
    public StoredClass Create(JsonObject body)
    {
        var name = Capital(body["class"]?.GetValue<string>() ?? "");
        if (!WeaviateNames.IsClass(name))
        {
            throw new WeaviateException($"'{name}' is not a valid class name");
        }

        if (_classes.TryGetValue(name, out var known))
        {
            throw new WeaviateException(known.Name == name ? $"class name {name} already exists" : $"class name {name} already exists as {known.Name}: names that differ by case alone collide");
        }

        if (body["vectorConfig"] is not null && (body["vectorizer"] is not null || body["vectorIndexConfig"] is not null))
        {
            throw new WeaviateException("class.VectorIndexType \"\" can not be set if class.VectorConfig is configured: creating a class with both a class level vector index and named vectors is forbidden");
        }

        body["class"] = name;
        var created = new StoredClass(body);
        foreach (var (vector, index) in created.Vectors)
        {
            if (index.Distance is not ("cosine" or "dot" or "l2-squared" or "manhattan" or "hamming"))
            {
                throw new WeaviateException($"parse vector index config of '{vector}': unrecognized distance metric \"{index.Distance}\", choose one of [\"cosine\", \"dot\", \"l2-squared\", \"manhattan\",\"hamming\"]");
            }
        }

        _classes.Add(name, created);
        return created;
    }

    /// <summary>Stores an object of a gRPC batch.</summary>
    public void Put(BatchObject item)
    {
        var collection = Find(item.Collection) ?? Create(new JsonObject { ["class"] = item.Collection, ["vectorConfig"] = new JsonObject { ["default"] = new JsonObject() } }); // AutoSchema
        if (!Guid.TryParseExact(item.Uuid, "D", out var id))
        {
            throw new WeaviateException($"invalid UUID length: '{item.Uuid}'");
        }

        var properties = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, value) in item.Properties?.NonRefProperties?.Fields ?? [])
        {
            if (value.KindCase != Value.KindOneofCase.NullValue)
            {
                properties[name] = Check(collection, name, Plain(value));
            }
        }

        foreach (var list in item.Properties?.TextArrayProperties ?? [])
        {
            properties[list.PropName] = Check(collection, list.PropName, list.Values.ToList());
        }

        collection.Put(new StoredObject(id.ToString(), properties, VectorsOf(collection, item)));
    }

    /// <summary>Stores an object of the REST API.</summary>
    public StoredObject Put(JsonElement body)
    {
        var collection = Require(body.GetProperty("class").GetString()!);
        var properties = new Dictionary<string, object>(StringComparer.Ordinal);
        if (body.TryGetProperty("properties", out var values))
        {
            foreach (var value in values.EnumerateObject().Where(static value => value.Value.ValueKind != JsonValueKind.Null))
            {
                properties[value.Name] = Check(collection, value.Name, value.Value.ValueKind switch
                {
                    JsonValueKind.String => value.Value.GetString()!,
                    JsonValueKind.Number => value.Value.GetDouble(),
                    JsonValueKind.True or JsonValueKind.False => value.Value.GetBoolean(),
                    JsonValueKind.Array => value.Value.EnumerateArray().Select(static item => item.GetString()!).ToList(),
                    _ => throw new WeaviateException($"property '{value.Name}' is of a kind that is not simulated"),
                });
            }
        }

        var vectors = new Dictionary<string, float[][]>(StringComparer.Ordinal);
        if (body.TryGetProperty("vector", out var single) && single.ValueKind == JsonValueKind.Array)
        {
            vectors[SoleVector(collection)] = [Row(single)];
        }

        if (body.TryGetProperty("vectors", out var named) && named.ValueKind == JsonValueKind.Object)
        {
            foreach (var vector in named.EnumerateObject())
            {
                vectors[vector.Name] = vector.Value[0].ValueKind == JsonValueKind.Array ? [.. vector.Value.EnumerateArray().Select(Row)] : [Row(vector.Value)];
            }
        }

        var id = body.TryGetProperty("id", out var given) ? Guid.ParseExact(given.GetString()!, "D").ToString() : Guid.NewGuid().ToString();
        var stored = new StoredObject(id, properties, vectors);
        collection.Put(stored);
        return stored;

        static float[] Row(JsonElement values) => [.. values.EnumerateArray().Select(static value => value.GetSingle())];
    }

    /// <summary>Reads the rows of a vector from the bytes of the gRPC API.</summary>
    public static float[][] Rows(ByteString bytes, bool several)
    {
        var span = bytes.Span;
        if (!several)
        {
            return [Floats(span)];
        }

        var dimension = BinaryPrimitives.ReadUInt16LittleEndian(span);
        return [.. Floats(span[sizeof(ushort)..]).Chunk(dimension)];
    }

    /// <summary>Writes the rows of a vector as bytes.</summary>
    public static ByteString Bytes(float[][] rows, bool several)
    {
        var head = several ? sizeof(ushort) : 0;
        var bytes = new byte[head + (rows.Sum(static row => row.Length) * sizeof(float))];
        if (several)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)rows[0].Length);
        }

        var at = head;
        foreach (var row in rows)
        {
            MemoryMarshal.AsBytes(row.AsSpan()).CopyTo(bytes.AsSpan(at));
            at += row.Length * sizeof(float);
        }

        return ByteString.CopyFrom(bytes);
    }

    /// <summary>The name of the only vector of a class, for requests that name none.</summary>
    public static string SoleVector(StoredClass collection) =>
        collection.Vectors.Count == 1 ? collection.Vectors.Keys.First() : throw new WeaviateException($"class {collection.Name} has multiple vectors, but no target vectors were provided");

    private static string Capital(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..];

    private static float[] Floats(ReadOnlySpan<byte> bytes) => bytes.Length % sizeof(float) == 0
        ? MemoryMarshal.Cast<byte, float>(bytes).ToArray()
        : throw new WeaviateException($"vector bytes are of length {bytes.Length}, which is no multiple of 4");

    private static object Plain(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue => value.StringValue,
        Value.KindOneofCase.NumberValue => value.NumberValue,
        Value.KindOneofCase.BoolValue => value.BoolValue,
        _ => throw new WeaviateException($"a value of the kind {value.KindCase} is not simulated"),
    };

    /// <summary>Checks a value against its property; one that is not there is added (AutoSchema).</summary>
    private static object Check(StoredClass collection, string name, object value)
    {
        if (!collection.Properties.TryGetValue(name, out var property))
        {
            var type = value switch { string => "text", double => "number", bool => "boolean", _ => "text[]" };
            var added = new JsonObject { ["name"] = name, ["dataType"] = new JsonArray(type) };
            property = collection.AddProperty(added);
            (collection.Body["properties"] ??= new JsonArray()).AsArray().Add(added);
        }

        var (fits, wanted) = property.Type switch
        {
            "text" => (value is string, "string"),
            "text[]" => (value is List<string>, "text array"),
            "int" => (value is double number && number == Math.Floor(number), "integer"),
            "number" => (value is double, "number"),
            "boolean" => (value is bool, "boolean"),
            _ => (true, ""),
        };
        return fits ? value : throw new WeaviateException($"invalid {property.Type} property '{name}' on class '{collection.Name}': not a {wanted}, but {value.GetType().Name}");
    }

    private static Dictionary<string, float[][]> VectorsOf(StoredClass collection, BatchObject item)
    {
        var vectors = new Dictionary<string, float[][]>(StringComparer.Ordinal);
        foreach (var group in item.Vectors.GroupBy(static vector => vector.Name, StringComparer.Ordinal))
        {
            vectors[group.Key] = [.. group.SelectMany(static vector => Rows(vector.VectorBytes, vector.Type == Protocol.Vectors.Types.VectorType.MultiFp32))];
        }

        if (vectors.Count == 0 && !item.VectorBytes.IsEmpty)
        {
            vectors[SoleVector(collection)] = Rows(item.VectorBytes, several: false);
        }
        else if (vectors.Count == 0 && item.Vector.Count > 0)
        {
            vectors[SoleVector(collection)] = [[.. item.Vector]];
        }

        return vectors;
    }
}
