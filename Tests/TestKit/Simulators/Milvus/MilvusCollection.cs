using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sluice.TestKit.Simulators.Milvus;

/// <summary>An entity.</summary>
/// <param name="Key">Its primary key.</param>
/// <param name="Values">Its fields.</param>
internal sealed record MilvusRow(string Key, Dictionary<string, object> Values);

/// <summary>A collection: schema, functions, indexes and rows.</summary>
internal sealed partial class MilvusCollection
{
    private const int MaxFields = 64;

    private readonly Dictionary<string, List<MilvusRow>> _rows = new(StringComparer.Ordinal);

    /// <summary>Makes it from the body of collections/create.</summary>
    /// <exception cref="MilvusException">The body makes none.</exception>
    public MilvusCollection(JsonElement body)
    {
        Name = body.GetProperty("collectionName").GetString()!;
        if (!IsName(Name))
        {
            throw new MilvusException(MilvusException.InvalidParameter, $"Invalid collection name: {Name}. the first character of a collection name must be an underscore or letter: invalid parameter");
        }

        Description = body.TryGetProperty("description", out var description) ? description.GetString()! : "";
        if (!body.TryGetProperty("schema", out var schema))
        {
            CreateQuickly(body);
            return;
        }

        foreach (var field in schema.GetProperty("fields").EnumerateArray())
        {
            var read = new MilvusField(field);
            if (!Fields.TryAdd(read.Name, read))
            {
                throw new MilvusException(MilvusException.InvalidParameter, $"duplicated field name: {read.Name}");
            }
        }

        if (Fields.Count > MaxFields || Fields.Values.Count(static field => field.IsPrimary) != 1 || !Fields.Values.Any(static field => field.IsVector))
        {
            throw new MilvusException(MilvusException.InvalidParameter, $"a collection has one primary key, a vector, and at most {MaxFields} fields");
        }

        foreach (var function in schema.TryGetProperty("functions", out var functions) ? functions.EnumerateArray() : default)
        {
            AddFunction(function);
        }

        AddIndexes(body);
        IsLoaded = HasAllIndexes;
    }

    public string Name { get; }

    public string Description { get; set; }

    public Dictionary<string, MilvusField> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>Metrics of indexes by field; null for those of scalars.</summary>
    public Dictionary<string, string?> Indexes { get; } = new(StringComparer.Ordinal);

