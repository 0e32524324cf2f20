using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sluice.TestKit.Simulators.Milvus;

/// <summary>A field of a collection, with the checks that the server makes when it is defined and when a row is written.</summary>
internal sealed class MilvusField
{
    private const int MaxVarChar = 65_535;
    private const int MaxCapacity = 4_096;
    private const int MaxDimension = 32_768;

    /// <summary>Reads its definition.</summary>
    /// <exception cref="MilvusException">It is not legal.</exception>
    public MilvusField(JsonElement body)
    {
        Name = body.GetProperty("fieldName").GetString()!;
        Type = body.GetProperty("dataType").GetString()!;
        ElementType = body.TryGetProperty("elementDataType", out var element) ? element.GetString() : null;
        IsPrimary = body.TryGetProperty("isPrimary", out var primary) && primary.GetBoolean();
        if (body.TryGetProperty("elementTypeParams", out var parameters))
        {
            foreach (var parameter in parameters.EnumerateObject())
            {
                Parameters[parameter.Name] = parameter.Value.ValueKind == JsonValueKind.String ? parameter.Value.GetString()! : parameter.Value.GetRawText();
            }
        }

        Check();
    }

    public string Name { get; }

    public string Type { get; }

    public string? ElementType { get; }

    public bool IsPrimary { get; }

    public bool IsVector => Type is "FloatVector" or "SparseFloatVector";

    /// <summary>Whether a function of the collection fills it.</summary>
    public bool IsOutput { get; set; }

    public Dictionary<string, string> Parameters { get; } = new(StringComparer.Ordinal);

    public bool IsAnalyzed => Parameters.GetValueOrDefault("enable_analyzer") == "true";

    public int Dimension => Number("dim", 1, MaxDimension);

    /// <summary>Reads a value of a row.</summary>
    public object Read(JsonElement value)
    {
        switch (Type)
        {
            case "VarChar":
                return Text(value);
            case "Array":
                if (value.ValueKind != JsonValueKind.Array)
                {
                    throw Wrong($"expected array, got {value.ValueKind}");
                }

                var capacity = Number("max_capacity", 1, MaxCapacity);
                return value.GetArrayLength() <= capacity
                    ? value.EnumerateArray().Select(Text).ToList()
                    : throw new MilvusException(MilvusException.InvalidParameter, $"the length ({value.GetArrayLength()}) of array field {Name} exceeds max capacity ({capacity})");
            case "Int64":
                return value.TryGetInt64(out var number) ? number : throw Wrong("expected int64");
            case "FloatVector":
                if (value.ValueKind != JsonValueKind.Array)
                {
                    throw Wrong($"expected a list of numbers, got {value.ValueKind}");
                }

                float[] vector = [.. value.EnumerateArray().Select(static component => component.GetSingle())];
                return vector.Length == Dimension
                    ? vector
                    : throw new MilvusException(MilvusException.BadInsertData, $"fail to deal the insert data, error: dimension: {Dimension}, but length of vector: {vector.Length}, field: {Name}");
            case "SparseFloatVector":
                return Terms(value);
            default:
                throw Wrong($"type {Type} is not simulated");
        }
    }

    /// <summary>Weighted terms, in either of the two forms.</summary>
    public static SortedDictionary<uint, float> Terms(JsonElement value)
    {
        var terms = new SortedDictionary<uint, float>();
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new MilvusException(MilvusException.BadInsertData, "fail to deal the insert data, error: a sparse vector is an object");
        }

        if (value.TryGetProperty("indices", out var indices) && value.TryGetProperty("values", out var values))
        {
            foreach (var (index, weight) in indices.EnumerateArray().Zip(values.EnumerateArray()))
            {
                terms[index.GetUInt32()] = weight.GetSingle();
            }
        }
        else
        {
            foreach (var term in value.EnumerateObject())
            {
                terms[uint.Parse(term.Name, NumberStyles.None, CultureInfo.InvariantCulture)] = term.Value.GetSingle();
            }
        }

        return terms;
    }

    private string Text(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw Wrong($"expected string, got {value.ValueKind}");
        }

        var text = value.GetString()!;
        var max = Number("max_length", 1, MaxVarChar);
        return Encoding.UTF8.GetByteCount(text) is var bytes && bytes <= max
            ? text
            : throw new MilvusException(MilvusException.InvalidParameter, $"length of varchar field {Name} exceeds max length, row number: 0, length: {bytes}, max length: {max}");
    }

    private void Check()
    {
        if (!MilvusCollection.IsName(Name))
        {
            throw new MilvusException(1701, $"Invalid field name: {Name}. The first character of a field name must be an underscore or letter.");
        }

        switch (Type)
        {
            case "VarChar":
                Number("max_length", 1, MaxVarChar);
                break;
            case "Array":
                Number("max_capacity", 1, MaxCapacity);
                if (ElementType != "VarChar")
                {
                    throw Wrong($"element type {ElementType} is not simulated");
                }

                Number("max_length", 1, MaxVarChar);
                break;
            case "FloatVector":
                Number("dim", 1, MaxDimension);
                break;
            case "SparseFloatVector" when Parameters.ContainsKey("dim"):
                throw new MilvusException(MilvusException.InvalidParameter, $"dim should not be specified for sparse vector field {Name}({Name})");
            case "SparseFloatVector" or "Int64":
                break;
            default:
                throw new MilvusException(MilvusException.InvalidParameter, $"data type {Type} is invalid(case sensitive).");
        }
    }

    private int Number(string name, int least, int most) =>
        Parameters.TryGetValue(name, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new MilvusException(MilvusException.InvalidParameter, $"the {name} of field {Name} should be in [{least}, {most}], is '{Parameters.GetValueOrDefault(name)}'");

    private MilvusException Wrong(string why) => new(MilvusException.BadInsertData, $"fail to deal the insert data, error: field {Name}: {why}");
}