    /// <summary>Input of each function by its output.</summary>
    public Dictionary<string, string> Functions { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Properties { get; } = new(StringComparer.Ordinal);

    public bool IsLoaded { get; set; }

    public MilvusField Primary => Fields.Values.Single(static one => one.IsPrimary);

    public bool HasAllIndexes => Fields.Values.Where(static one => one.IsVector).All(one => Indexes.ContainsKey(one.Name));

    /// <summary>All rows, in an order that nothing promises: here the last come first.</summary>
    public IEnumerable<MilvusRow> Rows => _rows.Values.SelectMany(static rows => rows).Reverse();

    public static bool IsName(string name) => LegalName().IsMatch(name);

    /// <summary>Adds what indexParams say.</summary>
    public void AddIndexes(JsonElement body)
    {
        foreach (var index in body.TryGetProperty("indexParams", out var indexes) ? indexes.EnumerateArray() : default)
        {
            var name = index.GetProperty("fieldName").GetString()!;
            var field = Fields.GetValueOrDefault(name) ?? throw new MilvusException(MilvusException.InvalidParameter, $"index of the field {name}, which the schema does not have");
            var metric = index.TryGetProperty("metricType", out var given) ? given.GetString() : null;
            var isLegal = field switch
            {
                { Type: "FloatVector" } => metric is "COSINE" or "IP" or "L2",
                { Type: "SparseFloatVector", IsOutput: true } => metric == "BM25",
                { Type: "SparseFloatVector" } => metric == "IP",
                _ => metric is null,
            };
            if (!isLegal)
            {
                throw new MilvusException(MilvusException.InvalidParameter, $"metric type {metric ?? "null"} is not legal for the index of field {name}");
            }

            Indexes[name] = metric;
        }
    }

    /// <summary>Reads rows of an insert or an upsert: all of them, or an error.</summary>
    public List<MilvusRow> Read(JsonElement data)
    {
        var rows = new List<MilvusRow>();
        foreach (var row in data.ValueKind == JsonValueKind.Array ? data.EnumerateArray().ToList() : [data])
        {
            var values = new Dictionary<string, object>(StringComparer.Ordinal);
            foreach (var value in row.EnumerateObject())
            {
                var field = Fields.GetValueOrDefault(value.Name)
                    ?? throw new MilvusException(MilvusException.BadInsertData, $"fail to deal the insert data, error: has pass more field without dynamic schema, please check it: {value.Name}");
                if (field.IsOutput)
                {
                    throw new MilvusException(MilvusException.BadInsertData, $"fail to deal the insert data, error: not allowed to provide input data for function output field: {value.Name}");
                }

                values[value.Name] = field.Read(value.Value);
            }

            foreach (var field in Fields.Values.Where(field => !field.IsOutput && !values.ContainsKey(field.Name)))
            {
                throw new MilvusException(MilvusException.BadInsertData, $"fail to deal the insert data, error: fieldName {field.Name} is missing, and it is neither nullable nor has a default value");
            }

            rows.Add(new MilvusRow(values[Primary.Name].ToString()!, values));
        }

        return rows;
    }

    /// <summary>Replaces rows by key. Of one key twice in a request both stay: it is not promised to be merged.</summary>
    public void Upsert(List<MilvusRow> rows)
    {
        foreach (var row in rows)
        {
            _rows.Remove(row.Key);
        }

        Insert(rows);
    }

    /// <summary>Adds rows, whatever keys are there.</summary>
    public void Insert(List<MilvusRow> rows)
    {
        foreach (var row in rows)
        {
            if (!_rows.TryGetValue(row.Key, out var same))
            {
                _rows.Add(row.Key, same = []);
            }

            same.Add(row);
        }
    }

    /// <summary>Removes rows by key.</summary>
    public void Remove(IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            _rows.Remove(key);
        }
    }

    private void CreateQuickly(JsonElement body)
    {
        var dimension = body.GetProperty("dimension").GetInt32();
        var isText = body.TryGetProperty("idType", out var type) && type.GetString() == "VarChar";
        foreach (var definition in new[]
        {
            isText ? """{"fieldName":"id","dataType":"VarChar","isPrimary":true,"elementTypeParams":{"max_length":"100"}}""" : """{"fieldName":"id","dataType":"Int64","isPrimary":true}""",
            $$$"""{"fieldName":"vector","dataType":"FloatVector","elementTypeParams":{"dim":"{{{dimension}}}"}}""",
        })
        {
            var field = new MilvusField(JsonSerializer.Deserialize<JsonElement>(definition));
            Fields.Add(field.Name, field);
        }

        Indexes["vector"] = body.TryGetProperty("metricType", out var metric) ? metric.GetString() : "COSINE";
        IsLoaded = true;
    }

    private void AddFunction(JsonElement function)
    {
        var (input, output) = (function.GetProperty("inputFieldNames")[0].GetString()!, function.GetProperty("outputFieldNames")[0].GetString()!);
        if (function.GetProperty("type").GetString() != "BM25" || !Fields.TryGetValue(input, out var from) || from is not { Type: "VarChar", IsAnalyzed: true }
            || !Fields.TryGetValue(output, out var to) || to.Type != "SparseFloatVector")
        {
            throw new MilvusException(MilvusException.InvalidParameter, $"function {function.GetProperty("name")}: BM25 makes a SparseFloatVector of a VarChar with enable_analyzer");
        }

        to.IsOutput = true;
        Functions.Add(output, input);
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,254}$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex LegalName();
}
